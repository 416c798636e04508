/// How many rows came in each hour of the week, Monday 00:00 UTC first.
package struct HourCounts: Sendable, Equatable {
    /// The hours of a week.
    package static let hours = 168

    /// One count for each hour.
    package private(set) var counts = [Int64](repeating: 0, count: hours)

    /// No rows.
    package init() {}

    /// The hour of the week of an instant in milliseconds since 1970, which began on a Thursday.
    package static func hour(milliseconds: Int64) -> Int {
        let hour = Int64((Double(milliseconds) / 3_600_000).rounded(.down))
        return Int(((hour + 72) % 168 + 168) % 168)
    }

    /// Counts rows of an instant.
    package mutating func add(_ rows: Int, milliseconds: Int64) {
        counts[Self.hour(milliseconds: milliseconds)] += Int64(rows)
    }

    /// The rows of both.
    package func merged(with other: HourCounts) -> HourCounts {
        var result = self
        for hour in counts.indices { result.counts[hour] += other.counts[hour] }
        return result
    }

    /// How many rows there are.
    package var total: Int64 { counts.reduce(0, +) }
}

extension HourCounts: Codable {
    package init(from decoder: any Decoder) throws {
        let counts = try decoder.singleValueContainer().decode([Int64].self)
        guard counts.count == Self.hours, counts.allSatisfy({ (0...(1 << 53)).contains($0) }) else {
            throw StatisticsError.malformed("counts by the hour of the week are 168 whole numbers")
        }
        self.counts = counts
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(counts)
    }
}
