import SlipwayConnectors
import SlipwayGRPCUpstream
import SlipwayService

/// The network as upstreams need it: a transport for each dialect.
struct UpstreamDialects: UpstreamNetwork {
    func transport(to upstream: UpstreamDeclaration) throws(ServiceError) -> any UpstreamTransport {
        if let transport = HTTPUpstreams.transport(to: upstream) { return transport }
        return try GRPCUpstream(upstream)
    }
}
