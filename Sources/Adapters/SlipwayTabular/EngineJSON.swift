/// The engine's JSON, in which numbers may be `NaN`, `Infinity` and `-Infinity`, as the JSON that everybody reads.
enum EngineJSON {
    /// The same text with those numbers as texts.
    static func strict(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        var isInText = false
        while let byte = rest.first {
            if !isInText, let word = words.first(where: { rest.starts(with: $0.utf8) }) {
                bytes += "\"\(word)\"".utf8
                rest = rest.dropFirst(word.utf8.count)
                continue
            }
            bytes.append(byte)
            rest.removeFirst()
            if byte == UInt8(ascii: "\"") { isInText.toggle() }
            // What a bar stands before is a part of the text.
            if isInText, byte == UInt8(ascii: "\\"), let next = rest.popFirst() { bytes.append(next) }
        }
        return bytes
    }

    private static let words = ["NaN", "Infinity", "-Infinity"]
}
