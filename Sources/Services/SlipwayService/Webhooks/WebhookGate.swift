/// A receiver inside the company that the operator lets webhooks go to: a host, and a port if only one is meant.
package struct AllowedHost: Sendable, Equatable {
    package let host: String
    package let port: Int?

    /// Reads `HOST` or `HOST:PORT`; an IPv6 address stands in brackets.
    package init?(_ text: String) {
        // The same reader as for the URLs, so that both spell a host alike.
        guard !text.contains("/"), !text.contains("?"), let url = try? WebhookURL("http://" + text) else { return nil }
        host = url.host
        let afterHost = text.drop { $0 != "]" }
        let hasPort = (text.hasPrefix("[") ? afterHost : text[...]).contains(":")
        port = hasPort ? url.port : nil
    }

    func covers(_ url: WebhookURL) -> Bool { host == url.host && (port ?? url.port) == url.port }
}

/// Decides where webhooks may be sent, so that nobody makes this server ask machines that only it can reach.
package struct WebhookGate: Sendable {
    private let transport: any WebhookTransport
    private let allowed: [AllowedHost]

    package init(transport: any WebhookTransport, allowed: [AllowedHost] = []) {
        self.transport = transport
        self.allowed = allowed
    }

    /// A URL that may be a webhook's: https, or plain http to a host that the operator allows.
    package func url(_ text: String) throws(ServiceError) -> WebhookURL {
        let url = try WebhookURL(text)
        guard url.isSecure || allowed.contains(where: { $0.covers(url) }) else {
            throw .invalid(
                "A webhook's URL begins with https://, so that nobody on the way can read what is sent; "
                    + "`slipway up --webhook-allow-host HOST` permits a host without it"
            )
        }
        return url
    }

    /// The one address that the connection is to be made to.
    ///
    /// The name is looked up once, and not again by whoever connects. Every address that it has must be public: a name
    /// with a public and a private one would be a matter of luck.
    package func address(of url: WebhookURL) async throws(WebhookRefusal) -> HostAddress {
        let isAllowed = allowed.contains { $0.covers(url) }
        guard url.isSecure || isAllowed else { throw .notSecure }
        let found: [HostAddress]
        if let address = url.address {
            found = [address]
        } else {
            found = await transport.addresses(of: url.host)
        }
        guard let first = found.first else { throw .unknownHost }
        guard isAllowed || found.allSatisfy(\.isPublic) else { throw .notPublic }
        return first
    }

    func post(_ message: WebhookMessage, to url: WebhookURL) async -> DeliveryOutcome {
        do throws(WebhookRefusal) {
            let address = try await address(of: url)
            return await transport.post(message, to: url, at: address)
        } catch .unknownHost {
            // Name servers fail now and then: it is tried again.
            return .failed(WebhookRefusal.unknownHost.description)
        } catch {
            return .refused(error.description)
        }
    }
}

/// Why nothing is sent to a URL.
package enum WebhookRefusal: Error, CustomStringConvertible {
    case notSecure, unknownHost, notPublic

    package var description: String {
        switch self {
        case .notSecure: "the URL does not begin with https://"
        case .unknownHost: "the host's name is not known"
        case .notPublic:
            "the host has an address that is not public; `slipway up --webhook-allow-host HOST` permits receivers inside"
        }
    }
}
