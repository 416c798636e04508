import SlipwayDomain
import SlipwayRelease

/// A release that is told events one after the other.
struct Story {
    var state: ReleaseState
    var now = Fixture.start
    var effects: [PendingEffect] = []
    var records: [ReleaseRecord] = []

    init(_ plan: ReleasePlan) {
        state = ReleaseState(plan)
        tell(.started)
    }

    mutating func tell(_ event: ReleaseEvent) {
        let next = ReleasePlanner.step(state, event, now: now)
        (state, effects) = (next.state, next.effects)
        records += next.records
    }

    mutating func answerAll() {
        for effect in state.pendingEffects { tell(.effectCompleted(effect.id)) }
    }

    mutating func failFirst() {
        if let id = state.pendingEffects.first?.id { tell(.effectFailed(id, reason: "no memory")) }
    }

    mutating func judge(_ ruling: Ruling) {
        let from = state.enteredStepAt ?? now
        tell(.analysed(Fixture.verdict(ruling, step: state.stepIndex ?? 0, from: from)))
    }

    mutating func compare(_ winner: ComparisonWinner) {
        let rule = state.plan.controls.comparison ?? Fixture.comparison
        tell(
            .compared(
                Fixture.comparison(winner, step: state.stepIndex ?? 0, from: state.enteredStepAt ?? now, rule: rule)
            )
        )
    }

    /// Loads, probes and settles the first step.
    mutating func begin() {
        while state.stepIndex == nil, !state.pendingEffects.isEmpty { answerAll() }
        answerAll()
    }

    mutating func pass(after span: Span) {
        now = now + span
        tell(.tick)
    }

    var wanted: [ReleaseEffect] { effects.map(\.effect) }
    var types: [String] { records.map(\.type) }
}
