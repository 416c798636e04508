/// What an upstream did since its version was loaded, and how it stands now.
package struct UpstreamReport: Sendable {
    /// How the circuit breaker stands.
    package enum Standing: String, Sendable {
        case closed, open, probing
    }

    /// Counts since the version was loaded.
    package struct Counts: Sendable, Equatable {
        /// Questions that were sent, second ones included.
        package var sent = 0
        package var answered = 0
        /// Failures by kind, as in `UpstreamFailure.kinds`.
        package var failures: [String: Int] = [:]
        /// Questions that were sent again because no connection was made.
        package var retries = 0
        /// Second questions, and how many of them had the first answer.
        package var hedges = 0
        package var hedgeWins = 0
        /// Questions that were refused because the circuit was open, or because too many were in hand.
        package var refusals = 0
        package var openings = 0
        package var probes = 0
        package var nanoseconds: UInt64 = 0
    }

    package let dialect: UpstreamDeclaration.Dialect
    /// Host and port.
    package let address: String
    package let standing: Standing
    /// Why it is not closed; nil when it is.
    package let reason: String?
    /// When asking again makes sense; 0 when it does now.
    package let retryMilliseconds: Int64
    /// Questions without an answer yet.
    package let inHand: Int
    package let counts: Counts
}
