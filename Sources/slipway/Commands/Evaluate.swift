import ArgumentParser
import SlipwayDomain

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Score labelled data with a version and record the metrics as evidence.",
        discussion: """
            The data are sent to the server, which runs the model on them, overall and by the slices of the manifest. \
            The version in production is scored on the same rows, so that the two can be compared.

            Example: slipway evaluate flight-delay@1 --data holdout.parquet --label late
            """
    )

    @Argument(help: "MODEL@VERSION")
    var version: ModelVersionArgument

    @Option(help: "A Parquet, CSV or JSON-lines file with the model's columns and the label.")
    var data: String

    @Option(help: "The column with the truth: 0 or 1, a number or a class, as the task is.")
    var label = "label"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let name = data.split(separator: "/").last.map(String.init) ?? data
        let answer = try await Client().upload(
            "\(version.path)/evaluations?label=\(label.urlPart)&file=\(name.urlPart)",
            file: data
        )
        if output.json { return try say(json: answer) }
        say(
            "\(version.text) on \(answer["rows"]?.integer ?? 0) rows (\(answer["datasetDigest"]?.string?.prefix(19) ?? ""))"
        )
        for (metric, value) in (answer["metrics"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            say("  \(metric.padding(20)) \(value.number?.rounded(to: 4) ?? "-")")
        }
        let slices = answer["slices"]?.array ?? []
        if !slices.isEmpty { say("  and \(slices.count) slices; `slipway check` holds them against the manifest") }
    }
}

extension String {
    /// The text with blanks behind it up to `width`.
    func padding(_ width: Int) -> String { count >= width ? self : self + String(repeating: " ", count: width - count) }
}
