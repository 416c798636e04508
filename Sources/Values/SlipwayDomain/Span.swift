/// A length of time in whole milliseconds. Named `Span` because `Duration` is the standard library's, with attoseconds.
package struct Span: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func seconds(_ value: Int64) -> Span { Span(milliseconds: value * 1000) }
    package static func minutes(_ value: Int64) -> Span { seconds(value * 60) }
    package static func hours(_ value: Int64) -> Span { minutes(value * 60) }
    package static func days(_ value: Int64) -> Span { hours(value * 24) }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let span = Span(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a duration such as 15m: \(text)")
            )
        }
        self = span
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (left: Span, right: Span) -> Bool { left.milliseconds < right.milliseconds }

    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Parses one whole number and one unit: `500ms`, `30s`, `15m`, `24h`, `30d`.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count)
        guard let count = Int64(digits), let unit = Span.units.first(where: { $0.suffix == suffix }) else { return nil }
        let (total, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow else { return nil }
        self.init(milliseconds: total)
    }

    /// The shortest exact form, e.g. `24h` is written `1d`.
    package var description: String {
        for unit in Span.units where milliseconds % unit.milliseconds == 0 && milliseconds != 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
        }
        return "\(milliseconds)ms"
    }

    /// For people: the two largest units, e.g. `3d 4h`, `41s`.
    package var spoken: String {
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        var rest = milliseconds
        var parts: [String] = []
        for unit in Span.units.dropLast() where rest >= unit.milliseconds && parts.count < 2 {
            parts.append("\(rest / unit.milliseconds)\(unit.suffix)")
            rest %= unit.milliseconds
        }
        return parts.joined(separator: " ")
    }
}
