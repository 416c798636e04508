import Glibc

/// Reads cells that came as text as what their column is in the reference.
enum CellText {
    /// A decimal number, `inf` and `nan` included; nil when it is none.
    static func number(_ text: UnsafeRawBufferPointer) -> Double? {
        if let number = plain(text) { return number }
        guard !text.isEmpty, text.count < 400 else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: text.count + 1, alignment: 1) { copy in
            copy.copyMemory(from: text)
            copy[text.count] = 0
            // No leading blank, which strtod would skip, and no hexadecimal.
            guard text[0] > 32, !text.contains(where: { $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "X") }) else {
                return nil
            }
            let start = copy.bindMemory(to: CChar.self)
            guard let base = start.baseAddress else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            let number = strtod(base, &end)
            return end == base + text.count ? number : nil
        }
    }

    /// Up to fifteen digits with a point: both parts are exact doubles, so one division rounds once.
    private static func plain(_ text: UnsafeRawBufferPointer) -> Double? {
        var (digits, value, decimals) = (0, UInt64(0), -1)
        var place = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { place = 1 }
        while place < text.count {
            let byte = text[place]
            place += 1
            if byte == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
                continue
            }
            guard byte >= 48, byte <= 57 else { return nil }
            digits += 1
            guard digits <= 15 else { return nil }
            value = value * 10 + UInt64(byte - 48)
            if decimals >= 0 { decimals += 1 }
        }
        guard digits > 0, decimals != 0 else { return nil }
        let number = decimals > 0 ? Double(value) / powers[decimals] : Double(value)
        return isNegative ? -number : number
    }

    private static let powers: [Double] = (0...15).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// `true` or `false` in any case; nil for anything else.
    static func flag(_ text: UnsafeRawBufferPointer) -> Bool? {
        func equals(_ word: StaticString) -> Bool {
            text.count == word.utf8CodeUnitCount
                && zip(text, UnsafeBufferPointer(start: word.utf8Start, count: text.count)).allSatisfy { $0 | 32 == $1 }
        }
        return equals("true") ? true : equals("false") ? false : nil
    }

    /// `2026-11-29`, alone or before a blank or T and `18:30`, `18:30:05` or `18:30:05.123456`, with `Z`, `+01:00` or
    /// nothing, which is UTC: milliseconds since 1970; nil for anything else.
    static func milliseconds(_ text: UnsafeRawBufferPointer) -> Double? {
        var rest = text[...]
        guard let year = digits(&rest, 4), eat(&rest, "-"), let month = digits(&rest, 2), eat(&rest, "-"),
            let day = digits(&rest, 2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = Double(daysSince1970(year: year, month: month, day: day))
        if rest.isEmpty { return days * 86_400_000 }
        guard eat(&rest, " ") || eat(&rest, "T"), let hour = digits(&rest, 2), eat(&rest, ":"),
            let minute = digits(&rest, 2), hour < 24, minute < 60
        else { return nil }
        var seconds = Double(hour * 3600 + minute * 60)
        var fraction = 0.0
        if eat(&rest, ":") {
            guard let second = digits(&rest, 2), second < 61 else { return nil }
            seconds += Double(second)
            if eat(&rest, ".") {
                var weight = 100.0
                while let digit = digits(&rest, 1) {
                    fraction += Double(digit) * weight
                    weight /= 10
                }
            }
        }
        if !rest.isEmpty, !eat(&rest, "Z") {
            let isEast = eat(&rest, "+")
            guard isEast || eat(&rest, "-"), let hours = digits(&rest, 2) else { return nil }
            _ = eat(&rest, ":")
            let minutes = digits(&rest, 2) ?? 0
            seconds += Double((isEast ? -1 : 1) * (hours * 3600 + minutes * 60))
        }
        return rest.isEmpty ? days * 86_400_000 + seconds * 1000 + fraction.rounded(.down) : nil
    }

    private static func eat(_ rest: inout Slice<UnsafeRawBufferPointer>, _ letter: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: letter) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func digits(_ rest: inout Slice<UnsafeRawBufferPointer>, _ count: Int) -> Int? {
        guard rest.count >= count else { return nil }
        var number = 0
        for byte in rest.prefix(count) {
            guard byte >= 48, byte <= 57 else { return nil }
            number = number * 10 + Int(byte - 48)
        }
        rest = rest.dropFirst(count)
        return number
    }

    /// Days by the proleptic Gregorian calendar (Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms").
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
