import ArgumentParser
import SlipwayDomain
import SlipwayStatistics
import SlipwayTabular

struct Labels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give the labels of predictions that were made earlier.",
        discussion: """
            The file has a column with prediction ids (`parameters.prediction_id` of each answer) and one with labels.

            Example: slipway labels flight-delay labels.csv --id prediction --label late
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

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let client = Client()
        var received = 0
        var joined = 0
        var batches: [[JSONValue]] = []
        try TabularEngine().scan(file: data, columns: [id, label]) { batch in
            guard case .texts(let ids) = ColumnValues(batch.columns[0]), let labels = batch.columns[1].doubles else {
                throw CommandError("\(id) must be text and \(label) a number or true/false")
            }
            batches.append(
                zip(ids, labels).compactMap { id, label in
                    guard let id, let label else { return nil }
                    return ["prediction": .string(id), "label": .number(label)]
                }
            )
        }
        for batch in batches where !batch.isEmpty {
            let answer = try await client.post("/models/\(model.urlPart)/labels", ["labels": .array(batch)])
            received += Int(answer["received"]?.integer ?? 0)
            joined += Int(answer["joined"]?.integer ?? 0)
        }
        if output.json {
            return try say(json: ["received": .integer(Int64(received)), "joined": .integer(Int64(joined))])
        }
        say("\(joined) of \(received) labels found their prediction")
    }
}
