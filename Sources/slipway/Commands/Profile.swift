import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayLedger
import SlipwayStatistics
import SlipwayTabular

struct Profile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Summarise a table column by column: what live traffic is later compared with.",
        discussion: """
            Works on a file, with no server: CSV, Parquet or JSON lines. With --as-reference the profile is also given to
            the server as the frozen reference of a version.

            Examples:
              slipway profile train.parquet -o profile.json
              slipway profile train.parquet --as-reference flight-delay@1
            """
    )

    @Argument(help: "A Parquet, CSV or JSON-lines file.")
    var data: String

    @Option(name: .shortAndLong, help: "Write the profile here; - for standard output.")
    var output: String?

    @Option(help: "Make it the reference of MODEL@VERSION.")
    var asReference: ModelVersionArgument?

    @Flag(name: .customLong("json"), help: "Print JSON for machines.")
    var isJSON = false

    func run() async throws {
        let table = try WholeTable(path: data)
        let profile = try DatasetProfile(reference: table.columns)
        let json = try JSONValue(encoding: profile)
        if output == "-" { return try say(json: json) }
        if let output {
            try Data(CanonicalJSON.bytes(of: json)).write(to: URL(fileURLWithPath: output), options: .atomic)
        }
        var answer: JSONValue = ["rows": .integer(profile.rowCount), "columns": .integer(Int64(profile.columns.count))]
        if let version = asReference {
            answer = try await Client().put(
                "\(version.path)/reference?dataset=\(try table.digest().urlPart)",
                json
            )
        }
        if isJSON { return try say(json: answer) }
        for column in profile.columns {
            say(
                "  \(column.name.padding(28)) \(column.profile.kind.rawValue.padding(12)) \(column.profile.missing) missing"
            )
        }
        say("\(profile.rowCount) rows, \(profile.columns.count) columns")
        if let output { say("written to \(output)") }
        if let version = asReference { say("is now the reference of \(version.text)") }
    }
}

/// All rows of a file in memory, as a reference needs them: its quantiles are exact.
struct WholeTable {
    let path: String
    private(set) var columns: [(name: String, values: ColumnValues)] = []

    init(path: String) throws {
        self.path = path
        let engine = try TabularEngine()
        var parts: [String: [ColumnValues]] = [:]
        let schema = try engine.scan(file: path) { batch in
            for (name, column) in zip(batch.schema.names, batch.columns) {
                parts[name, default: []].append(ColumnValues(column))
            }
        }
        columns = schema.names.map { (name: $0, values: ColumnValues(joining: parts[$0] ?? [])) }
            .filter { $0.values.hasValue }
        guard !columns.isEmpty else { throw CommandError("\(path) has no rows with values: nothing to profile") }
    }

    /// `sha256:` and the digest of the file's bytes.
    func digest() throws -> String {
        Digest32.sha256(try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)).prefixed
    }
}

extension ColumnValues {
    /// The parts of one column put together; all have the kind of the first.
    fileprivate init(joining parts: [ColumnValues]) {
        var (numbers, texts, flags): ([Double?], [String?], [Bool?]) = ([], [], [])
        for part in parts {
            switch part {
            case .numbers(let values): numbers += values
            case .texts(let values): texts += values
            case .flags(let values): flags += values
            }
        }
        switch parts.first {
        case .flags: self = .flags(flags)
        case .texts: self = .texts(texts)
        default: self = .numbers(numbers)
        }
    }

    fileprivate var hasValue: Bool {
        switch self {
        case .numbers(let values): values.contains { $0 != nil }
        case .texts(let values): values.contains { $0 != nil }
        case .flags(let values): values.contains { $0 != nil }
        }
    }
}
