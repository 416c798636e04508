package import SlipwayDomain
internal import SlipwayLedger
package import SlipwayPolicy
package import SlipwayRelease
package import SlipwayStore

/// Bringing versions into production and back: every change is one transaction of state and ledger.
package struct Releases: Sendable {
    let database: any SQLDatabase
    let runtime: Runtime
    let ledger: any EntryRecorder
    let governance: Governance
    let bell = ReleaseBell()
    let known = KnownStates()
    /// Whether the operator named a server that queries can be asked of.
    let asksQueries: Bool

    package init(
        database: any SQLDatabase,
        runtime: Runtime,
        ledger: any EntryRecorder,
        governance: Governance,
        asksQueries: Bool = false
    ) {
        self.asksQueries = asksQueries
        self.database = database
        self.runtime = runtime
        self.ledger = ledger
        self.governance = governance
    }

    /// What came of asking for a release.
    package enum Shipment: Sendable {
        case denied(RecordedDecision)
        case started(RecordedDecision, ReleaseState)
    }

    /// Decides, and begins a release if the decision allows it.
    package func ship(
        model: String,
        version: Int,
        environment: ReleaseEnvironment,
        caller: Caller
    ) async throws -> Shipment {
        guard environment == .production else {
            throw ServiceError.invalid("only production has an endpoint: ship with --to production")
        }
        let recorded = try await governance.check(
            model: model,
            version: version,
            environment: environment,
            asks: true,
            caller: caller
        )
        guard recorded.decision.allowed else { return .denied(recorded) }
        if let freeze = try await freeze(of: environment) {
            throw ServiceError.conflict(
                "\(environment.rawValue) is frozen: \(freeze.sentence); `slipway thaw \(environment.rawValue)` ends that"
            )
        }
        let registration = try await database.read {
            try Governance.registration(model: model, version: version, in: $0)
        }
        let owners = Set([caller.actor, registration?.source.actor].compactMap { $0 })
        let manifest = try await governance.requiredManifest(of: model)
        guard asksQueries || !manifest.spec.release.analysis.contains(where: { $0.query != nil }) else {
            throw ServiceError.conflict(
                "the manifest of '\(model)' has a Prometheus query and this server asks none: "
                    + "start it with --prometheus URL, or remove the rule"
            )
        }
        let id = ReleaseID(runtime.newID())
        let state = try await begin(model: model, caller: caller) { endpoint in
            if endpoint?.stable == version {
                throw ServiceError.conflict("version \(version) of '\(model)' already has all production traffic")
            }
            return try ReleasePlan(
                release: id,
                rules: manifest.spec.release,
                model: model,
                environment: environment,
                candidate: version,
                stable: endpoint?.stable,
                decision: recorded.entry,
                owners: owners.sorted(),
                labelDelay: manifest.spec.monitors.performance?.labels.delay
            )
        }
        return .started(recorded, state)
    }

    /// Takes a model's traffic back to where it was: ends the release under way, or returns to the version before.
    ///
    /// Needs no analysis and may be pressed twice: what ended a release a moment ago does not also take its stable version
    /// back. Whoever wants that too names the version to leave; when it serves no more, nothing is done.
    package func rollback(
        model: String,
        leaving: Int? = nil,
        reason: String,
        caller: Caller
    ) async throws -> ReleaseState {
        if let active = try await database.read({ try ReleaseTable.active(model: model, in: $0) }) {
            let under = try Self.state(active)
            if under.plan.kind == .rollback { return under }
            if let leaving, leaving != under.plan.candidate {
                throw ServiceError.conflict(
                    "version \(under.plan.candidate) of '\(model)' is being released: roll that back first"
                )
            }
            let state = try await apply(.rollback(by: caller.actor, reason: reason), to: active.id)
            bell.ring(active.id)
            return state
        }
        if let leaving {
            let (endpoint, served) = try await database.read { connection in
                (
                    try EndpointTable.row(model, in: connection),
                    try Self.decision(behind: leaving, of: model, in: connection) != nil
                )
            }
            guard served else { throw ServiceError.notFound("version \(leaving) of '\(model)' has never served") }
            // Pressed again when it is done.
            if endpoint?.stable != leaving, let last = try await newest(model: model, limit: 1).first { return last }
        } else if let last = try await newest(model: model, limit: 1).first, last.plan.kind == .rollback,
            last.outcome == .promoted
        {
            // Pressed again when it is done: what serves now is what was wanted.
            return last
        } else if let ended = try await endedJustNow(model: model) {
            return ended
        }
        let environment = ReleaseEnvironment.production
        let id = ReleaseID(runtime.newID())
        let target = try await database.read { connection -> (stable: Int, version: Int, decision: EntryID) in
            guard let endpoint = try EndpointTable.row(model, in: connection), let stable = endpoint.stable else {
                throw ServiceError.notFound("'\(model)' takes no production traffic: there is nothing to roll back")
            }
            guard let previous = endpoint.previous else {
                throw ServiceError.conflict(
                    "version \(stable) is the first of '\(model)' in production: there is none before it"
                )
            }
            guard let decision = try Self.decision(behind: previous, of: model, in: connection) else {
                throw ServiceError(.internal, "version \(previous) of '\(model)' served without a decision")
            }
            return (stable, previous, decision)
        }
        let state = try await begin(model: model, caller: caller) { endpoint in
            guard endpoint?.stable == leaving ?? target.stable, endpoint?.previous == target.version else {
                throw ServiceError.conflict(
                    "somebody else has just moved the traffic of '\(model)': look at its status"
                )
            }
            return try ReleasePlan(
                release: id,
                model: model,
                environment: environment.rawValue,
                candidate: target.version,
                stable: endpoint?.stable,
                decision: target.decision,
                kind: .rollback,
                steps: [100]
            )
        }
        bell.ring(id)
        return state
    }

    /// The newest release if it was rolled back within the last minutes, by whomever: who presses now means that one.
    private func endedJustNow(model: String) async throws -> ReleaseState? {
        guard let last = try await newest(model: model, limit: 1).first, last.outcome == .rolledBack else { return nil }
        let entries = try await database.read { connection in
            try LedgerTable.entries(
                about: "releases/\(last.plan.release)",
                type: Entry.typePrefix + "release.completed",
                in: connection
            )
        }
        guard let bytes = entries.last, runtime.now() - (try Entry(canonicalBytes: bytes).time) < Self.samePress else {
            return nil
        }
        return last
    }

    /// How long a rollback that is done is still the one that is meant.
    private static let samePress = Span.minutes(10)

    /// Feeds an event to a release and stores what follows from it; returns the new state.
    @discardableResult
    package func apply(_ event: ReleaseEvent, to id: ReleaseID) async throws -> ReleaseState {
        let time = runtime.now()
        let next = try await database.write { connection -> ReleaseState in
            guard let row = try ReleaseTable.row(id, in: connection) else {
                throw ServiceError.notFound("there is no release \(id): `slipway status MODEL` lists them")
            }
            let state = try known.state(row)
            let transitions = try Self.transitions(from: state, by: event, now: time, in: connection)
            for (event, transition) in transitions {
                try record(transition.records, of: transition.state.plan, event: event, at: time, in: connection)
            }
            guard let next = transitions.last?.transition.state, next.revision != state.revision else { return state }
            try ReleaseTable.update(
                id: id,
                from: row.revision,
                to: next.revision,
                isActive: !next.isTerminal,
                state: CanonicalJSON.text(of: JSONValue(encoding: next)),
                in: connection
            )
            if next.isTerminal {
                try EndpointTable.finish(
                    model: next.plan.model,
                    release: id.text,
                    promoted: next.outcome == .promoted,
                    in: connection
                )
                if next.outcome == .promoted, next.plan.kind == .rollback {
                    // What was left is nothing to go back to.
                    let before = try Self.predecessor(of: next.plan.candidate, model: next.plan.model, in: connection)
                    try EndpointTable.setPrevious(before, model: next.plan.model, in: connection)
                }
            }
            return next
        }
        if next.isTerminal { known.forget(id) }
        return next
    }

    /// Lets a release hear that time goes by. Most of the time nothing follows from it, and nothing is written then.
    package func tick(_ id: ReleaseID) async throws -> ReleaseState {
        let time = runtime.now()
        let unmoved = try await database.read { connection -> ReleaseState? in
            guard let row = try ReleaseTable.row(id, in: connection) else { return nil }
            let state = try known.state(row)
            let transitions = try Self.transitions(from: state, by: .tick, now: time, in: connection)
            return transitions.contains(where: \.transition.isChange) ? nil : state
        }
        if let unmoved { return unmoved }
        return try await apply(.tick, to: id)
    }

    /// What an event makes of a release, together with what its environment says by now.
    private static func transitions(
        from state: ReleaseState,
        by event: ReleaseEvent,
        now: Instant,
        in connection: any SQLReader
    ) throws -> [(event: ReleaseEvent, transition: Transition)] {
        // What holds everybody up is read in the same transaction, so that nothing grows after it was written down.
        let freeze = try FreezeTable.row(state.plan.environment, in: connection).map { FrozenEnvironment($0).sentence }
        let around = state.surroundings ?? ReleaseSurroundings()
        var news = ReleaseSurroundings(freeze: freeze, pace: around.pace, budgetPercent: around.budgetPercent)
        var events = [event]
        if case .surroundings(let told) = event {
            events = []
            news = ReleaseSurroundings(freeze: freeze, pace: told.pace, budgetPercent: told.budgetPercent)
        }
        if news != around { events.insert(.surroundings(news), at: 0) }
        var next = state
        return events.map { event in
            let transition = ReleasePlanner.step(next, event, now: now)
            next = transition.state
            return (event, transition)
        }
    }

    /// One release.
    package func state(_ id: ReleaseID) async throws -> ReleaseState {
        let row = try await database.read { try ReleaseTable.row(id, in: $0) }
        guard let row else {
            throw ServiceError.notFound("there is no release \(id): `slipway status MODEL` lists them")
        }
        return try known.state(row)
    }

    /// The newest releases of a model, newest first.
    package func newest(model: String, limit: Int) async throws -> [ReleaseState] {
        try await database.read { try ReleaseTable.newest(model: model, limit: limit, in: $0).map(Self.state) }
    }

    /// The decision that the newest release of a version stands on, if that release is under way or was promoted: only
    /// the file that it was about may serve, whatever was decided about another file since.
    static func decision(behind version: Int, of model: String, in connection: any SQLReader) throws -> EntryID? {
        for row in try ReleaseTable.newest(model: model, limit: 1000, in: connection) {
            let state = try state(row)
            guard state.plan.candidate == version, !state.isTerminal || state.outcome == .promoted else { continue }
            return state.plan.decision
        }
        return nil
    }

    /// The version that a version took the traffic over from, when it was released and not gone back to.
    private static func predecessor(of version: Int, model: String, in connection: any SQLReader) throws -> Int? {
        for row in try ReleaseTable.newest(model: model, limit: 1000, in: connection) {
            let state = try state(row)
            guard state.plan.candidate == version, state.plan.kind == .change, state.outcome == .promoted else {
                continue
            }
            return state.plan.stable
        }
        return nil
    }

    static func state(_ row: ReleaseRow) throws -> ReleaseState {
        try JSONValue(parsing: Array(row.state.utf8)).decode(ReleaseState.self)
    }

    private func begin(
        model: String,
        caller: Caller,
        plan makePlan: @escaping @Sendable (EndpointRow?) throws -> ReleasePlan
    ) async throws -> ReleaseState {
        let time = runtime.now()
        return try await database.write { connection in
            if let active = try ReleaseTable.active(model: model, in: connection) {
                throw ServiceError.conflict(
                    "release \(active.id) of '\(model)' is still under way: wait for it, or `slipway abort \(active.id)`"
                )
            }
            let plan = try makePlan(EndpointTable.row(model, in: connection))
            let transition = ReleasePlanner.step(ReleaseState(plan), .started, now: time)
            let state = transition.state
            try ReleaseTable.insert(
                id: plan.release,
                model: model,
                environment: plan.environment,
                candidate: plan.candidate,
                revision: state.revision,
                isActive: true,
                startedAt: time,
                state: CanonicalJSON.text(of: JSONValue(encoding: state)),
                in: connection
            )
            try EndpointTable.begin(
                model: model,
                release: plan.release.text,
                candidate: plan.candidate,
                in: connection
            )
            try record(transition.records, of: plan, actor: caller.actor, at: time, in: connection)
            return state
        }
    }

    private func record(
        _ records: [ReleaseRecord],
        of plan: ReleasePlan,
        event: ReleaseEvent,
        at time: Instant,
        in connection: any SQLWriter
    ) throws {
        let actor =
            switch event {
            case .pause(let by), .resume(let by), .promote(let by), .approve(let by, _): by
            case .abort(let by, _), .rollback(let by, _): by
            default: ReleaseRecord.machine
            }
        try record(records, of: plan, actor: actor, at: time, in: connection)
    }

    private func record(
        _ records: [ReleaseRecord],
        of plan: ReleasePlan,
        actor: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws {
        for record in records {
            try ledger.record(
                EntryDraft(
                    type: record.type,
                    subject: record.subject(of: plan),
                    actor: actor,
                    data: record.data(of: plan)
                ),
                at: time,
                in: connection
            )
        }
    }
}
