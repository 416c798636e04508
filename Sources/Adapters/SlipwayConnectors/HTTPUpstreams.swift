package import SlipwayService

/// Transports to upstreams that speak HTTP.
package enum HTTPUpstreams {
    /// The transport of a dialect; nil for one that is not spoken over HTTP/1.1.
    package static func transport(to upstream: UpstreamDeclaration) -> (any UpstreamTransport)? {
        switch upstream.dialect {
        case .openInference: OpenInferenceUpstream(upstream)
        case .mlflow: InvocationsUpstream(upstream)
        case .openInferenceGRPC: nil
        }
    }
}
