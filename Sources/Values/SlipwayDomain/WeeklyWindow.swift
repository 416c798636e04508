/// Hours of the week in UTC, written `mon-thu 09:00-16:00` or `sat 22:00-24:00`.
///
/// Days may wrap around the week's end (`fri-mon`); hours may not wrap around midnight: that takes two windows.
package struct WeeklyWindow: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 0 is Sunday.
    private let firstDay: Int
    private let lastDay: Int
    /// Minutes since midnight; the end is outside.
    private let from: Int
    private let to: Int

    private static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    private static let day: Int64 = 86_400_000

    /// Reads `DAY 09:00-16:00` or `DAY-DAY 09:00-16:00`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2 else { return nil }
        let days = parts[0].split(separator: "-", omittingEmptySubsequences: false).map {
            WeeklyWindow.names.firstIndex(of: $0.lowercased())
        }
        let hours = parts[1].split(separator: "-", omittingEmptySubsequences: false).map(WeeklyWindow.minutes)
        guard (1...2).contains(days.count), hours.count == 2, let first = days[0], let last = days[days.count - 1],
            let from = hours[0], let to = hours[1], from < to
        else { return nil }
        (firstDay, lastDay, self.from, self.to) = (first, last, from, to)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let window = WeeklyWindow(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a window such as mon-thu 09:00-16:00")
            )
        }
        self = window
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        let days = firstDay == lastDay ? Self.names[firstDay] : "\(Self.names[firstDay])-\(Self.names[lastDay])"
        return "\(days) \(Self.clock(from))-\(Self.clock(to))"
    }

    /// Whether `instant` lies within the window.
    package func contains(_ instant: Instant) -> Bool {
        let days = Instant.floorDivide(instant.milliseconds, Self.day)
        let minute = Int((instant.milliseconds - days * Self.day) / 60_000)
        return isOn(Self.weekday(days)) && minute >= from && minute < to
    }

    /// The first instant from `instant` on that lies within the window.
    package func opening(from instant: Instant) -> Instant {
        if contains(instant) { return instant }
        let today = Instant.floorDivide(instant.milliseconds, Self.day)
        for days in today...(today + 7) where isOn(Self.weekday(days)) {
            let start = Instant(milliseconds: days * Self.day + Int64(from) * 60_000)
            if start >= instant { return start }
        }
        preconditionFailure("a window has a day in every week")
    }

    private func isOn(_ day: Int) -> Bool {
        firstDay <= lastDay ? (firstDay...lastDay).contains(day) : day >= firstDay || day <= lastDay
    }

    /// The epoch was a Thursday.
    private static func weekday(_ days: Int64) -> Int { Int(((days + 4) % 7 + 7) % 7) }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || (hour == 24 && minute == 0)
        else { return nil }
        return hour * 60 + minute
    }

    private static func clock(_ minutes: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
