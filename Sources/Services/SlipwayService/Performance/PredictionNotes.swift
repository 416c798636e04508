internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

/// Knows what is to be noted of each model's predictions, out of the store.
actor PredictionNotes {
    private nonisolated let thread: ActorThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private let database: any SQLDatabase
    private var told: [String: Told] = [:]
    private var estimators: [String: [Int: [LossEstimator]]] = [:]
    /// Counts the changes, so that what was read before one is not remembered after it.
    private var generation = 0

    /// What the manifest of a model tells.
    private struct Told {
        let areClasses: Bool
        let columns: [String]
    }

    init(database: any SQLDatabase, thread: ActorThread) {
        self.database = database
        self.thread = thread
    }

    /// The rows of some predictions with their notes.
    func rows(_ records: [PredictionRecord]) async throws -> [PredictionRow] {
        var rows: [PredictionRow] = []
        for record in records {
            let told = try await told(of: record.model)
            let notes = RowNotes(
                areClasses: told.areClasses,
                columns: told.columns,
                estimators: try await estimators(of: record.model, version: record.version.version)
            )
            rows += try notes.rows(record)
        }
        return rows
    }

    /// Reads what holds for a model anew at its next prediction.
    func forget(_ model: String) {
        told[model] = nil
        estimators[model] = nil
        generation += 1
    }

    private func told(of model: String) async throws -> Told {
        if let known = told[model] { return known }
        let before = generation
        let spec = try await database.read { try Governance.manifest(of: model, in: $0) }?.spec
        let read = Told(areClasses: spec?.task == .multiclass, columns: spec?.monitors.groupColumns ?? [])
        if generation == before { told[model] = read }
        return read
    }

    private func estimators(of model: String, version: Int) async throws -> [LossEstimator] {
        if let known = estimators[model]?[version] { return known }
        let before = generation
        let read = try await database.read { connection in
            try Governance.performanceReference(of: model, version: version, in: connection)?.losses ?? []
        }
        if generation == before { estimators[model, default: [:]][version] = read }
        return read
    }
}
