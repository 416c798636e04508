import SlipwayConnectors
import SlipwayGRPCUpstream
import SlipwayService

/// The network as upstreams need it: a transport for each dialect.
struct UpstreamDialects: UpstreamNetwork {
    private let authorities: TrustedAuthorities?

    /// Upstreams that speak TLS may show a certificate of an authority in the PEM file `authorities`, too.
    init(authorities: String?) throws(AuthoritiesError) {
        guard let authorities else {
            self.authorities = nil
            return
        }
        self.authorities = try TrustedAuthorities(file: authorities, option: "--upstream-ca")
    }

    func transport(to upstream: UpstreamDeclaration) throws(ServiceError) -> any UpstreamTransport {
        if let transport = HTTPUpstreams.transport(to: upstream, authorities: authorities) { return transport }
        return try GRPCUpstream(upstream, authorities: authorities?.file)
    }
}
