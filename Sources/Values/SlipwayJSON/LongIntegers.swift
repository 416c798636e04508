/// Integers of more than 64 bits, which simdjson refuses although RFC 8259 allows them and RFC 8785 writes them:
/// the canonical form of the double 1e20 is `100000000000000000000`.
enum LongIntegers {
    /// The text with `e0` after every integer of 19 digits or more, so that it is read as a double; nil when there is none.
    ///
    /// Text that is not JSON stays text that is not JSON: only a run of digits that is a whole integer gets the suffix.
    static func widened(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var output: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index = stringEnd(bytes, from: index)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let start = index
                while index < bytes.count, isDigit(bytes[index]) { index += 1 }
                guard index - start >= 19, isWholeInteger(bytes, start..<index) else { continue }
                output += bytes[copied..<index]
                output += "e0".utf8
                copied = index
            default: index += 1
            }
        }
        guard copied > 0 else { return nil }
        return output + bytes[copied...]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// The index after the string that opens at `start`.
    private static func stringEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, bytes.count)
    }

    /// Whether the digits are neither a fraction, nor an exponent, nor followed by one.
    private static func isWholeInteger(_ bytes: UnsafeRawBufferPointer, _ digits: Range<Int>) -> Bool {
        let partOfNumber: Set<UInt8> = [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+")]
        if digits.upperBound < bytes.count, partOfNumber.contains(bytes[digits.upperBound]) { return false }
        var before = digits.lowerBound - 1
        if before >= 0, bytes[before] == UInt8(ascii: "-") { before -= 1 }
        return before < 0 || !partOfNumber.contains(bytes[before])
    }
}
