/// What is posted: bytes and the headers that go with them.
package struct WebhookMessage: Sendable, Equatable {
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(headers: [(name: String, value: String)], body: [UInt8]) {
        self.headers = headers
        self.body = body
    }

    package static func == (left: WebhookMessage, right: WebhookMessage) -> Bool {
        left.body == right.body && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }
}

/// How one attempt to send something ended.
package enum DeliveryOutcome: Sendable, Equatable {
    /// An answer came; `retryAfter` is its header of that name.
    case answered(status: Int, retryAfter: String?)
    /// No answer came, for a reason in words of our own.
    case failed(String)
    /// It may not be sent there.
    case refused(String)
}

/// The network, as webhooks need it.
package protocol WebhookTransport: Sendable {
    /// All addresses of a host name, the best first; none when it is not known, or not in time.
    func addresses(of host: String) async -> [HostAddress]

    /// Posts to exactly this address, under the URL's name, within bounds of time and size. Follows no redirects and gives
    /// nothing of the answer away but its status and one header.
    func post(_ message: WebhookMessage, to url: WebhookURL, at address: HostAddress) async -> DeliveryOutcome
}
