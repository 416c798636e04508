/// Why an upstream gave no answer that can be used.
package enum UpstreamFailure: Error, Sendable, Equatable {
    /// No connection was made: nothing was sent, so it may be sent again.
    case unreachable(String)
    case late
    /// The connection ended before the answer did; whether the question was taken, nobody knows.
    case broken(String)
    /// It says that it has too much to do.
    case overloaded(String)
    /// It finds the question wrong, in its own words.
    case refused(String)
    /// It says that something went wrong there.
    case failed(String)
    /// It answers what it must not answer.
    case wrong(String)
    /// Nobody waits for the answer any more.
    case cancelled

    /// The kinds that are counted, by the names of their counters.
    package static let kinds = ["unreachable", "late", "broken", "overloaded", "refused", "failed", "wrong"]

    package var kind: String {
        switch self {
        case .unreachable: "unreachable"
        case .late: "late"
        case .broken: "broken"
        case .overloaded: "overloaded"
        case .refused: "refused"
        case .failed: "failed"
        case .wrong: "wrong"
        case .cancelled: "cancelled"
        }
    }

    /// What is told to operators.
    package var sentence: String {
        switch self {
        case .unreachable(let text): "no connection: \(text)"
        case .late: "no answer in time"
        case .broken(let text): "the connection broke off: \(text)"
        case .overloaded(let text): "it is overloaded: \(text)"
        case .refused(let text): "it refuses the question: \(text)"
        case .failed(let text): "it failed: \(text)"
        case .wrong(let text): "it answers wrongly: \(text)"
        case .cancelled: "nobody waited"
        }
    }

    /// What the other side said, short and on one line.
    package static func words(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(300).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(plain)
    }
}

/// What an upstream says of itself; empty lists where it says nothing.
package struct UpstreamDescription: Sendable {
    package let inputs: [TensorSignature]
    package let outputs: [TensorSignature]
    /// More of the model, such as `slipway.features`.
    package let properties: [String: String]

    package init(
        inputs: [TensorSignature] = [],
        outputs: [TensorSignature] = [],
        properties: [String: String] = [:]
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.properties = properties
    }
}

/// An upstream's answer as it was decoded, not yet compared with the declaration.
package struct UpstreamAnswer: Sendable {
    /// The version that answered, where the dialect tells.
    package let version: String?
    package let outputs: [Tensor]

    package init(version: String?, outputs: [Tensor]) {
        self.version = version
        self.outputs = outputs
    }
}

/// One upstream over the network, in its dialect: pooled connections, no redirects, TLS checked, answers bounded.
package protocol UpstreamTransport: Sendable {
    /// Whether it is ready, and what it says of its model. Changes nothing there.
    func describe(timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamDescription
    /// Asks it once.
    func infer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamAnswer
    /// Lets go of its connections.
    func close()
}

/// What makes transports: one for each dialect that is built in.
package protocol UpstreamNetwork: Sendable {
    func transport(to upstream: UpstreamDeclaration) throws(ServiceError) -> any UpstreamTransport
}
