package import SlipwayDomain

/// What one event changes: everything here is stored in one transaction, and the effects are carried out after it.
package struct Transition: Hashable, Sendable {
    /// The next state.
    package let state: ReleaseState
    /// What is to be carried out now; all of it is also in `state.pendingEffects`.
    package let effects: [PendingEffect]
    /// The ledger entries of this revision.
    package let records: [ReleaseRecord]
    /// Whether there is anything to store; when false, the event was late, repeated or without meaning here.
    package let isChange: Bool
}

/// Moves a release from state to state: total, pure, and the only place that decides about traffic.
///
/// Rules that hold whatever comes in, in whatever order and however often:
/// - a finished release never changes, and a release that rolls back does nothing else until it is finished;
/// - the candidate gets traffic only after it was loaded, and a version is let go only after its share is confirmed
///   to be zero;
/// - an answer counts once, and only for an effect that is still pending;
/// - an analysis counts only for the step that it judged, from evidence that is not older than the step;
/// - giving the traffic back is tried again until it is answered; everything else is tried `failureLimit` times.
package enum ReleasePlanner {
    /// After how many failures of one effect the release rolls back.
    package static let failureLimit = 5
    /// After what time an effect that nobody answered is asked for again.
    package static let answerTimeout = Span.seconds(30)
    /// The longest wait before a failed effect is asked for again.
    package static let longestBackoff = Span.seconds(60)

    /// The next state, the effects to carry out and the ledger entries to write.
    package static func step(_ state: ReleaseState, _ event: ReleaseEvent, now: Instant) -> Transition {
        var draft = ReleaseDraft(state, now: now)
        draft.take(event)
        return draft.transition
    }
}
