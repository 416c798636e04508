internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayStore

/// Knows what is to be noted of each model's predictions, out of the store.
actor PredictionNotes {
    private nonisolated let thread: ActorThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private let database: any SQLDatabase
    private var known: [String: [Int: RowNotes]] = [:]
    /// Counts the changes, so that what was read before one is not remembered after it.
    private var generation = 0

    init(database: any SQLDatabase, thread: ActorThread) {
        self.database = database
        self.thread = thread
    }

    /// The rows of some predictions with their notes.
    func rows(_ records: [PredictionRecord]) async throws -> [PredictionRow] {
        var rows: [PredictionRow] = []
        for record in records {
            rows += try await notes(of: record.model, version: record.version.version).rows(record)
        }
        return rows
    }

    /// Reads what holds for a model anew at its next prediction.
    func forget(_ model: String) {
        known[model] = nil
        generation += 1
    }

    private func notes(of model: String, version: Int) async throws -> RowNotes {
        if let known = known[model]?[version] { return known }
        let before = generation
        let read = try await database.read { connection in
            let spec = try Governance.manifest(of: model, in: connection)?.spec
            return RowNotes(
                areClasses: spec?.task == .multiclass,
                columns: spec?.monitors.groupColumns ?? [],
                estimators: try Governance.performanceReference(of: model, version: version, in: connection)?.losses
                    ?? []
            )
        }
        if generation == before { known[model, default: [:]][version] = read }
        return read
    }
}
