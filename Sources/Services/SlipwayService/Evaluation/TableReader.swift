package import SlipwayStatistics

/// Some rows of a table, column by column.
package struct TableBatch: Sendable {
    package let rows: Int
    /// The values of each column, by name; instants are numbers of milliseconds.
    package let columns: [String: ColumnValues]

    package init(rows: Int, columns: [String: ColumnValues]) {
        self.rows = rows
        self.columns = columns
    }
}

/// What reads tables: CSV, Parquet or JSON lines by DuckDB.
package protocol TableReader: Sendable {
    /// The names of a file's columns, in their order. Blocks its thread.
    func columnNames(path: String) throws -> [String]

    /// Reads the named columns of a file, batch by batch, in the order of the file. Blocks its thread.
    func read(path: String, columns: [String], each: (TableBatch) throws -> Void) throws
}
