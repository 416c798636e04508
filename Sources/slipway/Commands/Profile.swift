import ArgumentParser
import Foundation
import SlipwayDomain
import SlipwayMonitor
import SlipwayStatistics

/// `slipway profile DATA`, and what is done with profiles.
struct ProfileGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Summarise a table column by column: what other data are later compared with.",
        discussion: """
            `slipway profile DATA` makes a profile; see `slipway profile make --help`. Profiles of parts are put \
            together with `slipway profile merge`.
            """,
        subcommands: [ProfileMake.self, ProfileMerge.self],
        defaultSubcommand: ProfileMake.self
    )
}

struct ProfileMake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Summarise a table column by column (the word `make` may be left out).",
        discussion: """
            Works on a file, with no server: CSV, Parquet, JSON lines or Arrow; - reads standard input. A profile \
            holds at most about 40 KB a column: counts between 250 quantiles, exact sums, categories, distinct values, \
            and a sample of the rows. The same rows give the same bytes, in whatever order and parts they come; the \
            types of CSV and JSON are guessed from the first rows, so for them this holds with --reference.

            With --reference the rows are counted against the profile or table R, in parts if you like: an engine maps \
            this over partitions, and `slipway profile merge` puts the parts together. CSV and JSON are then read as \
            R's types, and what cannot be is counted as failed. With --as-reference the profile is also given to the \
            server as the frozen reference of a version.

            Examples:
              slipway profile train.parquet -o reference.json
              slipway profile part-7.csv --reference reference.json -o part-7.json
              cat rows.jsonl | slipway profile - --reference reference.json -o -
              slipway profile train.parquet --as-reference churn@1 --time signed_up_at
              slipway profile 'postgresql://me@host/db?table=flights' -o flights.json
            """
    )

    @Argument(
        help:
            "A Parquet, CSV, JSON-lines or Arrow file, or postgresql://USER@HOST/DATABASE?table=NAME; - for standard input."
    )
    var data: String

    @Option(name: .shortAndLong, help: "Write the profile here; - for standard output.")
    var output: String?

    @Option(help: "Count against this profile or table.")
    var reference: String?

    @Option(help: "A SELECT whose answer is profiled, over the table data or in PostgreSQL.")
    var query: String?

    @Option(help: "Make it the reference of MODEL@VERSION.")
    var asReference: ModelVersionArgument?

    @Option(
        help: "The column with each row's instant: also learn how hours differ and how far columns move by themselves."
    )
    var time: String?

    @Option(help: "With --time: the rows of the windows that live traffic will be judged by.")
    var windowRows = RhythmFinder.standardWindowRows

    @Option(help: "Leave these columns out (several with commas).")
    var ignore: [String] = []

    @Option(help: "Look at these columns only (several with commas).")
    var only: [String] = []

    @Option(help: "What standard input is: csv, jsonl, parquet or arrow; told by its first bytes if not given.")
    var format: DataSource.Format?

    @Flag(name: .customLong("json"), help: "Print JSON for machines.")
    var isJSON = false

    func validate() throws {
        if asReference != nil, reference != nil {
            throw ValidationError("--as-reference takes a profile of its own: leave --reference out.")
        }
        if asReference != nil, query != nil {
            throw ValidationError("--as-reference takes whole files: what a query gives has no digest to know it by.")
        }
        if time != nil, reference != nil || data == "-" || windowRows < 100 {
            throw ValidationError("--time needs a file, no --reference, and --window-rows of 100 or more.")
        }
    }

    func run() async throws {
        let source = try DataSource.opened(data, format: format, query: query)
        let choice = ColumnChoice(ignore: ignore + [time].compactMap(\.self), only: only)
        let (profile, empty) = try made(source, choice)
        let rhythm = try time.map { time in
            try ReferenceRhythm(of: profile, in: source.path, time: time, windowRows: windowRows)
        }
        let form = try WatchedReference(profile: profile, rhythm: rhythm).json()
        let digest = try ProfileFile.write(
            bytes: CanonicalJSON.bytes(of: form),
            to: output,
            besides: [data] + [reference].compactMap(\.self)
        )
        var answer: [String: JSONValue] = [
            "rows": .integer(profile.rowCount), "columns": .integer(Int64(profile.names.count)),
            "digest": .string(digest), "empty": .array(empty.map { .string($0) }),
        ]
        if let version = asReference {
            let stored = try await Client().put(
                "\(version.path)/reference?dataset=\(try source.digest().urlPart)",
                form
            )
            // The profile's own number of columns stands before the list of those that the reference keeps.
            if case .object(let members) = stored { answer.merge(members) { own, _ in own } }
        }
        if output == "-" { return }
        if isJSON { return try say(json: .object(answer)) }
        for column in profile.columns { say("  " + Self.line(column)) }
        for vector in profile.vectors ?? [] {
            let counts = "\(vector.missing) missing\(vector.failed > 0 ? " \(vector.failed) failed" : "")"
            say("  \(vector.name.padding(28)) \("vector".padding(12)) \(counts) \(vector.dimension) numbers each")
        }
        say("\(profile.rowCount) rows, \(profile.names.count) columns, \(digest)")
        if let rhythm { say(Self.line(rhythm)) }
        if !empty.isEmpty { say("without values, left out: \(empty.joined(separator: ", "))") }
        if let output { say("written to \(output)") }
        if let version = asReference { say("is now the reference of \(version.text)") }
        whisper(warnings: answer["warnings"])
    }

    private func made(_ source: DataSource, _ choice: ColumnChoice) throws -> (DatasetProfile, [String]) {
        let profiler = try TableProfiler()
        guard let reference else { return try profiler.profile(source, choice: choice) }
        // A table's profile holds only what was chosen, and its names were checked.
        let stored = try ProfileFile.read(reference)
        if let stored { try choice.check(against: stored.names, of: reference) }
        let frozen = try stored ?? profiler.profile(DataSource(reference, format: nil), choice: choice).profile
        return (try profiler.profile(source, against: frozen.keeping(choice.isWanted)), [])
    }

    private static func line(_ rhythm: ReferenceRhythm) -> String {
        let hours =
            rhythm.seasons == nil
            ? "hours of the week do not differ enough to matter" : "windows are compared hour by hour"
        return "\(hours): the furthest is \(rhythm.seasonDistance.rounded(to: 3)) from the whole, "
            + "\(rhythm.seasonFloor.rounded(to: 3)) would matter"
    }

    private static func line(_ column: DatasetProfile.Column) -> String {
        let distinct: Double? =
            switch column.profile {
            case .numeric(let profile): profile.distinct.estimate
            case .categorical(let profile): profile.distinct.estimate
            case .boolean: nil
            }
        let different = distinct.map { " about \(Int($0.rounded())) different" } ?? ""
        let failed = column.profile.failed > 0 ? " \(column.profile.failed) failed" : ""
        return "\(column.name.padding(28)) \(column.profile.kind.rawValue.padding(12)) "
            + "\(column.profile.missing) missing\(failed)\(different)"
    }
}

