/// One value of an answer that has few rows.
package enum TabularCell: Sendable, Equatable {
    case missing
    case number(Double)
    case text(String)

    /// The number; nil for a missing value and for text.
    package var number: Double? { if case .number(let value) = self { value } else { nil } }
    /// The text; nil for a missing value and for a number.
    package var text: String? { if case .text(let value) = self { value } else { nil } }
}

/// Data that stay open for several statements, which reach them as the table `data`.
///
/// Like every scan it has a database of its own, in which nothing but its files can be reached.
package struct TabularTable {
    private let scan: TabularScan
    private let query: String?
    private let dialect: CSVDialect?

    init(scan: TabularScan, query: String?) throws(TabularError) {
        self.scan = scan
        // A database has carried out the query already.
        self.query = scan.isSpooled ? nil : query
        dialect = try scan.dialect()
        try read(scan.source.reading)
        if let dialect { try scan.check(columnNames: dialect.columns.map(\.name)) }
    }

    /// Reads a CSV file's columns as other types from now on.
    package func read(_ reading: TabularReading) throws(TabularError) {
        let reader =
            dialect.map { $0.reader(pattern: scan.source.patterns[0], reading: reading) }
            ?? scan.source.format.reader(patterns: scan.source.patterns, reading: reading)
        do {
            try scan.bindTable(query: query, reader: reader)
        } catch TabularError.unreadable(_, let reason) where query != nil {
            throw .queryRefused(reason: reason)
        }
    }

    /// What the data are called, without secrets.
    package var name: String { scan.source.file }
    /// The files, in the order of their rows.
    package var files: [String] { scan.isSpooled ? [scan.source.file] : scan.source.paths }
    /// Whether the engine guessed the columns' types from text.
    package var isCSV: Bool { scan.source.isCSV && query == nil }
    package var isJSON: Bool { [.json, .jsonLines].contains(scan.source.format) && query == nil }

    /// The columns and the engine's names of their types.
    package func columns() throws(TabularError) -> [(name: String, type: String)] {
        try scan.columnTypes(of: SQLText.name(TabularEngine.tableName))
    }

    /// About how many rows there are: exact for Parquet, otherwise what the size allows with a few bytes a value; nil
    /// when nothing is known.
    package func approximateRows(columns: Int) throws -> Int64? {
        guard query == nil else { return nil }
        guard scan.source.format == .parquet else { return scan.source.bytes / Int64(max(1, columns) * 4) }
        return try rows("SELECT CAST(count(*) AS DOUBLE) AS n FROM \(scan.source.reader)").first?.first?.number.map {
            Int64($0)
        }
    }

    /// Gives the data a second name, under which they have a column with their rows' numbers from 0.
    package func number(as name: String, row: String) throws(TabularError) {
        try scan.bindNumberedTable(name: name, row: row, query: query)
    }

    /// The number of rows of each file, in the order of the files.
    package func rowsOfFiles() throws -> [(name: String, rows: Int64)] {
        let counts = try rows(
            "SELECT filename, CAST(count(*) AS DOUBLE) AS n FROM \(scan.source.reader) GROUP BY filename"
        )
        var table: [String: Int64] = [:]
        for row in counts { if let name = row.first?.text { table[name] = Int64(row.last?.number ?? 0) } }
        return files.map { ($0, table[$0] ?? 0) }
    }

    /// Runs one SELECT that a person wrote.
    package func answer(to select: String) throws -> [[TabularCell]] {
        do {
            return try rows(try EngineMessage.singleSelect(select))
        } catch TabularError.unreadable(_, let reason) {
            throw TabularError.queryRefused(reason: reason)
        }
    }

    /// Runs one SELECT of ours and gives all rows of its answer; its columns have different names.
    package func rows(_ select: String) throws -> [[TabularCell]] {
        var rows: [[TabularCell]] = []
        let source = "(\(select)\n) AS result"
        try scan.run(try scan.plans(from: source), from: source) { batch in
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.cell(row) }) }
        }
        return rows
    }
}

extension TabularColumn {
    fileprivate func cell(_ row: Int) -> TabularCell {
        if case .string(let values) = self { return values[row].map(TabularCell.text) ?? .missing }
        return numberCell(row)
    }

    private func numberCell(_ row: Int) -> TabularCell {
        switch self {
        case .integer(let values, let valid), .timestampMilliseconds(let values, let valid),
            .date(let values, let valid):
            valid[row] ? .number(Double(values[row])) : .missing
        case .double(let values, let valid): valid[row] ? .number(values[row]) : .missing
        case .boolean(let values, let valid): valid[row] ? .number(values[row] ? 1 : 0) : .missing
        case .string: .missing
        }
    }
}
