import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics
import SlipwayTabular

struct Drift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Compare a table with a reference: has it drifted, and where?",
        discussion: """
            Works on files, with no server. Either side is a profile (`slipway profile -o FILE.json`) or a table, in \
            any mix; two profiles must both be made without --reference, or one against the other. A column has \
            drifted when the difference is both unlikely (corrected over all columns and tests) and large enough to \
            matter; missing, unseen, out-of-range and failed values count as differences. Columns that name rows are \
            left out unless --only has them. Exits with 2 when something drifted; too few rows are "cannot tell", \
            which is no drift.

            Examples:
              slipway drift train.parquet live.parquet --html drift.html
              slipway drift reference.json - --ignore late --json < live.jsonl
              slipway drift train.parquet live.parquet --segment carrier
              slipway drift r.json may.csv --query "SELECT * FROM data WHERE origin = 'JFK'"
            """
    )

    @Argument(help: "A profile (.json) or a table to compare with.")
    var reference: String

    @Argument(help: "The profile or table in question; - for standard input.")
    var current: String

    @Option(help: "A SELECT whose answer is compared, over the table data (the one in question) or in PostgreSQL.")
    var query: String?

    @Option(help: "The same for the table to compare with.")
    var referenceQuery: String?

    @Option(help: "The smallest effect that counts.")
    var minEffect = 0.05

    @Option(help: "Fewer rows than this on either side are too few to tell.")
    var minRows: Int64 = 200

    @Option(help: "Leave these columns out, such as ids and labels (several with commas).")
    var ignore: [String] = []

    @Option(help: "Look at these columns only (several with commas).")
    var only: [String] = []

    @Option(help: "Also compare segment by segment: the rows with each value of this column. Needs two tables.")
    var segment: String?

    @Option(help: "Write a report with the distributions drawn to this file.")
    var html: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard minEffect > 0, minEffect < 1 else { throw ValidationError("--min-effect is between 0 and 1.") }
        guard minRows > 0 else { throw ValidationError("--min-rows is at least 1.") }
    }

    func run() async throws {
        let comparison = try DriftComparison(
            reference: reference,
            current: current,
            queries: (referenceQuery, query),
            choice: ColumnChoice(ignore: ignore, only: only),
            segment: segment
        )
        let policy = DriftPolicy(
            minEffect: minEffect,
            minRows: minRows,
            features: comparison.judged
        )
        let verdict = try DriftAnalyst.judge(
            reference: comparison.reference,
            current: comparison.current,
            policy: policy,
            isMultivariate: true
        )
        let segments = try comparison.segments(policy: policy)
        if let html {
            let page = DriftPage(comparison: comparison, verdict: verdict, segments: segments)
            try OutputFile.write(Data(page.html.utf8), to: html, besides: [reference, current])
        }
        if output.json {
            try say(json: json(verdict, comparison.left, segments))
        } else {
            speak(verdict, comparison.left, segments)
        }
        if verdict.verdict == .drifted || segments?.verdict == .drifted { throw ExitCode.no }
    }

    private func json(_ verdict: DriftVerdict, _ left: [String], _ segments: SegmentedDrift?) throws -> JSONValue {
        guard case .object(var members) = try JSONValue(encoding: verdict) else { return .null }
        members["identifiers"] = .array(left.map { .string($0) })
        if let segments { members["segments"] = try JSONValue(encoding: segments) }
        return .object(members)
    }

    private func speak(_ verdict: DriftVerdict, _ left: [String], _ segments: SegmentedDrift?) {
        say(verdict.sentence)
        for column in verdict.columns where column.verdict != .stable { say("  \(column.sentence)") }
        for vector in verdict.vectors ?? [] { say("  \(vector.sentence)") }
        if let multivariate = verdict.multivariate { say(multivariate.sentence) }
        if let segments {
            say(segments.sentence)
            for segment in segments.segments {
                for column in segment.drift.drifted { say("  \(segment.name): \(column.sentence)") }
            }
        }
        if !left.isEmpty { say("Not looked at, since they name rows: \(left.joined(separator: ", ")).") }
        if let html { say("written to \(html)") }
    }
}
