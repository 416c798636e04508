internal import SlipwayDomain

/// What people may do to a release.
extension ReleaseDraft {
    mutating func pause(by person: String) {
        guard state.phase == .preparing || state.phase == .progressing else { return }
        stop(by: person, "paused by \(person)")
    }

    mutating func stop(by actor: String, _ reason: String) {
        change {
            $0.phase = .paused
            $0.deadlineAt = nil
            $0.reason = reason
            $0.waiting = nil
        }
        record(.paused(by: actor, reason: reason))
    }

    mutating func resume(by person: String) {
        if state.phase == .progressing, state.waiting?.kind == .person {
            record(.resumed(by: person))
            change { $0.releasedStep = $0.stepIndex }
            goOn()
            return
        }
        guard state.phase == .paused else { return }
        record(.resumed(by: person))
        guard state.stepIndex != nil else {
            change {
                $0.phase = .preparing
                $0.reason = nil
            }
            goOn()
            return
        }
        change { [now] in
            $0.phase = .progressing
            $0.reason = nil
            $0.extensions = nil
            if $0.passedAt == nil {
                $0.lastVerdict = nil
                if $0.settledAt != nil { $0.deadlineAt = now + $0.plan.stepDeadline }
            }
        }
        goOn()
    }

    mutating func approve(by person: String, isAdmin: Bool) {
        guard [.preparing, .progressing, .paused].contains(state.phase),
            let missing = state.missingApprover(upTo: state.plan.steps.count - 1),
            missing.approver.objection(to: person, isAdmin: isAdmin, owners: state.plan.controls.owners) == nil
        else { return }
        let approval = StepApproval(step: missing.step, role: missing.role, by: person, at: now)
        change { $0.approvals = ($0.approvals ?? []) + [approval] }
        record(.approved(approval))
        goOn()
    }

    mutating func promote(by person: String) {
        guard [.preparing, .progressing, .paused].contains(state.phase), state.promotionObstacle == nil else { return }
        recordUndecided()
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
