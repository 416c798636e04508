import SlipwayStatistics
import SlipwayTabular

/// Makes profiles of tables in one pass, in memory that does not grow with the rows.
struct TableProfiler {
    private let engine: TabularEngine

    init() throws {
        // Counting keeps one thread busy; a second one in the engine would cost more than it brings.
        engine = try TabularEngine(limits: TabularLimits(memoryMebibytes: 208, threads: 1))
    }

    /// The profile of a table, and the columns that had no values and were left out.
    func profile(
        _ source: DataSource,
        choice: ColumnChoice,
        for use: ProfileUse = .stored
    ) throws -> (profile: DatasetProfile, empty: [String]) {
        guard !source.isEmpty else {
            throw CommandError("\(source.name) is empty: nothing to profile; give --reference to count no rows")
        }
        let table = try engine.viewed(source.path)
        let schema = try table.schema
        try choice.check(against: schema.names, of: source.name)
        let fields = schema.fields.filter { choice.isWanted($0.name) }
        guard !fields.isEmpty else { throw CommandError("no column of \(source.name) is left to profile") }
        let builder = try ProfileBuilder(columns: fields.map { ($0.name, $0.meaning) }, for: use)
        try table.views(columns: fields.map(\.name)) { try builder.add(rows: $0, $1) }
        do {
            return (try builder.profile(), builder.emptyColumns)
        } catch {
            guard error == .emptyReference else { throw error }
            throw CommandError("\(source.name) has no rows with values: nothing to profile")
        }
    }

    /// The profile of a table against a reference.
    func profile(
        _ source: DataSource,
        against reference: DatasetProfile,
        for use: ProfileUse = .stored
    ) throws -> DatasetProfile {
        let builder = ProfileBuilder(reference: reference, for: use)
        if !source.isEmpty { try views(of: source, against: reference) { try builder.add(rows: $0, $1) } }
        return try builder.profile()
    }

    /// Shows a table's rows as the columns of a reference, in the reference's order.
    func views(
        of source: DataSource,
        against reference: DatasetProfile,
        batch: (Int, [ColumnView]) throws -> Void
    ) throws {
        let columns = reference.columns.map(\.name) + (reference.vectors ?? []).map(\.name)
        let table = try engine.viewed(source.path)
        if try table.textViews(columns: columns, batch: batch) { return }
        let schema = try table.schema
        let missing = columns.filter { schema.index(of: $0) == nil }
        guard missing.isEmpty else {
            throw CommandError("\(source.name) lacks the reference's columns \(missing.joined(separator: ", "))")
        }
        for column in reference.columns {
            guard case .numeric(let profile) = column.profile, let place = schema.index(of: column.name) else {
                continue
            }
            let unit: NumericProfile.Unit? =
                switch schema.fields[place].meaning {
                case .times(let unit): unit
                default: nil
                }
            guard unit != profile.unit, schema.fields[place].meaning != .texts else { continue }
            throw CommandError(
                "column \(column.name) of \(source.name) is \(Self.words(unit)) and \(Self.words(profile.unit)) in the "
                    + "reference: cast one of them"
            )
        }
        try table.views(columns: columns, batch: batch)
    }

    private static func words(_ unit: NumericProfile.Unit?) -> String {
        switch unit {
        case .days: "a date"
        case .milliseconds: "a timestamp"
        case nil: "a plain number"
        }
    }
}

/// Which columns of a table are looked at.
struct ColumnChoice {
    var ignored: Set<String> = []
    var only: Set<String> = []

    /// Names as users give them: repeated options, or several with commas.
    init(ignore: [String] = [], only: [String] = []) {
        ignored = Self.names(ignore)
        self.only = Self.names(only)
    }

    private static func names(_ arguments: [String]) -> Set<String> {
        Set(arguments.flatMap { $0.split(separator: ",").map(String.init) })
    }

    func isWanted(_ name: String) -> Bool { !ignored.contains(name) && (only.isEmpty || only.contains(name)) }

    /// A name that no column has is a mistake of the caller.
    func check(against names: [String], of source: String) throws {
        let unknown = ignored.union(only).subtracting(names).sorted()
        guard unknown.isEmpty else {
            throw CommandError(
                "\(source) has no column \(unknown.joined(separator: ", ")); it has \(names.joined(separator: ", "))"
            )
        }
    }
}
