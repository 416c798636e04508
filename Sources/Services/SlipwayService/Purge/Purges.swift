internal import SlipwayDomain
package import SlipwayStore

/// Removes for good what was deleted long enough ago: rows, files and, with the rows, an entry in the ledger.
///
/// A purge marks what it takes, empties it, removes the rows and writes the ledger entry in one transaction, and removes
/// the files last. Each step can be done again, so a purge that broke off is brought to its end at the next look.
package struct Purges: Sendable {
    let database: any SQLDatabase
    let store: any ArtifactStore
    let ledger: any EntryRecorder
    let runtime: Runtime

    /// The most things that one purge removes.
    static let mostItems = 10_000
    /// The most things that are listed as kept.
    static let mostKept = 1_000
    /// How many rows one transaction removes: others wait no longer than that.
    static let rowsAtOnce = 20_000
    static let itemsAtOnce = 200

    package init(
        database: any SQLDatabase,
        store: any ArtifactStore,
        ledger: any EntryRecorder,
        runtime: Runtime
    ) {
        self.database = database
        self.store = store
        self.ledger = ledger
        self.runtime = runtime
    }

    /// What a purge would remove now; changes nothing.
    package func plan(caller: Caller, _ rule: PurgeRule) async throws -> PurgePlan {
        let now = runtime.now()
        let selection = try selection(rule, now: now)
        return try await reading { try Self.plan(rule, selection, now: now, in: $0) }
    }

    /// Removes what is due, and returns when it is gone; no more than `mostItems` at once.
    package func purge(caller: Caller, _ rule: PurgeRule) async throws -> PurgeReport {
        let now = runtime.now()
        let selection = try selection(rule, now: now)
        let id = runtime.newID()
        let plan = try await writing { writer in
            try PurgeTable.stamp(now, in: writer)
            let plan = try Self.plan(rule, selection, now: now, in: writer)
            guard !plan.items.isEmpty else { return plan }
            let row = PurgeRow(
                id: id,
                actor: caller.actor,
                rule: try CanonicalJSON.text(of: rule.json),
                entry: nil
            )
            try PurgeRows.begin(row, plan.items, at: now, in: writer)
            return plan
        }
        guard !plan.items.isEmpty else { return PurgeReport(plan: plan, entry: nil) }
        return PurgeReport(plan: plan, entry: try await finish(id))
    }

    /// Brings purges to their end that broke off.
    package func resume() async throws {
        for purge in try await reading({ try PurgeRows.unfinished(in: $0) }) { _ = try await finish(purge.id) }
    }

    private func selection(_ rule: PurgeRule, now: Instant) throws -> PurgeSelection {
        guard rule.olderThan.milliseconds >= 0 else {
            throw ServiceError.invalid("the time since the deletion cannot be negative: write 30d or 0d")
        }
        guard rule.experiment == nil || rule.run == nil else {
            throw ServiceError.invalid("name an experiment or a run, not both")
        }
        if let run = rule.run { try TrackingRules.checkID(run, "run") }
        return PurgeSelection(
            deletedBy: Instant(milliseconds: now.milliseconds - rule.olderThan.milliseconds),
            experiment: try rule.experiment.map { try TrackingRules.experimentID($0) },
            run: rule.run
        )
    }

    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLReader) throws -> Value
    ) async throws -> Value {
        do { return try await database.read(body) } catch { throw StoreFailure.serviceError(error) }
    }

    func writing<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLWriter) throws -> Value
    ) async throws -> Value {
        do { return try await database.write(body) } catch { throw StoreFailure.serviceError(error) }
    }
}
