import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics

struct Monitor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Watch a recorded history as if it were live: what would have alerted?",
        discussion: """
            Works on files, with no server, with the decisions of the live service: windows against the reference, \
            evidence over time, and the alert's steps. The reference is a profile (`slipway profile -o`) or a table; \
            with --time a table also shows which hours differ and how far its columns move by themselves. Columns that \
            name rows are left out, as in `slipway drift`. Exits with 2 when something alerted.

            Examples:
              slipway monitor train.parquet may.parquet --time scheduled_at --window 1d
              slipway monitor profile.json history.parquet --rows 1000 --json
            """
    )

    @Argument(help: "A profile (.json) or a table to compare with.")
    var reference: String

    @Argument(help: "The history: tables that follow each other.")
    var data: [String]

    @Option(help: "The column with each row's instant; without it the rows count in the files' order.")
    var time: String?

    @Flag(help: "The rows of a table without --time are in the order in which they came: learn how far they move.")
    var inOrder = false

    @Option(help: "The least rows of a window.")
    var rows = 1000

    @Option(help: "The least time that a window covers, e.g. 15m or 1d; needs --time.")
    var window: String?

    @Option(help: "The smallest effect that counts.")
    var minEffect = 0.05

    @Option(help: "A column to leave out; may be given again.")
    var without: [String] = []

    @Flag(help: "Each table is a history of its own.")
    var each = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard (100...1_000_000_000).contains(rows) else { throw CommandError("--rows must be 100 or more") }
        guard (0.001...1).contains(minEffect) else { throw CommandError("--min-effect must be between 0.001 and 1") }
        let span = try window.map { text in
            guard let span = Span(text), span >= .seconds(1), time != nil else {
                throw CommandError("--window must be a duration such as 15m or 1d, and needs --time; not '\(text)'")
            }
            return span
        }
        let whole = try watched()
        // As in `drift`: a name says nothing about a distribution.
        let identifiers = IdentifierColumns.names(in: whole.profile)
        let frozen = whole.keeping { !identifiers.contains($0) }
        guard !frozen.profile.columns.isEmpty else { throw CommandError("no column of \(reference) is left to watch") }
        var policy = StreamPolicy(
            drift: DriftPolicy(minEffect: minEffect, minRows: Int64(min(rows, 200))),
            span: span ?? HistoryWindows.nominal
        )
        if span == nil { policy.windowsPerMonth = StreamPolicy.quarterHours }
        let cut = HistoryWindows.Cut(rows: rows, span: span)
        var replays: [(name: String, replay: HistoryReplay)] = []
        for files in each ? data.map({ [$0] }) : [data] {
            var replay = HistoryReplay(reference: frozen, policy: policy)
            try replay.read(files, reference: frozen, time: time, cut: cut)
            replays.append((files.joined(separator: ", ").withoutPasswords, replay))
        }
        if output.json {
            let histories = replays.map { name, replay -> JSONValue in
                .object(["history": .string(name)].merging(replay.json.object ?? [:]) { first, _ in first })
            }
            try say(
                json: [
                    "histories": .array(histories), "seasonal": .bool(frozen.rhythm?.seasons != nil),
                    "identifiers": .array(identifiers.map(JSONValue.string)),
                ]
            )
        } else {
            if !identifiers.isEmpty {
                say("Not looked at, since they name rows: \(identifiers.joined(separator: ", "))")
            }
            for (name, replay) in replays { show(name, replay, of: frozen) }
        }
        if replays.contains(where: { !$0.replay.alerts.isEmpty }) { throw ExitCode.no }
    }

    private func watched() throws -> WatchedReference {
        let left = Set(without)
        guard reference.hasSuffix(".json") else {
            return try WatchedReference(
                table: reference,
                time: time,
                isInOrder: inOrder,
                windowRows: rows,
                leavingOut: left
            )
        }
        guard let data = FileManager.default.contents(atPath: reference) else {
            throw CommandError("cannot read \(reference)")
        }
        return try WatchedReference(json: JSONValue(parsing: Array(data))).keeping { !left.contains($0) }
    }

    private func show(_ name: String, _ replay: HistoryReplay, of reference: WatchedReference) {
        let season = reference.rhythm?.seasons == nil ? "" : ", compared hour of the week by hour of the week"
        let (windows, alerts) = (replay.windows.count, replay.alerts.count)
        say("\(name): \(windows) window\(windows == 1 ? "" : "s")\(season), \(alerts) alert\(alerts == 1 ? "" : "s")")
        for alert in replay.alerts {
            let end = alert.resolved.map { ", over with window \($0 + 1)" } ?? ", not over"
            // Rows without a time have no instants of their own.
            let instants = time == nil ? "" : " at \(alert.at), since \(alert.onset)"
            say("  window \(alert.window + 1)\(instants)\(end)")
            for sentence in alert.sentences { say("    \(sentence)") }
        }
    }
}
