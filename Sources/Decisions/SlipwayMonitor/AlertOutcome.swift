/// What became of an alert, as somebody who was woken by it says.
package enum AlertOutcome: String, Codable, Hashable, Sendable, CaseIterable {
    /// It led to a change: a fix, a rollback, a retraining, another threshold.
    case actionable
    /// Nothing had to be done.
    case noise
}
