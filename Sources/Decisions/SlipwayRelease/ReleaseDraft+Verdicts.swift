internal import SlipwayDomain

/// What verdicts and time do to a step.
extension ReleaseDraft {
    mutating func weigh(_ verdict: AnalysisVerdict) {
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
            // A step that is passed already is not written down again with every look.
            if state.passedAt == nil { remember(verdict) }
            // An A/B release is ended by its comparison; its rules only protect.
            if state.phase == .progressing, state.plan.strategy != .ab { pass() }
        case .inconclusive, .notEnoughData:
            if state.passedAt == nil { remember(verdict) }
            meetDeadline()
        case .notApplicable: return
        }
    }

    mutating func weigh(_ verdict: ComparisonVerdict) {
        guard state.phase == .progressing, state.plan.strategy == .ab, verdict.evidence.step == state.stepIndex,
            state.settledAt != nil, state.passedAt == nil, let enteredStepAt = state.enteredStepAt,
            verdict.evidence.from >= enteredStepAt
        else { return }
        if state.comparison != verdict { change { $0.comparison = verdict } }
        switch verdict.winner {
        case .open: return
        case .candidate:
            record(.comparison(verdict))
            pass()
        case .stable:
            record(.comparison(verdict))
            rollBack(to: .rolledBack, verdict.sentence, by: nil)
        case .none:
            record(.comparison(verdict))
            act(verdict.rule.undecided, because: verdict.sentence)
        }
    }

    mutating func tick() {
        mendClock()
        repeatDueEffects()
        meetProgressDeadline()
        if [.preparing, .promoting].contains(state.phase) || state.passedAt != nil { goOn() }
        meetDeadline()
    }

    /// A clock that was set back must not keep anything waiting for a time that was never meant.
    private mutating func mendClock() {
        guard !state.isTerminal else { return }
        let isAhead = [state.startedAt, state.enteredStepAt, state.settledAt, state.passedAt].contains {
            $0.map { $0 > now } ?? false
        }
        let latest = now + state.plan.stepDeadline
        guard isAhead || state.deadlineAt.map({ $0 > latest }) ?? false else { return }
        change { [now] in
            $0.startedAt = $0.startedAt.map { min($0, now) }
            $0.enteredStepAt = $0.enteredStepAt.map { min($0, now) }
            $0.settledAt = $0.settledAt.map { min($0, now) }
            $0.passedAt = $0.passedAt.map { min($0, now) }
            $0.deadlineAt = $0.deadlineAt.map { min($0, latest) }
        }
    }

    private mutating func meetProgressDeadline() {
        guard [.preparing, .progressing, .paused].contains(state.phase), let startedAt = state.startedAt,
            let limit = state.plan.controls.progressDeadline, now >= startedAt + limit
        else { return }
        let place = state.waiting.map { ": \($0.sentence)" } ?? ""
        rollBack(to: .rolledBack, "the release did not get through within \(limit.spoken)\(place)", by: nil)
    }

    private mutating func remember(_ verdict: AnalysisVerdict) {
        let last = state.lastVerdict
        guard last?.with(nil) != verdict else { return }
        let looks = AnalysisLook.adding(verdict, to: last?.looks ?? [])
        change { $0.lastVerdict = verdict.with(looks) }
    }

    private mutating func meetDeadline() {
        guard state.phase == .progressing, state.passedAt == nil, let deadlineAt = state.deadlineAt, now >= deadlineAt
        else { return }
        let limit = state.plan.stepDeadline.spoken
        if let rule = state.plan.controls.comparison, state.plan.strategy == .ab {
            let findings = state.comparison.map { ": \($0.sentence)" } ?? ": nothing was compared"
            if let comparison = state.comparison { record(.comparison(comparison)) }
            act(rule.undecided, because: "no version won within \(limit)\(findings)")
        } else if let verdict = state.lastVerdict, verdict.overall == .inconclusive {
            act(state.plan.policy.inconclusive, because: "nothing was proven within \(limit): \(verdict.sentence)")
        } else {
            let findings = state.lastVerdict.map { ": \($0.sentence)" } ?? ": nothing was judged"
            act(state.plan.policy.notEnoughData, because: "there was not enough data within \(limit)\(findings)")
        }
    }

    private mutating func act(_ action: VerdictAction, because reason: String) {
        switch action {
        case .proceed: pass()
        case .hold:
            recordLastVerdict()
            stop(by: ReleaseRecord.machine, reason)
        case .rollBack:
            recordLastVerdict()
            rollBack(to: .rolledBack, reason, by: nil)
        case .wait:
            change { $0.deadlineAt = nil }
            wait(
                for: ReleaseWait(
                    kind: .evidence,
                    sentence:
                        "\(reason); the release waits for a proof: `slipway promote \(state.plan.release)` or "
                        + "`slipway abort \(state.plan.release)` ends that",
                    until: nil
                )
            )
        case .extend:
            let used = state.extensions ?? 0
            guard used < state.plan.policy.extensions else {
                recordLastVerdict()
                stop(by: ReleaseRecord.machine, "\(reason); the deadline was put off \(used) times already")
                return
            }
            let until = now + state.plan.stepDeadline
            change {
                $0.extensions = used + 1
                $0.deadlineAt = until
            }
            wait(for: ReleaseWait(kind: .evidence, sentence: "\(reason); the deadline is put off", until: until))
        }
    }

    /// What is known of a step when a person ends it stays known.
    mutating func recordUndecided() {
        if state.phase == .progressing, state.passedAt == nil { recordLastVerdict() }
    }

    private mutating func recordLastVerdict() {
        if let verdict = state.lastVerdict { record(.analysis(verdict)) }
    }

    /// The step is good enough: what it was decided by is written down once, and the release goes on when it may.
    private mutating func pass() {
        if state.passedAt == nil {
            recordLastVerdict()
            change { [now] in
                $0.passedAt = now
                $0.waiting = nil
            }
        }
        goOn()
    }
}
