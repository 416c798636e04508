import Foundation
import Glibc

/// One file, or the files of a pattern, that were checked and can be bound into SQL.
struct TabularSource {
    /// The data as the caller named them, for messages.
    let file: String
    /// The files in the order in which they are read, with their absolute paths.
    let paths: [String]
    /// The absolute paths with the characters of a file pattern made harmless.
    let patterns: [String]
    /// The size of all files.
    let bytes: Int64
    let format: TabularFormat
    let reading: TabularReading

    /// More files than this are refused.
    static let maxFiles = 10_000

    /// The SQL that reads the data.
    var reader: String { format.reader(patterns: patterns, reading: reading) }
    /// Whether the types are guessed from text.
    var isCSV: Bool { format == .csv }

    /// Checks that `file` is an ordinary file, or a pattern such as `data/*.parquet` of ordinary files, with content and
    /// a known format. A file whose very name is the pattern goes before the pattern.
    init(file: String, reading: TabularReading = TabularReading()) throws(TabularError) {
        guard !file.utf8.contains(0) else {
            throw .fileRefused(file: file.replacingOccurrences(of: "\0", with: "\\0"), reason: "has a NUL in its name")
        }
        self.file = file
        self.reading = reading
        var names = [file]
        var status = stat()
        if file.contains(where: { "*?[".contains($0) }), stat(file, &status) != 0 {
            names = Self.files(matching: file)
            guard !names.isEmpty else {
                throw .fileRefused(file: file, reason: "is a pattern that no file matches")
            }
            guard names.count <= Self.maxFiles else {
                throw .fileRefused(
                    file: file,
                    reason: "is a pattern of \(names.count) files, and at most \(Self.maxFiles) are read at once"
                )
            }
        }
        guard let format = TabularFormat(file: names[0]) else { throw .formatUnknown(file: names[0]) }
        self.format = format
        var bytes: Int64 = 0
        for name in names {
            bytes += try Self.size(of: name, format: format)
            try TextHead(file: name, format: format)?.check()
        }
        self.bytes = bytes
        // An absolute path cannot be taken for a URL.
        let folder = FileManager.default.currentDirectoryPath
        paths = names.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
        patterns = paths.map(Self.escapingPattern)
    }

    /// The files of a spool, under the name of what they came from.
    init(spool: PostgresSpool) throws(TabularError) {
        let source = try TabularSource(file: spool.pattern)
        file = spool.shown
        (paths, patterns, bytes) = (source.paths, source.patterns, source.bytes)
        (format, reading) = (source.format, source.reading)
    }

    /// The size of an ordinary file with content and the format of the others.
    private static func size(of file: String, format: TabularFormat) throws(TabularError) -> Int64 {
        guard let own = TabularFormat(file: file) else { throw .formatUnknown(file: file) }
        guard own == format else {
            throw .fileRefused(file: file, reason: "has another format than the other files of the pattern")
        }
        var status = stat()
        guard stat(file, &status) == 0 else {
            let reason = errno == ENOENT ? "does not exist" : "cannot be opened: \(String(cString: strerror(errno)))"
            throw .fileRefused(file: file, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .fileRefused(file: file, reason: "is no ordinary file")
        }
        guard status.st_size > 0 else { throw .fileRefused(file: file, reason: "is empty") }
        return Int64(status.st_size)
    }

    /// The files that match a pattern, by name.
    private static func files(matching pattern: String) -> [String] {
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(pattern, 0, nil, &matches) == 0 else { return [] }
        return (0..<Int(matches.gl_pathc)).compactMap { matches.gl_pathv[$0].map { String(cString: $0) } }
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
