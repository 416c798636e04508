/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, no leap seconds, always UTC.
package struct Instant: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let instant = Instant(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not an RFC 3339 instant: \(text)")
            )
        }
        self = instant
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    /// This instant moved by `duration`; stops at the ends of the 64-bit range, which a client's number may reach.
    package static func + (instant: Instant, duration: Span) -> Instant {
        let (sum, overflow) = instant.milliseconds.addingReportingOverflow(duration.milliseconds)
        return Instant(milliseconds: overflow ? (duration.milliseconds > 0 ? .max : .min) : sum)
    }

    /// The time from `earlier` to `later`; stops at the ends of the 64-bit range.
    package static func - (later: Instant, earlier: Instant) -> Span {
        let (difference, overflow) = later.milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        return Span(milliseconds: overflow ? (later > earlier ? .max : .min) : difference)
    }

    /// RFC 3339 in UTC with milliseconds, e.g. `2013-04-01T05:00:00.000Z`.
    package var description: String {
        let days = Instant.floorDivide(milliseconds, 86_400_000)
        let remainder = milliseconds % 86_400_000
        let rest = remainder < 0 ? remainder + 86_400_000 : remainder
        let (year, month, day) = CivilDate.from(daysSinceEpoch: days)
        let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { Instant.pad($0, 2) }
        return "\(Instant.pad(year, 4))-\(Instant.pad(month, 2))-\(Instant.pad(day, 2))T"
            + time.joined(separator: ":") + "." + Instant.pad(rest % 1000, 3) + "Z"
    }

    /// The UTC date part, e.g. `2013-04-01`.
    package var date: String { String(description.prefix(10)) }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value % divisor < 0 ? value / divisor - 1 : value / divisor
    }
}

extension Instant {
    /// Parses RFC 3339 (`2013-04-01T05:00:00Z`, fraction and numeric offset allowed) or a bare UTC date `2013-04-01`.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func isAt(_ index: Int, _ character: Unicode.Scalar) -> Bool {
            index < bytes.count && bytes[index] == UInt8(ascii: character)
        }
        guard let year = number(0, 4), isAt(4, "-"), let month = number(5, 2), isAt(7, "-"), let day = number(8, 2),
            CivilDate.isValid(year: year, month: month, day: day)
        else { return nil }
        var total = CivilDate.days(year: year, month: month, day: day) * 86_400_000
        if bytes.count == 10 {
            self.init(milliseconds: total)
            return
        }
        guard isAt(10, "T") || isAt(10, "t") || isAt(10, " "),
            let hour = number(11, 2), isAt(13, ":"), let minute = number(14, 2), isAt(16, ":"),
            let second = number(17, 2), hour < 24, minute < 60, second < 60
        else { return nil }
        total += hour * 3_600_000 + minute * 60_000 + second * 1000
        var index = 19
        if isAt(index, ".") {
            index += 1
            var scale: Int64 = 100
            guard number(index, 1) != nil else { return nil }
            while let digit = number(index, 1) {
                total += digit * scale
                scale /= 10
                index += 1
            }
        }
        if isAt(index, "Z") || isAt(index, "z") {
            guard index + 1 == bytes.count else { return nil }
        } else {
            guard isAt(index, "+") || isAt(index, "-"), let hours = number(index + 1, 2), isAt(index + 3, ":"),
                let minutes = number(index + 4, 2), hours < 24, minutes < 60, index + 6 == bytes.count
            else { return nil }
            let offset = (hours * 60 + minutes) * 60_000
            total += isAt(index, "+") ? -offset : offset
        }
        // An offset may lead out of the years that can be written with four digits.
        guard total >= CivilDate.days(year: 1, month: 1, day: 1) * 86_400_000,
            total < CivilDate.days(year: 10_000, month: 1, day: 1) * 86_400_000
        else { return nil }
        self.init(milliseconds: total)
    }
}

/// Proleptic Gregorian dates as days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
enum CivilDate {
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = Instant.floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func from(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = Instant.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    static func isValid(year: Int64, month: Int64, day: Int64) -> Bool {
        guard (1...12).contains(month), day >= 1, year >= 1 else { return false }
        let round = from(daysSinceEpoch: days(year: year, month: month, day: day))
        return round == (year, month, day)
    }
}
