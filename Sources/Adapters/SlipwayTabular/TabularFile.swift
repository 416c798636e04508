package import SlipwayStatistics

/// A file, the files of a pattern, or a table of PostgreSQL, that stay open: its database is made once, however often the
/// rows are read, and PostgreSQL is asked once.
package final class TabularFile: ViewedTable {
    private let scan: TabularScan
    private var known: [ColumnPlan]?

    init(scan: TabularScan) { self.scan = scan }

    /// The columns.
    package var schema: TabularSchema {
        get throws(TabularError) { TabularSchema(fields: try plans().map(\.field)) }
    }

    private func plans() throws(TabularError) -> [ColumnPlan] {
        if let known { return known }
        let plans = try scan.plans(from: scan.source.reader)
        known = plans
        return plans
    }

    /// The plans of some columns in their order, of all when none are named.
    private func plans(_ columns: [String]?, of known: [ColumnPlan]) throws(TabularError) -> [ColumnPlan] {
        guard let columns else { return known }
        return try columns.map { name throws(TabularError) in
            guard let plan = known.first(where: { $0.name == name }) else {
                throw .columnUnknown(file: scan.source.file, name: name, known: known.map(\.name))
            }
            return plan
        }
    }

    /// Hands the rows to `batch`, some thousand at a time and in the file's order, and gives the columns.
    ///
    /// The format is told by the file's ending. `columns` picks columns and their order. An error that `batch` throws
    /// ends the scan and is passed on.
    @discardableResult
    package func scan(
        columns: [String]? = nil,
        batch: (TabularBatch) throws -> Void
    ) throws -> TabularSchema {
        try scan.run(try plans(columns, of: try plans()), from: scan.source.reader, batch: batch)
    }

    /// Nothing is copied that need not be.
    package func views(columns: [String], batch handle: (Int, [ColumnView]) throws -> Void) throws {
        try scan.views(try plans(columns, of: try plans()), from: scan.source.reader, batch: handle)
    }

    /// In JSON a column that no row has reads as missing everywhere; a CSV file must have all of them.
    package func textViews(columns: [String], batch handle: (Int, [ColumnView]) throws -> Void) throws -> Bool {
        guard let reader = scan.source.textReader(columns: columns) else { return false }
        try scan.views(try plans(columns, of: try scan.plans(from: reader)), from: reader, batch: handle)
        return true
    }
}

extension TabularSource {
    /// The SQL that reads columns as text, nil for a format with types of its own.
    func textReader(columns: [String]) -> String? {
        let quoted = patterns.map(SQLText.literal).joined(separator: ", ")
        let types = columns.map { "\(SQLText.literal($0)): 'VARCHAR'" }.joined(separator: ", ")
        return switch format {
        case .csv: "read_csv([\(quoted)], hive_partitioning = false, all_varchar = true, header = true)"
        case .jsonLines:
            "read_json([\(quoted)], format = 'newline_delimited', hive_partitioning = false, columns = {\(types)})"
        case .json: "read_json([\(quoted)], format = 'auto', hive_partitioning = false, columns = {\(types)})"
        case .parquet: nil
        }
    }
}

extension TabularScan {
    /// Reads the planned columns, batch by batch, as views.
    func views(_ plans: [ColumnPlan], from table: String, batch handle: (Int, [ColumnView]) throws -> Void) throws {
        guard !plans.isEmpty else { return }
        let stream = try start("SELECT \(plans.map(\.expression).joined(separator: ", ")) FROM \(table)")
        let views = ArrowViews(fields: try fields(of: stream))
        while let batch = try next(stream) { try views.with(batch, handle) }
    }
}

extension TabularField {
    /// What a column of this kind is counted as in a profile.
    package var meaning: ColumnMeaning {
        switch kind {
        case .integer, .double: .numbers
        case .boolean: .flags
        case .timestamp: .times(.milliseconds)
        case .date: .times(.days)
        case .string: .texts
        case .other: .lists
        }
    }
}
