internal import SlipwayDomain
internal import SlipwayStatistics
internal import SlipwayStore

/// What is noted of the predictions of one version beside their scores: the class that was chosen, the values that the
/// manifest tells answers apart by, and how wrong each is likely to be.
struct RowNotes: Sendable {
    /// Whether the model's task is to choose among classes.
    let areClasses: Bool
    let columns: [String]
    let estimators: [LossEstimator]

    /// The rows of a prediction with their notes.
    func rows(_ record: PredictionRecord) throws -> [PredictionRow] {
        var rows = PredictionRecorder.rows(record)
        if areClasses, let said = record.version.classAnswers(in: record.outputs), said.chosen.count == rows.count {
            for row in rows.indices {
                // No label could be equal to a longer one.
                rows[row].answer = said.chosen[row].utf8.count <= GivenLabel.longestText ? said.chosen[row] : nil
                rows[row].score = said.scores[row]
            }
        }
        guard !columns.isEmpty || !estimators.isEmpty else { return rows }
        for row in rows.indices { try note(&rows[row], record, row) }
        return rows
    }

    private func note(_ noted: inout PredictionRow, _ record: PredictionRecord, _ row: Int) throws {
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
        return number.valueText
    }
}
