/// Where the queries of a manifest are asked: one server that the operator chose, never one that a manifest names.
package protocol MetricSource: Sendable {
    /// Asks now, within bounds of time and size; what goes wrong is an answer too.
    func ask(_ query: String) async -> MetricReply
}

/// What came of a query.
package struct MetricReply: Sendable, Equatable {
    /// What the server said, up to a limit; empty when nothing came.
    package let text: String
    /// The number in it; nil when there is not exactly one.
    package let value: Double?
    /// Why there is none, in words of our own.
    package let failure: String?

    private init(text: String, value: Double?, failure: String?) {
        self.text = text
        self.value = value
        self.failure = failure
    }

    /// A number.
    package static func number(_ value: Double, text: String) -> MetricReply {
        MetricReply(text: text, value: value, failure: nil)
    }

    /// No number, and why.
    package static func failure(_ reason: String, text: String = "") -> MetricReply {
        MetricReply(text: text, value: nil, failure: reason)
    }
}
