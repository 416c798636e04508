import Foundation
import SlipwayTabular

/// A table that a command was given: a file, or standard input or what a query gives, which are kept in a temporary file while
/// they are read.
final class DataSource {
    /// The file that holds the table.
    let path: String
    /// What the user called it.
    let name: String
    /// True when standard input held nothing at all, as a partition without rows does.
    let isEmpty: Bool
    private let scratch: ScratchFolder?

    /// Opens a file, or standard input for `-`, whose format is told by its first bytes unless it is given.
    convenience init(_ argument: String, format: Format?) throws {
        guard argument == "-" else {
            self.init(path: argument, name: argument.withoutPasswords, isEmpty: false, scratch: nil)
            return
        }
        let head = try FileHandle.standardInput.read(upToCount: 1 << 20) ?? Data()
        let scratch = try ScratchFolder(for: "input")
        let path = scratch.path + "/data." + (format ?? Format(head: head)).ending
        self.init(path: path, name: "standard input", isEmpty: head.isEmpty, scratch: scratch)
        do {
            try Self.keep(head, path)
        } catch {
            throw CommandError("cannot keep standard input in \(path): make room there, or set TMPDIR")
        }
    }

    /// What `query` gives over the data, which it calls `data`; the data themselves without a query.
    static func opened(_ argument: String, format: Format? = nil, query: String?) throws -> DataSource {
        guard let query else { return try DataSource(argument, format: format) }
        let whole = try DataSource(argument, format: format)
        guard !ArrowFile.isArrow(whole.path) else {
            throw CommandError("\(whole.name) is an Arrow file, which no query reaches: write it as Parquet")
        }
        let scratch = try ScratchFolder(for: "query")
        let answer = DataSource(
            path: scratch.path + "/data.parquet",
            name: whole.name,
            isEmpty: false,
            scratch: scratch
        )
        try TabularEngine().keep(query, of: whole.path, at: answer.path)
        return answer
    }

    private init(path: String, name: String, isEmpty: Bool, scratch: ScratchFolder?) {
        self.path = path
        self.name = name
        self.isEmpty = isEmpty
        self.scratch = scratch
    }

    private static func keep(_ head: Data, _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandError("cannot open") }
        let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try output.write(contentsOf: head)
        while let part = try FileHandle.standardInput.read(upToCount: 1 << 20), !part.isEmpty {
            try output.write(contentsOf: part)
        }
        try output.close()
    }

    /// `sha256:` and the digest of the table's bytes.
    func digest() throws -> String {
        let files = ArrowFile.isArrow(path) ? [path] : TabularEngine.files(of: path).map(\.path)
        return try FileDigest.sha256(of: files)
    }

    /// What standard input can hold.
    enum Format: String, CaseIterable {
        case csv, jsonl, parquet, arrow

        var ending: String { rawValue }

        /// The format that begins so.
        init(head: Data) {
            if head.starts(with: Data("PAR1".utf8)) {
                self = .parquet
            } else if head.starts(with: Data("ARROW1".utf8)) || head.starts(with: Data([255, 255, 255, 255])) {
                self = .arrow
            } else if head.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
                self = .jsonl
            } else {
                self = .csv
            }
        }
    }
}
