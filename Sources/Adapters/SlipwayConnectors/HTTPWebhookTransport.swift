internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
package import SlipwayService

/// Posts webhooks with AsyncHTTPClient, over a connection to an address that was looked up and judged before.
package struct HTTPWebhookTransport: WebhookTransport {
    private let resolver = HostResolver()
    private let security: TLSConfiguration

    /// How long to wait for a connection, and for the whole of an attempt.
    private static let connectSeconds: Int64 = 5
    private static let wholeSeconds: Int64 = 15

    /// Receivers show a certificate of an authority that this machine trusts, or of one of `authorities`.
    package init(authorities: TrustedAuthorities? = nil) {
        security = TrustedAuthorities.configuration(authorities)
    }

    package func addresses(of host: String) async -> [HostAddress] { await resolver.addresses(of: host) }

    package func post(
        _ message: WebhookMessage,
        to url: WebhookURL,
        at address: HostAddress
    ) async -> DeliveryOutcome {
        // A client for one connection: none that was made for another address can be used again.
        let client = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: configuration(url, address)
        )
        let outcome = await Self.post(message, to: url, with: client)
        do {
            try await client.shutdown()
        } catch {
            // The connection is gone already, which is all that was wanted.
        }
        return outcome
    }

    private func configuration(_ url: WebhookURL, _ address: HostAddress) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: security,
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Self.connectSeconds), read: .seconds(Self.wholeSeconds))
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // The connection goes to this address; Host, SNI and the certificate's name stay those of the URL.
        configuration.dnsOverride = [url.host: address.description]
        return configuration
    }

    private static func post(
        _ message: WebhookMessage,
        to url: WebhookURL,
        with client: HTTPClient
    ) async -> DeliveryOutcome {
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        for header in message.headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "User-Agent", value: "slipway")
        request.body = .bytes(message.body)
        do {
            // The body of the answer is not read: nobody here has a use for it, and it could be anything.
            let response = try await client.execute(request, timeout: .seconds(wholeSeconds))
            return .answered(status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"))
        } catch let error as HTTPClientError {
            return .failed(sentence(error))
        } catch is NIOSSLError, is NIOSSLExtraError, is BoringSSLError {
            return .failed(
                "no secure connection to the receiver: its certificate must be for this host, in date and of an authority "
                    + "that this server trusts (`slipway up --webhook-ca FILE` adds one)"
            )
        } catch {
            return .failed("no connection to the receiver, or it broke off")
        }
    }

    /// Words of our own: what a library says may hold what the other side said.
    private static func sentence(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no connection to the receiver within \(connectSeconds) seconds"
        case .readTimeout, .deadlineExceeded: "no answer from the receiver within \(wholeSeconds) seconds"
        default: "the receiver did not answer as HTTP servers do"
        }
    }
}
