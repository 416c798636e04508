import SlipwayDomain
import SlipwayRelease

/// What must be true of every change of a release, whoever asked for it and whatever went wrong before.
enum SimulatorChecks {
    /// The first broken rule of a stored transition, or nil.
    static func violation(from old: ReleaseState, by transition: Transition) -> String? {
        let new = transition.state
        if old.isTerminal { return "a finished release was changed" }
        if new.revision != old.revision + 1 { return "the revision went from \(old.revision) to \(new.revision)" }
        if transition.records.contains(where: { $0.revision != new.revision }) {
            return "a ledger record carries another revision than its transition"
        }
        for effect in transition.effects where !new.pendingEffects.contains(effect) {
            return "effect \(effect.id) would be forgotten in a crash"
        }
        if let old = old.stepIndex, let new = new.stepIndex, new < old { return "the release went back a step" }
        return wayBackViolation(old, transition) ?? endViolation(transition) ?? evidenceViolation(old, transition)
    }

    /// The candidate's share never grows in a frozen environment, on a spent budget without a person's word, or without
    /// the approval that the step asks for.
    static func growth(from old: ReleaseState, to new: ReleaseState) -> String? {
        guard new.candidatePercent > old.candidatePercent, new.plan.kind == .change else { return nil }
        if new.surroundings?.freeze != nil { return "the share grew in a frozen environment" }
        if new.surroundings?.pace == .frozen, new.promotedBy == nil { return "the share grew on a spent budget" }
        if let step = new.stepIndex, new.missingApprover(upTo: step) != nil {
            return "the share grew without the approval of its step"
        }
        return nil
    }

    private static func wayBackViolation(_ old: ReleaseState, _ transition: Transition) -> String? {
        let new = transition.state
        for effect in transition.effects {
            if case .setWeights(let percent) = effect.effect, percent != new.candidatePercent {
                return "weights of \(percent) % were asked for in a state of \(new.candidatePercent) %"
            }
        }
        guard old.phase == .rollingBack else { return nil }
        if new.phase != .rollingBack && new.phase != .finished { return "a rollback was called back" }
        if new.outcome != old.outcome { return "the outcome of a rollback changed" }
        for effect in transition.effects {
            switch effect.effect {
            case .setWeights(candidatePercent: 0), .unloadVersion(old.plan.candidate): continue
            default: return "a rollback asked for something else"
            }
        }
        return nil
    }

    private static func endViolation(_ transition: Transition) -> String? {
        let new = transition.state
        var (starts, ends) = (0, 0)
        for record in transition.records {
            if case .started = record.body { starts += 1 }
            if case .completed = record.body { ends += 1 }
        }
        if starts != (new.revision == 1 ? 1 : 0) { return "release.started does not stand exactly at revision 1" }
        if ends != (new.isTerminal ? 1 : 0) { return "release.completed does not stand exactly at the end" }
        if new.isTerminal, new.outcome == nil || !new.pendingEffects.isEmpty { return "the end is not an end" }
        return nil
    }

    /// A step that was passed by analysis was passed on evidence of that step alone.
    private static func evidenceViolation(_ old: ReleaseState, _ transition: Transition) -> String? {
        for record in transition.records {
            guard case .analysis(let verdict) = record.body else { continue }
            guard verdict.step == old.stepIndex, let entered = old.enteredStepAt else {
                return "a verdict on another step was acted upon"
            }
            if verdict.evidence.from < entered { return "evidence from before the step was acted upon" }
        }
        return nil
    }

    /// The first broken rule about traffic, or nil.
    static func violation(of fleet: SimulatorFleet, plan: ReleasePlan, allowed: Set<Int>) -> String? {
        let (candidate, stable) = (fleet.candidateWeight, fleet.stableWeight)
        if !(0...100).contains(candidate) || !(0...100).contains(stable) || candidate + stable != 100 {
            return "the weights are \(candidate) and \(stable)"
        }
        var serving: [Int] = []
        if candidate > 0 { serving.append(plan.candidate) }
        if stable > 0, let version = plan.stable { serving.append(version) }
        for version in serving {
            if !allowed.contains(version) { return "version \(version) has traffic without an allowed decision" }
            if !fleet.loaded.contains(version) { return "version \(version) has traffic and is not loaded" }
        }
        return nil
    }
}