extension DataSource.Format: ExpressibleByArgument {}

struct ProfileMerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put the profiles of parts together.",
        discussion: """
            Parts that were counted against one reference give the bytes that the whole would have given, in any order \
            and grouping. So do parts that were made without a reference; only where a column has more categories than \
            a profile keeps, their counts cannot be added up and are left out, which is told. The files may be results \
            of earlier merges.

            Example: slipway profile merge part-*.json -o whole.json
            """
    )

    @Argument(help: "Profiles.")
    var files: [String]

    @Option(name: .shortAndLong, help: "Write the profile here; - for standard output.")
    var output: String

    @OptionGroup var options: OutputOptions

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("Give at least one profile.") }
    }

    func run() async throws {
        var merged = try ProfileFile.required(files[0])
        for file in files.dropFirst() {
            let part = try ProfileFile.required(file)
            do {
                try merged.merge(part)
            } catch {
                throw CommandError("\(file) cannot be added to \(files[0]). \(error)")
            }
        }
        let digest = try ProfileFile.write(merged, to: output)
        if output == "-" { return }
        let uncounted = merged.columns.filter { column in
            guard case .categorical(let profile) = column.profile else { return false }
            return profile.categories.known.isEmpty && !profile.categories.isComplete
        }.map(\.name)
        if options.json {
            return try say(
                json: [
                    "rows": .integer(merged.rowCount), "columns": .integer(Int64(merged.columns.count)),
                    "digest": .string(digest), "files": .integer(Int64(files.count)),
                    "uncounted": .array(uncounted.map { .string($0) }),
                ]
            )
        }
        say("\(merged.rowCount) rows of \(files.count) profiles, \(merged.columns.count) columns, \(digest)")
        if !uncounted.isEmpty {
            say(
                "too many categories to add up: \(uncounted.joined(separator: ", ")); profile the parts with --reference"
            )
        }
        say("written to \(output)")
    }
}
