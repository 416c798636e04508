/// What the Range field of a request asks for (RFC 9110, section 14).
package enum ByteRange: Equatable, Sendable {
    /// All bytes: no range was asked for, or one in a form that may be ignored (another unit, several ranges).
    case whole
    case part(Range<Int64>)
    /// A range that lies behind the last byte.
    case unsatisfiable

    /// Reads a Range field for something of `size` bytes.
    package init(_ field: String?, size: Int64) {
        self = .whole
        guard let field, field.utf8.count <= 200, let equals = field.firstIndex(of: "="),
            field[..<equals].lowercased() == "bytes"
        else { return }
        let text = field[field.index(after: equals)...].filter { $0 != " " && $0 != "\t" }
        guard let dash = text.firstIndex(of: "-"), !text.contains(",") else { return }
        let (first, last) = (text[..<dash], text[text.index(after: dash)...])
        guard (first + last).utf8.allSatisfy({ (48...57).contains($0) }) else { return }
        // A number that is too long for 64 bits lies behind every last byte.
        let end = last.isEmpty ? nil : Int64(last) ?? .max
        if first.isEmpty {
            guard let length = end else { return }
            self = length == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - length)..<size)
            return
        }
        let start = Int64(first) ?? .max
        if let end, end < start { return }
        self = start < size ? .part(start..<min(end ?? .max, size - 1) + 1) : .unsatisfiable
    }
}
