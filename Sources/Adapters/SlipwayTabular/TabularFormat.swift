import Foundation
import Glibc

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

    /// The SQL that reads a file. Folder names like `year=2013` do not become columns.
    func reader(path: String) -> String {
        let quoted = SQLText.literal(path)
        return switch self {
        case .csv: "read_csv(\(quoted), hive_partitioning = false)"
        case .parquet: "read_parquet(\(quoted), hive_partitioning = false)"
        case .jsonLines: "read_json(\(quoted), format = 'newline_delimited', hive_partitioning = false)"
        case .json: "read_json(\(quoted), format = 'auto', hive_partitioning = false)"
        }
    }
}

/// Writes names and strings into SQL.
enum SQLText {
    /// A string literal.
    static func literal(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }

    /// A quoted identifier.
    static func name(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}

/// One file that was checked and can be bound into SQL.
struct TabularSource {
    /// The file as the caller named it, for messages.
    let file: String
    /// The absolute path.
    let path: String
    /// The absolute path with the characters of a file pattern made harmless.
    let pattern: String
    /// The SQL that reads the file.
    let reader: String

    /// Checks that `file` is an ordinary file with content and a known format.
    init(file: String) throws(TabularError) {
        guard !file.utf8.contains(0) else {
            throw .fileRefused(file: file.replacingOccurrences(of: "\0", with: "\\0"), reason: "has a NUL in its name")
        }
        guard let format = TabularFormat(file: file) else { throw .formatUnknown(file: file) }
        var status = stat()
        guard stat(file, &status) == 0 else {
            let reason = errno == ENOENT ? "does not exist" : "cannot be opened: \(String(cString: strerror(errno)))"
            throw .fileRefused(file: file, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .fileRefused(file: file, reason: "is no ordinary file")
        }
        guard status.st_size > 0 else { throw .fileRefused(file: file, reason: "is empty") }
        self.file = file
        // An absolute path cannot be taken for a URL.
        path = file.hasPrefix("/") ? file : FileManager.default.currentDirectoryPath + "/" + file
        pattern = Self.escapingPattern(path)
        reader = format.reader(path: pattern)
    }

    /// Puts each character that has a meaning in a file pattern into brackets, where it stands for itself.
    static func escapingPattern(_ path: String) -> String {
        var escaped = ""
        for character in path {
            switch character {
            case "*", "?", "[": escaped += "[\(character)]"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
