import Foundation

/// The first bytes of a text file: what the engine would read without a word, and wrongly, is refused here.
struct TextHead {
    private let file: String
    private let format: TabularFormat
    private let bytes: [UInt8]
    private let isWhole: Bool

    private static let length = 65_536

    /// Nil for formats that are no text, and for compressed files.
    init?(file: String, format: TabularFormat) {
        guard format != .parquet, !file.lowercased().hasSuffix(".gz"),
            let handle = FileHandle(forReadingAtPath: file)
        else { return nil }
        // A file that cannot be read is the engine's to tell.
        guard let data = try? handle.read(upToCount: Self.length + 1) else { return nil }
        self.file = file
        self.format = format
        isWhole = data.count <= Self.length
        bytes = Array(data.prefix(Self.length))
    }

    /// Throws what is wrong.
    func check() throws(TabularError) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let content = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
        if content.contains(0) || content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF]) {
            throw .unreadable(
                file: file,
                reason:
                    "it is no text in UTF-8 (it has NUL characters): convert UTF-16 first, and give binary formats their ending."
            )
        }
        let text = content.drop { $0 <= 32 }
        if isWhole, text.isEmpty { throw .fileRefused(file: file, reason: "is empty: it has nothing but blanks") }
        let start = String(decoding: text.prefix(16), as: UTF8.self).lowercased()
        if ["<!doctype", "<html", "<?xml"].contains(where: start.hasPrefix) {
            throw .unreadable(
                file: file,
                reason: "it begins like a web page or XML; perhaps an error page was saved in its place."
            )
        }
        guard format == .csv else { return }
        let compact = start.filter { !$0.isWhitespace }
        if compact.hasPrefix("{\"") || compact.hasPrefix("[{\"") {
            throw .unreadable(file: file, reason: "it begins like JSON: name it .jsonl or .json.")
        }
    }
}
