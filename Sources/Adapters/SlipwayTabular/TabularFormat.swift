import Foundation
import SlipwayDomain

/// A file format, told by the file's ending.
enum TabularFormat {
    case csv
    case parquet
    case jsonLines
    case json

    /// Every ending that is known.
    static let endings = [
        ".csv", ".csv.gz", ".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet", ".pq",
        ".tsv", ".tsv.gz",
    ]

    init?(file: String) {
        var name = file.lowercased()
        let isCompressed = name.hasSuffix(".gz")
        if isCompressed { name.removeLast(3) }
        switch name.split(separator: ".", omittingEmptySubsequences: false).last {
        case "csv", "tsv": self = .csv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonLines
        case "parquet", "pq":
            // Parquet compresses by itself and is never wrapped.
            guard !isCompressed else { return nil }
            self = .parquet
        default: return nil
        }
    }

    /// The SQL that reads files, which are told by their patterns. Folder names like `year=2013` do not become columns.
    func reader(patterns: [String], reading: TabularReading = TabularReading()) -> String {
        let quoted = patterns.map(SQLText.literal).joined(separator: ", ")
        let files = patterns.count == 1 ? quoted : "[\(quoted)]"
        switch self {
        case .csv:
            let options = reading.allText ? ", all_varchar = true" : Self.types(reading.textColumns)
            return "read_csv(\(files)\(options), hive_partitioning = false)"
        case .parquet: return "read_parquet(\(files), hive_partitioning = false)"
        case .jsonLines: return "read_json(\(files), format = 'newline_delimited', hive_partitioning = false)"
        case .json: return "read_json(\(files), format = 'auto', hive_partitioning = false)"
        }
    }

    private static func types(_ textColumns: [String]) -> String {
        guard !textColumns.isEmpty else { return "" }
        let types = textColumns.map { "\(SQLText.literal($0)): 'VARCHAR'" }.joined(separator: ", ")
        return ", types = {\(types)}"
    }
}

/// How the types of a CSV file are found; other formats carry theirs.
package struct TabularReading: Sendable, Equatable {
    /// Columns that are text whatever they look like, such as postal codes.
    package var textColumns: [String]
    /// Every column is text: nothing can fail to be what it looked like.
    package var allText: Bool

    /// Guesses all types but those of `textColumns`.
    package init(textColumns: [String] = [], allText: Bool = false) {
        self.textColumns = textColumns
        self.allText = allText
    }
}

/// Writes names and strings into SQL.
enum SQLText {
    /// A string literal.
    static func literal(_ text: String) -> String {
        "'" + text.doubling("'") + "'"
    }

    /// A quoted identifier.
    static func name(_ text: String) -> String {
        "\"" + text.doubling("\"") + "\""
    }
}
