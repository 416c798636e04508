/// Why tabular data could not be read.
package enum TabularError: Error, Sendable, Equatable {
    /// No DuckDB library was found in any of the places looked at.
    case libraryNotFound(searched: [String])
    /// The library was found and cannot be used.
    case libraryUnusable(path: String, reason: String)
    /// No driver for a database was found.
    case driverNotFound(database: String, advice: String, searched: [String])
    /// There is no such file, or it is no ordinary file, or it is empty.
    case fileRefused(file: String, reason: String)
    /// The file's ending names no format that can be read.
    case formatUnknown(file: String)
    /// The file's content cannot be read as its format; the reason is the engine's.
    case unreadable(file: String, reason: String)
    /// Files of one pattern have different columns.
    case schemasDiffer(file: String, other: String, reason: String)
    /// A column was asked for that the file does not have.
    case columnUnknown(file: String, name: String, known: [String])
    /// The query is wrong, or it asks for something that is not allowed.
    case queryRefused(reason: String)
    /// The engine gave data in a layout that it should not give.
    case layoutUnknown(column: String, format: String)
}

extension TabularError: CustomStringConvertible {
    /// A sentence that says what happened and what to do.
    package var description: String {
        switch self {
        case .libraryNotFound(let searched):
            "DuckDB was not found. Set SLIPWAY_DUCKDB to the path of libduckdb.so, or unpack the duckdb wheel into "
                + ".deps/duckdb. Looked at: \(searched.joined(separator: ", "))."
        case .driverNotFound(let database, let advice, let searched):
            "The driver for \(database) was not found: \(advice). Looked at: \(searched.joined(separator: ", "))."
        case .libraryUnusable(let path, let reason):
            "The library \(path) cannot be used: \(reason)."
        case .fileRefused(let file, let reason):
            "The file \(file) \(reason)."
        case .formatUnknown(let file):
            "The file \(file) has no ending that names its format. Use one of: "
                + "\(TabularFormat.endings.joined(separator: ", "))."
        case .unreadable(let file, let reason):
            "The file \(file) cannot be read: \(reason)"
        case .schemasDiffer(let file, let other, let reason):
            "The files \(file) and \(other) do not belong together: \(reason)."
        case .columnUnknown(let file, let name, let known):
            "The file \(file) has no column \"\(name)\". Its columns are: \(known.joined(separator: ", "))."
        case .queryRefused(let reason):
            "The query cannot be run: \(reason)"
        case .layoutUnknown(let column, let format):
            "The column \"\(column)\" came from the engine in the unknown layout \"\(format)\"."
        }
    }
}
