internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

/// What is noted of predictions beside their scores, as they are kept: the values that the manifest tells answers apart
/// by, and how wrong each is likely to be.
actor PredictionNotes {
    private nonisolated let thread: ActorThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
    private let database: any SQLDatabase
    private var columns: [String: [String]] = [:]
    private var estimators: [String: [Int: [LossEstimator]]] = [:]
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
            let columns = try await columns(of: record.model)
            let estimators = try await estimators(of: record.model, version: record.version.version)
            var noted = PredictionRecorder.rows(record)
            if !columns.isEmpty || !estimators.isEmpty {
                for row in noted.indices { try note(&noted[row], record, row, columns, estimators) }
            }
            rows += noted
        }
        return rows
    }

    /// Reads what holds for a model anew at its next prediction.
    func forget(_ model: String) {
        columns[model] = nil
        estimators[model] = nil
        generation += 1
    }

    private func note(
        _ noted: inout PredictionRow,
        _ record: PredictionRecord,
        _ row: Int,
        _ columns: [String],
        _ estimators: [LossEstimator]
    ) throws {
        var groups: [String: JSONValue] = [:]
        for column in columns { groups[column] = Self.value(of: column, record, row).map(JSONValue.string) }
        if !groups.isEmpty { noted.groups = try CanonicalJSON.text(of: .object(groups)) }
        guard !estimators.isEmpty, let score = noted.score,
            let numbers = LossRow.numbers(of: record.inputs, row: row, rows: record.rows, answer: score)
        else { return }
        for estimator in estimators {
            switch estimator.loss {
            case .absolute: noted.expectedError = estimator.expected(numbers)
            case .squared: noted.expectedSquare = estimator.expected(numbers)
            }
        }
    }

    /// A feature as the text that groups are told apart by; nil when the model has none of that name.
    private static func value(of column: String, _ record: PredictionRecord, _ row: Int) -> String? {
        let version = record.version
        guard let place = version.features.place(of: column), version.model.inputs.indices.contains(place.input),
            let tensor = record.inputs.first(where: { $0.name == version.model.inputs[place.input].name }),
            record.rows > 0
        else { return nil }
        let index = row * (tensor.data.count / record.rows) + place.column
        guard index < tensor.data.count else { return nil }
        guard let number = tensor.data.number(at: index) else { return tensor.data.text(at: index) }
        if let categories = version.features.columns[place.input][place.column].categories {
            guard let code = Int(exactly: number), categories.indices.contains(code) else { return nil }
            return categories[code]
        }
        return number.groupText
    }

    private func columns(of model: String) async throws -> [String] {
        if let known = columns[model] { return known }
        let before = generation
        let read =
            try await database.read { try Governance.manifest(of: model, in: $0) }?.spec.monitors.groupColumns ?? []
        if generation == before { columns[model] = read }
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

extension Double {
    /// A number as the value of a group: whole ones without a point.
    var groupText: String { Int64(exactly: self).map { String($0) } ?? description }
}
