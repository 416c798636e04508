import ArgumentParser
import SlipwayDomain
import SlipwayStatistics
import SlipwayTabular

struct Labels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Give the labels of predictions that were made earlier.",
        discussion: """
            The file has a column with prediction ids (`parameters.prediction_id` of each answer) and one with labels: \
            0 and 1 or true and false, numbers for a regression, classes by name or number for a model of the task \
            multiclass.

            The first label of a prediction stands unless --replace says that these are corrections. A label of no \
            known prediction, of one that is older than the horizon (spec.monitors.performance.labels), or another one \
            than what stands is told and counted; one that cannot be a label of the model refuses its part of the \
            file.

            Example:
              slipway labels flight-delay labels.csv --id prediction --label late
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "A Parquet, CSV or JSON-lines file.")
    var data: String

    @Option(help: "The column with prediction ids.")
    var id = "prediction"

    @Option(help: "The column with labels.")
    var label = "label"

    @Option(
        help: ArgumentHelp(
            "A column that answers are told apart by and the model does not see; may be given often.",
            valueName: "column"
        )
    )
    var group: [String] = []

    @Flag(help: "These labels correct what was given before.")
    var replace = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        var batches: [[JSONValue]] = []
        try TabularEngine().file(data).scan(columns: [id, label] + group) { batch in
            guard case .texts(let ids) = ColumnValues(batch.columns[0]) else {
                throw CommandError("\(id) must be text")
            }
            let labels = ColumnValues(batch.columns[1])
            let groups = batch.columns.dropFirst(2).map { ColumnValues($0) }
            var rows: [JSONValue] = []
            for (row, id) in ids.enumerated() {
                guard let id, let label = labels.label(row) else { continue }
                var members: [String: JSONValue] = ["prediction": .string(id), "label": label]
                var named: [String: JSONValue] = [:]
                for (name, values) in zip(group, groups) { named[name] = values.groupText(row).map(JSONValue.string) }
                if !named.isEmpty { members["groups"] = .object(named) }
                rows.append(.object(members))
            }
            batches.append(rows)
        }
        var sums: [String: Int64] = ["received": 0, "joined": 0]
        var examples: [String: [JSONValue]] = [:]
        for batch in batches where !batch.isEmpty {
            let answer = try await client.post(
                "/models/\(model.urlPart)/labels\(replace ? "/corrections" : "")",
                ["labels": .array(batch)]
            )
            for (name, value) in answer.object ?? [:] {
                if let count = value.integer { sums[name, default: 0] += count }
            }
            for (name, ids) in answer["examples"]?.object ?? [:] { examples[name, default: []] += ids.array ?? [] }
        }
        if output.json {
            var members = sums.mapValues { JSONValue.integer($0) }
            members["examples"] = .object(examples.mapValues { .array(Array($0.prefix(5))) })
            return try say(json: .object(members))
        }
        say("\(sums["joined"] ?? 0) of \(sums["received"] ?? 0) labels were joined to their predictions")
        for (name, words) in Self.words where (sums[name] ?? 0) > 0 {
            let some = (examples[name] ?? []).prefix(3).compactMap(\.string).joined(separator: ", ")
            say("  \(sums[name] ?? 0) \(words)" + (some.isEmpty ? "" : ": \(some)"))
        }
    }

    private static let words = [
        ("corrected", "corrected another label"), ("repeated", "were there already"),
        ("conflicting", "were refused, for the prediction has another label (--replace corrects)"),
        ("unknown", "are of no prediction of this model"), ("late", "came after the horizon and were refused"),
        ("afterJudgement", "came after their window was judged: kept, and that judgement stands"),
    ]
}

extension ColumnValues {
    /// A label as it is sent; nil where there is none.
    func label(_ row: Int) -> JSONValue? {
        switch self {
        case .texts(let values): values[row].map(JSONValue.string)
        case .flags(let values): values[row].map(JSONValue.bool)
        // What is no number is no label.
        case .numbers(let values): values[row].flatMap { $0.isFinite ? .number($0) : nil }
        }
    }

    /// A value as the text that groups are told apart by: whole numbers without a point.
    fileprivate func groupText(_ row: Int) -> String? {
        switch self {
        case .texts(let values): values[row]
        case .flags(let values): values[row].map { String($0) }
        case .numbers(let values): values[row].map(\.valueText)
        }
    }
}
