internal import SlipwayDomain

/// What each event means in each phase.
extension ReleaseDraft {
    mutating func take(_ event: ReleaseEvent) {
        guard !state.isTerminal else { return }
        guard state.revision > 0 else {
            if event == .started { start() }
            return
        }
        switch event {
        case .started: return
        case .effectCompleted(let id): complete(id)
        case .effectFailed(let id, let reason): fail(id, reason)
        case .analysed(let verdict): weigh(verdict)
        case .tick: tick()
        case .pause(let by): pause(by: by)
        case .resume(let by): resume(by: by)
        case .promote(let by): promote(by: by)
        case .abort(let by, let reason): rollBack(to: .aborted, "called off by \(by): \(reason)", by: by)
        case .rollback(let by, let reason): rollBack(to: .rolledBack, "rolled back by \(by): \(reason)", by: by)
        }
    }

    private mutating func start() {
        record(.started)
        request(.loadVersion(state.plan.candidate))
    }

    // MARK: Answers

    private mutating func complete(_ id: EffectID) {
        guard let answered = state.pendingEffects.first(where: { $0.id == id }) else { return }
        remove(id)
        switch state.phase {
        case .preparing: enterStep(0)
        case .progressing, .paused: settle()
        case .promoting: promotionGoesOn(after: answered.effect)
        case .rollingBack: rollbackGoesOn(after: answered.effect)
        case .finished: return
        }
    }

    private mutating func settle() {
        guard state.stepIndex != nil, state.settledAt == nil, state.pendingEffects.isEmpty else { return }
        change { [now] in
            $0.settledAt = now
            $0.deadlineAt = now + $0.plan.stepDeadline
        }
    }

    private mutating func promotionGoesOn(after effect: ReleaseEffect) {
        switch effect {
        case .loadVersion: giveAll(by: state.promotedBy)
        case .setWeights:
            if let stable = state.plan.stable { request(.unloadVersion(stable)) } else { finish(.promoted) }
        case .unloadVersion: finish(.promoted)
        case .resetEvidence: return
        }
    }

    private mutating func rollbackGoesOn(after effect: ReleaseEffect) {
        switch effect {
        case .setWeights: request(.unloadVersion(state.plan.candidate))
        case .unloadVersion: finish(state.outcome ?? .rolledBack)
        case .loadVersion, .resetEvidence: return
        }
    }

    private mutating func fail(_ id: EffectID, _ reason: String) {
        guard let failed = state.pendingEffects.first(where: { $0.id == id }) else { return }
        let isWayBack: Bool =
            if state.phase == .rollingBack, case .setWeights = failed.effect { true } else { false }
        if isWayBack || failed.failures + 1 < ReleasePlanner.failureLimit {
            postpone(failed)
            return
        }
        let story = "\(failed.effect.failure), \(ReleasePlanner.failureLimit) times: \(reason)"
        if case .unloadVersion = failed.effect {
            // The traffic is where it should be; a version that stays loaded must not keep the release open.
            change { $0.reason = [$0.reason, story].compactMap(\.self).joined(separator: "; ") }
            finish(state.outcome ?? .promoted)
        } else {
            rollBack(to: .rolledBack, story, by: nil)
        }
    }

    // MARK: Analysis and time

    private mutating func weigh(_ verdict: AnalysisVerdict) {
        guard state.phase == .progressing || state.phase == .paused, verdict.step == state.stepIndex,
            let enteredStepAt = state.enteredStepAt, verdict.evidence.from >= enteredStepAt
        else { return }
        switch verdict.overall {
        case .fail:
            remember(verdict)
            if state.phase == .progressing || state.plan.policy.fail == .rollBack {
                act(state.plan.policy.fail, because: "the analysis failed: \(verdict.sentence)")
            }
        case .pass:
            guard state.settledAt != nil else { return }
            remember(verdict)
            if state.phase == .progressing { advance() }
        case .inconclusive, .notEnoughData:
            remember(verdict)
            meetDeadline()
        case .notApplicable: return
        }
    }

    private mutating func remember(_ verdict: AnalysisVerdict) {
        if state.lastVerdict != verdict { change { $0.lastVerdict = verdict } }
    }

    private mutating func tick() {
        repeatDueEffects()
        meetDeadline()
    }

    private mutating func meetDeadline() {
        guard state.phase == .progressing, let deadlineAt = state.deadlineAt, now >= deadlineAt else { return }
        let limit = state.plan.stepDeadline.spoken
        if let verdict = state.lastVerdict, verdict.overall == .inconclusive {
            act(state.plan.policy.inconclusive, because: "nothing was proven within \(limit): \(verdict.sentence)")
        } else {
            let findings = state.lastVerdict.map { ": \($0.sentence)" } ?? ": nothing was judged"
            act(state.plan.policy.notEnoughData, because: "there was not enough data within \(limit)\(findings)")
        }
    }

