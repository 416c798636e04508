package import SlipwayService

/// Transports to upstreams that speak HTTP.
package enum HTTPUpstreams {
    /// The transport of a dialect; nil for one that is not spoken over HTTP/1.1. Servers that speak TLS show a certificate
    /// of an authority that this machine trusts, or of one of `authorities`.
    package static func transport(
        to upstream: UpstreamDeclaration,
        authorities: TrustedAuthorities? = nil
    ) -> (any UpstreamTransport)? {
        switch upstream.dialect {
        case .openInference: OpenInferenceUpstream(upstream, UpstreamHTTP(upstream, authorities))
        case .mlflow: InvocationsUpstream(upstream, UpstreamHTTP(upstream, authorities))
        case .openInferenceGRPC: nil
        }
    }
}
