import ArgumentParser
import Foundation
import SlipwayDomain

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send recorded rows as live traffic, each at its time, and their labels later.",
        discussion: """
            Rows go one by one through POST /v2/models/MODEL/infer, in the order of the time column. On a server \
            started with --clock the replay leads the clock: months pass in a minute, and labels arrive when they \
            would have.

            Example:
              slipway replay flight-delay live.parquet --time scheduled_at \\
                  --key flight_id --label late --label-delay 24h --from 2013-04-01
            """
    )

    @Argument(help: "The model's name.")
    var model: String

    @Argument(help: "Parquet, CSV or JSON-lines files with the model's columns.")
    var data: [String]

    @Option(help: "The column with each row's instant.")
    var time: String

    @Option(help: "The column that keeps an entity with one version during a release.")
    var key: String?

    @Option(help: "The column with the truth; without it no labels are given.")
    var label: String?

    @Option(help: "How long after the prediction its label arrives, e.g. 24h.")
    var labelDelay = "0s"

    @Option(help: "Only rows from this instant on.")
    var from: String?

    @Option(help: "Only rows before this instant.")
    var to: String?

    @Option(help: "Requests under way at once.")
    var connections = 32

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard let delay = Span(labelDelay) else {
            throw CommandError("--label-delay must be a duration such as 24h, not '\(labelDelay)'")
        }
        guard connections > 0, connections <= 1024 else { throw CommandError("--connections must be 1 to 1024") }
        let columns = ReplayRows.Columns(time: time, key: key, label: label)
        let start = try from.map { try Instant(option: "--from", $0) }
        let end = try to.map { try Instant(option: "--to", $0) }
        let client = Client()
        let inputs = try await ModelInputs(model: model, client: client)
        let rows = try ReplayRows(files: data, columns: columns, inputs: inputs, from: start, to: end)
        guard !rows.isEmpty else {
            throw CommandError(
                "there are no rows in that range: nothing to replay" + (rows.omission.map { "; \($0)" } ?? "")
            )
        }
        if let omission = rows.omission { whisper(omission) }
        let isQuiet = output.json
        let replay = TrafficReplay(
            client: client,
            model: model,
            inputs: inputs,
            labelDelay: delay,
            connections: connections,
            progress: { if !isQuiet { whisper($0) } }
        )
        let result = try await replay.run(rows, until: end)
        if output.json { return try say(json: result.json) }
        say(result.text)
        if result.failures > 0 { throw ExitCode.failure }
    }
}

extension Instant {
    /// Reads an option's value.
    init(option: String, _ text: String) throws {
        guard let instant = Instant(text) else {
            throw CommandError("\(option) must be an instant such as 2013-04-01T00:00:00Z or 2013-04-01, not '\(text)'")
        }
        self = instant
    }
}
