/// Writes JSON text from front to back, without a tree in between. Commas are put in by the writer.
package struct JSONWriter {
    /// The text so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// Writes an object whose members `body` writes.
    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes an array whose elements `body` writes.
    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes an array of one element for each item.
    package mutating func array<Items: Sequence>(
        _ items: Items,
        _ each: (inout JSONWriter, Items.Element) throws -> Void
    ) rethrows {
        try array { writer in
            for item in items { try each(&writer, item) }
        }
    }

    // Lists of numbers may be long, and a closure for each element costs more than its digits.

    /// Writes an array of numbers.
    package mutating func array(_ values: [Float]) { array { for value in values { $0.number(value) } } }

    /// Writes an array of numbers.
    package mutating func array(_ values: [Double]) { array { for value in values { $0.number(value) } } }

    /// Writes an array of whole numbers.
    package mutating func array(_ values: [Int64]) { array { for value in values { $0.integer(value) } } }

    /// Writes an array of whole numbers.
    package mutating func array(_ values: [Int]) { array { for value in values { $0.integer(Int64(value)) } } }

    /// Writes a member's name; its value must follow.
    package mutating func name(_ text: String) {
        string(text)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func member(_ key: String, _ value: String) {
        name(key)
        string(value)
    }

    /// Writes the member only if there is a value.
    package mutating func member(_ key: String, optional value: String?) {
        if let value { member(key, value) }
    }

    package mutating func member(_ key: String, _ value: Int64) {
        name(key)
        integer(value)
    }

    /// Writes the member only if there is a value.
    package mutating func member(_ key: String, optional value: Int64?) {
        if let value { member(key, value) }
    }

    package mutating func member(_ key: String, _ value: Int) { member(key, Int64(value)) }

    package mutating func member(_ key: String, _ value: Bool) {
        name(key)
        bool(value)
    }

    package mutating func member(_ key: String, _ value: Double) {
        name(key)
        number(value)
    }

    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { append($0) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func integer(_ value: Int64) { digits(value.magnitude, isNegative: value < 0) }

    /// Writes a whole number beyond the signed range too.
    package mutating func unsigned(_ value: UInt64) { digits(value, isNegative: false) }

    private mutating func digits(_ magnitude: UInt64, isNegative: Bool) {
        separate()
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        // The digits are made from the last to the first; 2^64 has 20.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = magnitude
            var place = 20
            repeat {
                place -= 1
                digits.initializeElement(at: place, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[place...]))
        }
        needsComma = true
    }

    /// Writes a double; NaN and the infinities as the strings that protobuf's JSON mapping uses.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity") }
        digits(value.description)
    }

    /// Writes a single-precision number with the digits that it needs itself, e.g. 0.1 and not 0.10000000149011612.
    package mutating func number(_ value: Float) {
        guard value.isFinite else { return number(Double(value)) }
        digits(value.description)
    }

    private mutating func digits(_ text: consuming String) {
        separate()
        text.withUTF8 { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes += (value ? "true" : "false").utf8
        needsComma = true
    }

    package mutating func null() {
        separate()
        bytes += "null".utf8
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            bytes.append(contentsOf: text[start..<index])
            start = index + 1
            switch byte {
            case 0x22: bytes += #"\""#.utf8
            case 0x5C: bytes += #"\\"#.utf8
            case 0x0A: bytes += #"\n"#.utf8
            case 0x0D: bytes += #"\r"#.utf8
            case 0x09: bytes += #"\t"#.utf8
            default:
                bytes += #"\u00"#.utf8
                bytes.append(Self.hexDigits[Int(byte >> 4)])
                bytes.append(Self.hexDigits[Int(byte & 15)])
            }
        }
        bytes.append(contentsOf: text[start...])
    }
}