    private mutating func act(_ action: VerdictAction, because reason: String) {
        switch action {
        case .proceed: advance()
        case .hold:
            recordLastVerdict()
            stop(by: ReleaseRecord.machine, reason)
        case .rollBack:
            recordLastVerdict()
            rollBack(to: .rolledBack, reason, by: nil)
        }
    }

    private mutating func recordLastVerdict() {
        if let verdict = state.lastVerdict { record(.analysis(verdict)) }
    }

    // MARK: Steps

    private mutating func advance() {
        recordLastVerdict()
        enterStep((state.stepIndex ?? -1) + 1)
    }

    private mutating func enterStep(_ index: Int) {
        let percent = state.plan.percent(atStep: index)
        guard percent < 100 else {
            giveAll(by: nil)
            return
        }
        change { [now] in
            $0.phase = .progressing
            $0.stepIndex = index
            $0.enteredStepAt = now
            $0.settledAt = nil
            $0.deadlineAt = nil
            $0.lastVerdict = nil
            $0.reason = nil
        }
        record(.step(index: index, percent: percent, by: nil))
        replaceEffects(with: [.setWeights(candidatePercent: percent), .resetEvidence(step: index)])
    }

    private mutating func giveAll(by person: String?) {
        let last = state.plan.steps.count - 1
        change { [now] in
            $0.phase = .promoting
            $0.stepIndex = last
            $0.enteredStepAt = now
            $0.settledAt = nil
            $0.deadlineAt = nil
            $0.reason = person.map { "promoted by \($0)" } ?? $0.plan.promotionReason
        }
        record(.step(index: last, percent: 100, by: person))
        replaceEffects(with: [.setWeights(candidatePercent: 100)])
    }

    private mutating func rollBack(to outcome: ReleaseOutcome, _ reason: String, by person: String?) {
        // Once the stable version is being let go there is nothing to go back to: that takes a new release.
        let isTooLate = state.phase == .promoting && state.pendingEffects.contains(where: \.effect.isUnload)
        guard state.phase != .rollingBack, !isTooLate else { return }
        let index = state.stepIndex ?? 0
        change {
            $0.phase = .rollingBack
            $0.outcome = outcome
            $0.reason = reason
            $0.settledAt = nil
            $0.deadlineAt = nil
        }
        record(.step(index: index, percent: 0, by: person))
        replaceEffects(with: [.setWeights(candidatePercent: 0)])
    }

    private mutating func finish(_ outcome: ReleaseOutcome) {
        change {
            $0.phase = .finished
            $0.outcome = outcome
            $0.pendingEffects = []
        }
        record(.completed(outcome, reason: state.reason ?? outcome.rawValue))
    }

    // MARK: People

    private mutating func pause(by person: String) {
        guard state.phase == .preparing || state.phase == .progressing else { return }
        stop(by: person, "paused by \(person)")
    }

    private mutating func stop(by actor: String, _ reason: String) {
        change {
            $0.phase = .paused
            $0.deadlineAt = nil
            $0.reason = reason
        }
        record(.paused(by: actor, reason: reason))
    }

    private mutating func resume(by person: String) {
        guard state.phase == .paused else { return }
        record(.resumed(by: person))
        guard state.stepIndex != nil else {
            if state.pendingEffects.isEmpty {
                enterStep(0)
            } else {
                change {
                    $0.phase = .preparing
                    $0.reason = nil
                }
            }
            return
        }
        change { [now] in
            $0.phase = .progressing
            $0.reason = nil
            $0.lastVerdict = nil
            if $0.settledAt != nil { $0.deadlineAt = now + $0.plan.stepDeadline }
        }
    }

    private mutating func promote(by person: String) {
        guard [.preparing, .progressing, .paused].contains(state.phase) else { return }
        change { $0.promotedBy = person }
        let isLoaded = state.stepIndex != nil || state.pendingEffects.isEmpty
        if isLoaded {
            giveAll(by: person)
        } else {
            change {
                $0.phase = .promoting
                $0.reason = "promoted by \(person)"
            }
        }
    }
}

extension ReleaseEffect {
    fileprivate var isUnload: Bool { if case .unloadVersion = self { true } else { false } }
}

extension ReleasePlan {
    /// Why the candidate gets everything when no person asked for it.
    fileprivate var promotionReason: String {
        if stable == nil { return "a first release goes straight to 100 %" }
        if kind == .rollback { return "a rollback goes straight to 100 %" }
        return steps.count > 1 ? "the analysis let every step go on" : "the plan has a single step"
    }
}
