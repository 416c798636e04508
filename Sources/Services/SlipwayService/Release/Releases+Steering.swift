package import SlipwayDomain
internal import SlipwayPolicy
package import SlipwayRelease
internal import SlipwayStore

/// What people do to a release that is under way; each answers with the state that came of it, or says why not.
extension Releases {
    /// Stops the progress, not the protection.
    package func pause(_ id: ReleaseID, caller: Caller) async throws -> ReleaseState {
        try await steer(id, .pause(by: caller.actor), wanted: nil) { $0.phase == .paused }
    }

    /// Lets a release go on that is paused or waits for a person.
    package func resume(_ id: ReleaseID, caller: Caller) async throws -> ReleaseState {
        let before = try await state(id)
        let state = try await steer(id, .resume(by: caller.actor), wanted: nil) { _ in true }
        if state == before {
            let hint = state.waiting.map { "it waits: \($0.sentence)" } ?? "it is \(state.phase.rawValue)"
            throw ServiceError.conflict("release \(id) is not paused: \(hint)")
        }
        return state
    }

    /// Skips what is left of the analysis; neither a missing approval nor a freeze.
    package func promote(_ id: ReleaseID, caller: Caller) async throws -> ReleaseState {
        let state = try await steer(id, .promote(by: caller.actor), wanted: [.promoted]) { _ in true }
        if [.preparing, .progressing, .paused].contains(state.phase), let obstacle = state.promotionObstacle {
            throw ServiceError.conflict("release \(id) cannot be promoted: \(obstacle)")
        }
        if state.phase == .rollingBack {
            throw ServiceError.conflict("release \(id) is being rolled back: `slipway retry \(id)` begins it anew")
        }
        return state
    }

    /// Calls a release off.
    package func abort(_ id: ReleaseID, reason: String, caller: Caller) async throws -> ReleaseState {
        let state = try await steer(
            id,
            .abort(by: caller.actor, reason: reason),
            wanted: [.aborted, .rolledBack]
        ) { _ in true }
        bell.ring(id)
        if state.phase == .promoting {
            throw ServiceError.conflict(
                "release \(id) has all traffic already: `slipway rollback \(state.plan.model)` takes it back"
            )
        }
        return state
    }

    /// Lets a release enter the next step that asks for somebody's word.
    package func approve(_ id: ReleaseID, caller: Caller) async throws -> ReleaseState {
        guard let person = caller.user else {
            throw ServiceError(
                .unauthenticated,
                "an approval must name who gives it: set SLIPWAY_TOKEN (`slipway user create NAME`)"
            )
        }
        let before = try await state(id)
        guard !before.isTerminal, before.phase != .rollingBack, before.phase != .promoting,
            let missing = before.missingApprover(upTo: before.plan.steps.count - 1)
        else { throw ServiceError.conflict("release \(id) waits for nobody's approval") }
        let owners = before.plan.controls.owners
        if let objection = missing.approver.objection(to: person, isAdmin: caller.isAdmin, owners: owners) {
            throw ServiceError.forbidden(
                "step \(missing.step + 1) of release \(id) needs the word of '\(missing.role)': \(objection)"
            )
        }
        return try await apply(.approve(by: person, isAdmin: caller.isAdmin), to: id)
    }

    /// Begins a release anew that was rolled back or called off: the same version, decided about again.
    package func retry(_ id: ReleaseID, caller: Caller) async throws -> Shipment {
        let state = try await state(id)
        guard state.isTerminal else {
            throw ServiceError.conflict("release \(id) is still under way: `slipway abort \(id)` ends it")
        }
        guard state.outcome != .promoted, state.plan.kind == .change else {
            throw ServiceError.conflict("release \(id) ended well: there is nothing to try again")
        }
        guard let environment = ReleaseEnvironment(rawValue: state.plan.environment) else {
            throw ServiceError(.internal, "release \(id) is in an unknown environment")
        }
        return try await ship(
            model: state.plan.model,
            version: state.plan.candidate,
            environment: environment,
            caller: caller
        )
    }

    /// Applies a person's order; an order that comes too late says so, unless it is what happened anyway.
    private func steer(
        _ id: ReleaseID,
        _ event: ReleaseEvent,
        wanted: [ReleaseOutcome]?,
        isDone: (ReleaseState) -> Bool
    ) async throws -> ReleaseState {
        let state = try await apply(event, to: id)
        if state.isTerminal, let outcome = state.outcome, !(wanted ?? []).contains(outcome) {
            let advice =
                outcome == .promoted
                ? "`slipway rollback \(state.plan.model)` takes it back" : "`slipway retry \(id)` begins it anew"
            throw ServiceError.conflict("release \(id) is over (\(outcome.words)): \(advice)")
        }
        guard isDone(state) else {
            throw ServiceError.conflict("release \(id) cannot be paused any more: it is \(state.phase.words)")
        }
        return state
    }
}

extension ReleaseOutcome {
    fileprivate var words: String {
        switch self {
        case .promoted: "promoted"
        case .rolledBack: "rolled back"
        case .aborted: "called off"
        }
    }
}

extension ReleasePhase {
    fileprivate var words: String {
        switch self {
        case .preparing, .progressing, .paused, .finished: rawValue
        case .promoting: "being promoted"
        case .rollingBack: "being rolled back"
        }
    }
}
