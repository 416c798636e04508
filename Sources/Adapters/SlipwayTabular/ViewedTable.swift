package import SlipwayStatistics

/// A table whose rows can be shown as views of its columns, which hold until `batch` returns.
package protocol ViewedTable {
    /// The columns.
    var schema: TabularSchema { get throws(TabularError) }

    /// Shows the named columns in their order, batch by batch.
    func views(columns: [String], batch: (Int, [ColumnView]) throws -> Void) throws

    /// Shows columns as the text that stands in the file, so that what they hold does not depend on the rows that a
    /// format's types would be guessed from; false when the format has types of its own.
    func textViews(columns: [String], batch: (Int, [ColumnView]) throws -> Void) throws -> Bool
}

extension ArrowFile: ViewedTable {
    package func textViews(columns: [String], batch: (Int, [ColumnView]) throws -> Void) -> Bool { false }
}

extension TabularEngine {
    /// Opens data to be profiled: Arrow's own files, or whatever this engine reads.
    package func viewed(_ file: String) throws(TabularError) -> any ViewedTable {
        if ArrowFile.isArrow(file) { return try ArrowFile(file: file) }
        return try self.file(file)
    }
}
