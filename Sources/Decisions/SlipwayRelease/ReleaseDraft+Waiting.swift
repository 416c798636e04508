internal import SlipwayDomain

/// What holds a release up although its analysis would let it go on.
extension ReleaseDraft {
    /// Enters the next step, or writes down what it waits for.
    mutating func goOn() {
        if state.phase == .promoting { return goOnPromoting() }
        let isReady: Bool =
            switch state.phase {
            case .preparing: state.stepIndex == nil && state.pendingEffects.isEmpty
            case .progressing: state.passedAt != nil && state.pendingEffects.isEmpty
            default: false
            }
        guard isReady else { return }
        let next = state.stepIndex.map { $0 + 1 } ?? 0
        if let wait = obstacle(before: next) { self.wait(for: wait) } else { enterStep(next) }
    }

    /// A person's promotion that had to wait for the version: since then the environment may have been frozen.
    private mutating func goOnPromoting() {
        guard state.stepIndex == nil, state.pendingEffects.isEmpty else { return }
        if state.plan.kind == .change, let wait = freeze { self.wait(for: wait) } else { giveAll(by: state.promotedBy) }
    }

    /// Writes down what is waited for, once a kind.
    mutating func wait(for wait: ReleaseWait) {
        guard state.waiting != wait else { return }
        let isNews = state.waiting?.kind != wait.kind || wait.kind == .evidence
        change { $0.waiting = wait }
        if isNews { record(.waiting(wait)) }
    }

    mutating func notice(_ news: ReleaseSurroundings) {
        guard state.phase != .rollingBack, (state.surroundings ?? ReleaseSurroundings()) != news else { return }
        change { $0.surroundings = news }
        goOn()
    }

    private func obstacle(before next: Int) -> ReleaseWait? {
        if let step = state.stepIndex {
            if let pause = pause(at: step) { return pause }
            if let person = person(at: step) { return person }
        }
        if let approver = state.missingApprover(upTo: next) {
            return ReleaseWait(
                kind: .approval,
                sentence: "step \(approver.step + 1) needs the word of '\(approver.role)': "
                    + "`slipway approve \(state.plan.release)`",
                until: nil
            )
        }
        // A way back is never held up, and neither is a step that exposes nobody more.
        let grows = state.plan.percent(atStep: next) > state.candidatePercent
        return grows && state.plan.kind == .change ? outerObstacle : nil
    }

    private func pause(at step: Int) -> ReleaseWait? {
        guard let pause = state.plan.controls.stop(at: step)?.pause, let settledAt = state.settledAt else { return nil }
        let until = settledAt + pause
        guard now < until else { return nil }
        return ReleaseWait(
            kind: .pause,
            sentence: "step \(step + 1) passed and keeps its share for \(pause.spoken)",
            until: until
        )
    }

    private func person(at step: Int) -> ReleaseWait? {
        let plan = state.plan
        let isAsked =
            plan.controls.stop(at: step)?.waitsForPerson ?? false || plan.policy.pass == .hold
            || plan.strategy == .ab && plan.controls.comparison?.asksPerson ?? false
        guard isAsked, state.releasedStep != step else { return nil }
        let finding =
            plan.strategy == .shadow && step == 0
            ? "version \(plan.candidate) is ready: it stood its test on copies"
            : "step \(step + 1) passed"
        return ReleaseWait(
            kind: .person,
            sentence: "\(finding); `slipway resume \(plan.release)` lets it go on, "
                + "`slipway promote \(plan.release)` goes to 100 %",
            until: nil
        )
    }

    private var freeze: ReleaseWait? {
        state.surroundings?.freeze.map { reason in
            ReleaseWait(
                kind: .freeze,
                sentence: "\(state.plan.environment) is frozen: \(reason); "
                    + "`slipway thaw \(state.plan.environment)` ends that",
                until: nil
            )
        }
    }

    private var outerObstacle: ReleaseWait? {
        let plan = state.plan
        if let freeze { return freeze }
        if !plan.controls.windows.isEmpty, !plan.controls.windows.contains(where: { $0.contains(now) }) {
            let opening = plan.controls.windows.map { $0.opening(from: now) }.min()
            let text = plan.controls.windows.map(\.description).joined(separator: ", ")
            return ReleaseWait(kind: .window, sentence: "no release window is open (\(text) UTC)", until: opening)
        }
        let left = state.surroundings?.budgetPercent.map { " (\($0) % left)" } ?? ""
        switch state.surroundings?.pace ?? .normal {
        case .normal: return nil
        case .frozen:
            return ReleaseWait(
                kind: .budget,
                sentence: "the error budget is spent\(left): `slipway promote \(plan.release)` takes the risk on a "
                    + "person's word",
                until: nil
            )
        case .slow:
            let length = Span(milliseconds: plan.demands.duration.milliseconds * BudgetPolicy.slowness)
            guard let settledAt = state.settledAt, now < settledAt + length else { return nil }
            return ReleaseWait(
                kind: .budget,
                sentence: "the error budget is low\(left): the step lasts \(length.spoken)",
                until: settledAt + length
            )
        }
    }
}

extension ReleaseState {
    /// The first approval that is needed on the way to `step` (itself included) and not given.
    package func missingApprover(upTo step: Int) -> (step: Int, role: String, approver: StepApprover)? {
        for stop in plan.controls.stops.sorted(by: { $0.step < $1.step }) where stop.step <= step {
            guard let approval = stop.approval, !(approvals ?? []).contains(where: { $0.step == stop.step }) else {
                continue
            }
            return (stop.step, approval.role, approval)
        }
        return nil
    }

    /// Why a promotion by a person has no effect now, as a sentence; nil when it has one.
    package var promotionObstacle: String? {
        if plan.kind == .rollback { return nil }
        if let missing = missingApprover(upTo: plan.steps.count - 1) {
            return
                "step \(missing.step + 1) needs the word of '\(missing.role)' first: `slipway approve \(plan.release)`"
        }
        guard let freeze = surroundings?.freeze, candidatePercent < 100 else { return nil }
        return "\(plan.environment) is frozen: \(freeze); `slipway thaw \(plan.environment)` ends that"
    }
}
