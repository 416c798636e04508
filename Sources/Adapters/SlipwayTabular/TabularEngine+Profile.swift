package import SlipwayStatistics

extension TabularEngine {
    /// Reads a file batch by batch as views of its columns, which hold until `batch` returns; nothing is copied that need
    /// not be. The columns are those of `scan`.
    package func views(
        file: String,
        columns: [String]? = nil,
        batch handle: (Int, [ColumnView]) throws -> Void
    ) throws {
        let scan = try TabularScan(file: file, driver: driver, limits: limits)
        var plans = try scan.plans(from: scan.source.reader)
        if let columns {
            let known = plans
            plans = try columns.map { name throws(TabularError) in
                guard let plan = known.first(where: { $0.name == name }) else {
                    throw .columnUnknown(file: file, name: name, known: known.map(\.name))
                }
                return plan
            }
        }
        try scan.views(plans, from: scan.source.reader, batch: handle)
    }

    /// Reads columns of a file without types as the text that stands there, so that what they hold does not depend on the
    /// rows that a format's types would be guessed from; nil when the format has types of its own.
    ///
    /// In JSON a column that no row has reads as missing everywhere; a CSV file must have all of them.
    package func textViews(
        file: String,
        columns: [String],
        batch handle: (Int, [ColumnView]) throws -> Void
    ) throws -> Bool {
        let scan = try TabularScan(file: file, driver: driver, limits: limits)
        guard let reader = scan.source.textReader(columns: columns) else { return false }
        let known = try scan.plans(from: reader)
        let plans = try columns.map { name throws(TabularError) in
            guard let plan = known.first(where: { $0.name == name }) else {
                throw .columnUnknown(file: file, name: name, known: known.map(\.name))
            }
            return plan
        }
        try scan.views(plans, from: reader, batch: handle)
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
