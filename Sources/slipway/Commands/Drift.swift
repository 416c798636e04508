import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics
import SlipwayTabular

struct Drift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare a table with a reference: has it drifted, and where?",
        discussion: """
            Works on files, with no server. The reference is a profile (`slipway profile -o`) or a table. Exits with 2 when
            something drifted.

            Example: slipway drift train.parquet live.parquet --min-effect 0.1
            """
    )

    @Argument(help: "A profile (.json) or a table to compare with.")
    var reference: String

    @Argument(help: "The table in question.")
    var current: String

    @Option(help: "The smallest effect that counts.")
    var minEffect = 0.05

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let frozen = try Self.reference(reference)
        let profile = try Self.profile(of: current, against: frozen)
        let verdict = try DriftAnalyst.judge(
            reference: frozen,
            current: profile,
            policy: DriftPolicy(minEffect: minEffect)
        )
        if output.json {
            try say(json: try JSONValue(encoding: verdict))
        } else {
            say(verdict.sentence)
            for column in verdict.columns where column.verdict == .drifted {
                say("  \(column.name): \(column.sentence)")
            }
        }
        if verdict.verdict == .drifted { throw ExitCode.no }
    }

    private static func reference(_ path: String) throws -> DatasetProfile {
        guard path.hasSuffix(".json") else { return try DatasetProfile(reference: WholeTable(path: path).columns) }
        guard let data = FileManager.default.contents(atPath: path) else { throw CommandError("cannot read \(path)") }
        return try JSONValue(parsing: Array(data)).decode(DatasetProfile.self)
    }

    /// Counts a table against the reference's columns, batch by batch.
    private static func profile(of path: String, against reference: DatasetProfile) throws -> DatasetProfile {
        var profile = DatasetProfile.emptyLike(reference)
        let engine = try TabularEngine()
        let present = try engine.schema(of: path).names
        let missing = reference.columns.map(\.name).filter { !present.contains($0) }
        guard missing.isEmpty else {
            throw CommandError("\(path) lacks the reference's columns \(missing.joined(separator: ", "))")
        }
        try engine.scan(file: path, columns: reference.columns.map(\.name)) { batch in
            let columns = batch.columns.map { ColumnValues($0).cells }
            try profile.add(batch: columns)
        }
        return profile
    }
}

extension ColumnValues {
    /// The values cell by cell.
    fileprivate var cells: [ColumnValue] {
        switch self {
        case .numbers(let values): values.map { $0.map { .number($0) } ?? .missing }
        case .texts(let values): values.map { $0.map { .text($0) } ?? .missing }
        case .flags(let values): values.map { $0.map { .flag($0) } ?? .missing }
        }
    }
}
