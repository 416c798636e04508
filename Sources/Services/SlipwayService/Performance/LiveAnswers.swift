internal import SlipwayDomain
internal import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

/// The answers of one window, gathered so that everything that is judged of them can be.
struct LiveAnswers {
    private(set) var predictions = 0
    private(set) var scores: [Double] = []
    private(set) var labels: [Double] = []
    /// Scores of all answers by version, labelled or not.
    private(set) var scoresByVersion: [Int: [Double]] = [:]
    private(set) var expectedErrors: [Double] = []
    private(set) var expectedSquares: [Double] = []
    /// By column: the answers that share a value.
    private(set) var groups: [String: [String: Part]] = [:]
    private let columns: [String]

    /// Answers that share a value.
    struct Part {
        var rows = 0
        var selected = 0
        var scores: [Double] = []
        var labels: [Double] = []
    }

    /// Values of one column beyond this are gathered as one.
    private static let mostValues = 1000
    private static let otherValues = "(other)"

    private init(columns: [String]) { self.columns = columns }

    /// Reads the answers that were given in [from, to).
    static func read(
        model: String,
        from: Instant,
        to: Instant,
        columns: [String],
        in connection: any SQLReader
    ) throws -> LiveAnswers {
        var gathered = LiveAnswers(columns: columns)
        var problem: (any Error)?
        try AnswerTable.eachAnswer(model: model, from: from, to: to, in: connection) { row in
            do {
                try gathered.add(row)
            } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return gathered
    }

    private mutating func add(_ row: AnswerRow) throws {
        predictions += 1
        guard let score = row.score else { return }
        scoresByVersion[row.version, default: []].append(score)
        if let label = row.label {
            scores.append(score)
            labels.append(label)
        }
        if let expected = row.expectedError { expectedErrors.append(expected) }
        if let expected = row.expectedSquare { expectedSquares.append(expected) }
        guard !columns.isEmpty else { return }
        let values = try Self.values(row)
        for column in columns {
            guard var value = values[column] else { continue }
            if groups[column]?[value] == nil, groups[column, default: [:]].count >= Self.mostValues {
                value = Self.otherValues
            }
            groups[column, default: [:]][value, default: Part()].add(score: score, label: row.label)
        }
    }

    /// What the label came with goes before what the model saw.
    private static func values(_ row: AnswerRow) throws -> [String: String] {
        var values: [String: String] = [:]
        for text in [row.featureGroups, row.labelGroups].compactMap({ $0 }) {
            for (name, value) in try JSONValue(parsing: Array(text.utf8)).object ?? [:] { values[name] = value.string }
        }
        return values
    }

    /// The labelled answers as a task has them.
    func labelled(_ task: ModelTask) -> LabelledAnswers { Self.labelled(scores, labels, task) }

    static func labelled(_ scores: [Double], _ labels: [Double], _ task: ModelTask) -> LabelledAnswers {
        switch task {
        case .regression: .numbers(predictions: scores, truths: labels)
        case .multiclass: .choices(hits: labels.map { $0 > 0.5 })
        default: .classes(scores: scores, labels: labels.map { $0 > 0.5 })
        }
    }

    /// The labelled decisions.
    var confusion: Confusion { Confusion(scores: scores, labels: labels.map { $0 > 0.5 }) }

    /// The counts of a share by group. Of several classes each answer is decided to be right, so that the share of
    /// right ones is their accuracy.
    func counts(_ policy: FairnessPolicy, _ task: ModelTask) -> [GroupCount] {
        let threshold = task == .multiclass ? 0 : PredictionRecorder.decisionThreshold
        return (groups[policy.group] ?? [:]).compactMap { value, part in
            guard policy.needsLabels else {
                return GroupCount(
                    value: value,
                    rows: Int64(part.rows),
                    hits: Int64(part.selected),
                    trials: Int64(part.rows)
                )
            }
            let labels = part.labels.map { $0 > 0.5 }
            let confusion = Confusion(scores: part.scores, labels: labels, threshold: threshold)
            return confusion.counts(of: policy.metric).map {
                GroupCount(value: value, rows: Int64(part.labels.count), hits: $0.hits, trials: $0.trials)
            }
        }
    }
}

extension LiveAnswers.Part {
    fileprivate mutating func add(score: Double, label: Double?) {
        rows += 1
        if score >= PredictionRecorder.decisionThreshold { selected += 1 }
        guard let label else { return }
        scores.append(score)
        labels.append(label)
    }
}
