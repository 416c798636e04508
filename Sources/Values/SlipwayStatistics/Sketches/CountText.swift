/// Whole numbers as a short text, one way to write each: groups of five bits, the lowest first, as letters of the
/// base-64 alphabet; a letter of the upper half says that more follow. Small numbers take one letter.
enum CountText {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [Int8] = {
        var values = [Int8](repeating: -1, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = Int8(value) }
        return values
    }()

    /// The text of some numbers.
    static func text(_ numbers: some Sequence<UInt64>) -> String {
        var text: [UInt8] = []
        for number in numbers {
            var rest = number
            while rest >= 32 {
                text.append(letters[Int(rest & 31) + 32])
                rest >>= 5
            }
            text.append(letters[Int(rest)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The numbers of a text; an error when it was not written by `text`.
    static func numbers(_ text: String) throws(StatisticsError) -> [UInt64] {
        var numbers: [UInt64] = []
        var (number, shift) = (UInt64(0), 0)
        for letter in text.utf8 {
            let value = values[Int(letter)]
            guard value >= 0, shift < 60 || (shift == 60 && value < 16) else { throw .malformed("a list of counts") }
            number |= UInt64(value & 31) << UInt64(shift)
            if value >= 32 {
                shift += 5
                continue
            }
            // A last group of zero would be a second way to write the number.
            guard shift == 0 || value > 0 else { throw .malformed("a list of counts") }
            numbers.append(number)
            (number, shift) = (0, 0)
        }
        guard shift == 0 else { throw .malformed("a list of counts is cut off") }
        return numbers
    }
}
