internal import SlipwayDomain

/// A transition in the making: the next state, its effects and its records.
struct ReleaseDraft {
    private(set) var state: ReleaseState
    let now: Instant
    private let nextRevision: Int
    private var effects: [PendingEffect] = []
    private var records: [ReleaseRecord] = []
    private var isChange = false
    private var nextIndex = 0

    init(_ state: ReleaseState, now: Instant) {
        self.state = state
        self.now = now
        nextRevision = state.revision + 1
    }

    var transition: Transition {
        Transition(state: state, effects: effects, records: records, isChange: isChange)
    }

    /// Changes the state; every change of a transition shares one revision.
    mutating func change(_ body: (inout ReleaseState) -> Void) {
        body(&state)
        state.revision = nextRevision
        isChange = true
    }

    mutating func record(_ body: ReleaseRecord.Body) {
        records.append(ReleaseRecord(revision: nextRevision, body: body))
    }

    /// Forgets all earlier effects and asks for new ones.
    mutating func replaceEffects(with wanted: [ReleaseEffect]) {
        change { $0.pendingEffects = [] }
        for effect in wanted { request(effect) }
    }

    /// Asks for an effect now.
    mutating func request(_ effect: ReleaseEffect) {
        let pending = PendingEffect(
            id: newID(),
            effect: effect,
            failures: 0,
            dueAt: now + ReleasePlanner.answerTimeout
        )
        change { $0.pendingEffects.append(pending) }
        effects.append(pending)
    }

    /// Takes an answered effect out of the pending ones.
    mutating func remove(_ id: EffectID) {
        change { state in state.pendingEffects.removeAll { $0.id == id } }
    }

    /// Puts a failed effect off, under a new id, so that a repeated answer to the old one counts for nothing.
    mutating func postpone(_ failed: PendingEffect) {
        let seconds = Span.seconds(1 << Int64(min(failed.failures, 10)))
        let later = PendingEffect(
            id: newID(),
            effect: failed.effect,
            failures: failed.failures + 1,
            dueAt: now + min(seconds, ReleasePlanner.longestBackoff)
        )
        change { state in
            guard let place = state.pendingEffects.firstIndex(where: { $0.id == failed.id }) else { return }
            state.pendingEffects[place] = later
        }
    }

    /// Asks again for every effect whose time has come.
    mutating func repeatDueEffects() {
        // A due time that lies further ahead than any is ever set means that the clock was set back.
        let latest = now + max(ReleasePlanner.answerTimeout, ReleasePlanner.longestBackoff)
        let isDue: (PendingEffect) -> Bool = { [now] in $0.dueAt <= now || $0.dueAt > latest }
        guard state.pendingEffects.contains(where: isDue) else { return }
        var repeated: [PendingEffect] = []
        change { [now] state in
            for (place, old) in state.pendingEffects.enumerated() where isDue(old) {
                let again = PendingEffect(
                    id: old.id,
                    effect: old.effect,
                    failures: old.failures,
                    dueAt: now + ReleasePlanner.answerTimeout
                )
                state.pendingEffects[place] = again
                repeated.append(again)
            }
        }
        effects += repeated
    }

    private mutating func newID() -> EffectID {
        defer { nextIndex += 1 }
        return EffectID(revision: nextRevision, index: nextIndex)
    }
}
