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
        case .compared(let verdict): weigh(verdict)
        case .surroundings(let news): notice(news)
        case .tick: tick()
        case .pause(let by): pause(by: by)
        case .resume(let by): resume(by: by)
        case .approve(let by, let isAdmin): approve(by: by, isAdmin: isAdmin)
        case .promote(let by): promote(by: by)
        case .abort(let by, let reason):
            recordUndecided()
            rollBack(to: .aborted, "called off by \(by): \(reason)", by: by)
        case .rollback(let by, let reason): rollBack(to: .rolledBack, "rolled back by \(by): \(reason)", by: by)
        }
    }

    private mutating func start() {
        change { [now] in $0.startedAt = now }
        record(.started)
        request(.loadVersion(state.plan.candidate))
    }

    // MARK: Answers

    private mutating func complete(_ id: EffectID) {
        guard let answered = state.pendingEffects.first(where: { $0.id == id }) else { return }
        remove(id)
        switch state.phase {
        case .preparing: prepared(after: answered.effect)
        case .progressing, .paused:
            if state.stepIndex == nil { prepared(after: answered.effect) } else { settle() }
        case .promoting: promotionGoesOn(after: answered.effect)
        case .rollingBack: rollbackGoesOn(after: answered.effect)
        case .finished: return
        }
    }

    private mutating func prepared(after effect: ReleaseEffect) {
        if case .loadVersion(let version) = effect, state.plan.probesFirst {
            request(.probeVersion(version))
        } else if state.phase == .preparing {
            goOn()
        }
    }

    private mutating func settle() {
        guard state.settledAt == nil, state.pendingEffects.isEmpty else { return }
        change { [now] in
            $0.settledAt = now
            $0.deadlineAt = now + $0.plan.stepDeadline
        }
    }

    private mutating func promotionGoesOn(after effect: ReleaseEffect) {
        switch effect {
        case .loadVersion, .probeVersion: goOn()
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
        case .loadVersion, .probeVersion, .resetEvidence: return
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

    // MARK: Steps

    mutating func enterStep(_ index: Int) {
        guard index < state.plan.steps.count - 1 else {
            giveAll(by: nil)
            return
        }
        let percent = state.plan.percent(atStep: index)
        change { [now] in
            $0.phase = .progressing
            $0.stepIndex = index
            $0.enteredStepAt = now
            $0.settledAt = nil
            $0.deadlineAt = nil
            $0.lastVerdict = nil
            $0.reason = nil
            $0.forgetWaiting()
        }
        record(.step(index: index, percent: percent, by: nil))
        replaceEffects(with: [.setWeights(candidatePercent: percent), .resetEvidence(step: index)])
    }

    mutating func giveAll(by person: String?) {
        let last = state.plan.steps.count - 1
        change { [now] in
            $0.phase = .promoting
            $0.stepIndex = last
            $0.enteredStepAt = now
            $0.settledAt = nil
            $0.deadlineAt = nil
            $0.reason = person.map { "promoted by \($0)" } ?? $0.promotionReason
            $0.forgetWaiting()
        }
        record(.step(index: last, percent: 100, by: person))
        replaceEffects(with: [.setWeights(candidatePercent: 100)])
    }

    mutating func rollBack(to outcome: ReleaseOutcome, _ reason: String, by person: String?) {
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
            $0.forgetWaiting()
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
}

extension ReleaseState {
    /// A step begins, or the release ends: nothing is waited for any more.
    mutating func forgetWaiting() {
        passedAt = nil
        waiting = nil
        extensions = nil
    }

    /// Why the candidate gets everything when no person asked for it.
    fileprivate var promotionReason: String {
        if plan.stable == nil { return "a first release goes straight to 100 %" }
        if plan.kind == .rollback { return "a rollback goes straight to 100 %" }
        if let comparison, comparison.winner == .candidate { return comparison.sentence }
        return plan.steps.count > 1 ? "the analysis let every step go on" : "the plan has a single step"
    }
}

extension ReleasePlan {
    /// Whether the loaded candidate answers one request before it gets any; a canary's first step is small, these go
    /// further at once.
    var probesFirst: Bool { !isStraight && strategy != .canary }
}

extension ReleaseEffect {
    fileprivate var isUnload: Bool { if case .unloadVersion = self { true } else { false } }
}
