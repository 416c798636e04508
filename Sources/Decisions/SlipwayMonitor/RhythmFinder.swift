import Glibc
package import SlipwayStatistics

/// Learns from a reference's rows and their times how it moves with the hours of the week and by itself.
package struct RhythmFinder {
    private let reference: DatasetProfile
    private let windowRows: Int
    private var windows: [(profile: DatasetProfile, hours: HourCounts)] = []
    private var filling: (profile: DatasetProfile, hours: HourCounts)
    private var seasons: SeasonalProfile

    /// Rows of a window when nobody says another number.
    package static let standardWindowRows = 1000
    /// Windows of the reference that are needed to know its natural range.
    private static let fewestWindows = 8
    /// Rows of an hour of the week that are needed to tell it from the others.
    private static let fewestRows: Int64 = 100
    /// How much further than twice the tolerance an hour has to be, and how surely (drift.md, section 4).
    private static let seasonChance = 0.001

    /// Nothing seen yet.
    package init(reference: DatasetProfile, windowRows: Int = standardWindowRows) {
        precondition(windowRows > 0, "a window has rows")
        self.reference = reference
        self.windowRows = windowRows
        filling = (.emptyLike(reference), HourCounts())
        seasons = SeasonalProfile(reference: reference)
    }

    /// Adds rows, by column, in the order in which they came, and their times in milliseconds since 1970 if known.
    package mutating func add(_ columns: [[ColumnValue]], times: [Int64]?) throws(StatisticsError) {
        let count = columns.first?.count ?? 0
        guard columns.allSatisfy({ $0.count == count }), times?.count ?? count == count else {
            throw .lengthMismatch("columns and times")
        }
        var start = 0
        while start < count {
            let room = windowRows - Int(filling.profile.rowCount)
            var end = min(count, start + room)
            if let times {
                let hour = times[start] / 3_600_000
                end = times[start..<end].firstIndex { $0 / 3_600_000 != hour } ?? end
            }
            var part = DatasetProfile.emptyLike(reference)
            try part.add(batch: columns.map { Array($0[start..<end]) })
            try filling.profile.merge(part)
            if let times {
                try seasons.add(part, hour: HourCounts.hour(milliseconds: times[start]))
                filling.hours.add(end - start, milliseconds: times[start])
            }
            if filling.profile.rowCount >= Int64(windowRows) {
                windows.append(filling)
                filling = (.emptyLike(reference), HourCounts())
            }
            start = end
        }
    }

    /// What was learnt.
    package func rhythm() throws(StatisticsError) -> ReferenceRhythm {
        let tolerance =
            0.4 * DriftPolicy.standard.minKolmogorovSmirnov
            + (log(200) / (2 * Double(max(1, reference.rowCount)))).squareRoot()
        let distance = try seasonDistance()
        let isSeasonal = distance > 2 * tolerance
        var natural = NaturalRange()
        var policy = DriftPolicy.standard
        policy.minRows = min(policy.minRows, Int64(windowRows))
        if windows.count >= Self.fewestWindows {
            for window in windows {
                let expected = isSeasonal ? seasons.expected(for: window.hours) : reference
                natural.observe(try DriftAnalyst.judge(reference: expected, current: window.profile, policy: policy))
            }
        }
        return ReferenceRhythm(
            seasons: isSeasonal ? seasons : nil,
            natural: natural,
            windowRows: windowRows,
            seasonDistance: distance,
            seasonFloor: 2 * tolerance
        )
    }

    /// The largest distance of an hour of the week, or of an hour of all days, from the whole that chance does not
    /// explain.
    private func seasonDistance() throws(StatisticsError) -> Double {
        var distance = 0.0
        var policy = DriftPolicy.standard
        policy.minRows = Self.fewestRows
        let single = (0..<HourCounts.hours).map { [$0] }
        // In a short reference an hour of one weekday has few rows; the same hour of all days has seven times as many.
        let daily = (0..<24).map { hour in (0..<7).map { 24 * $0 + hour } }
        for hours in single + daily {
            var counts = HourCounts()
            for hour in hours {
                let milliseconds = Int64(hour + HourCounts.hours - 72) * 3_600_000
                counts.add(Int(seasons.rows.counts[hour]), milliseconds: milliseconds)
            }
            guard counts.total >= Self.fewestRows else { continue }
            let profile = seasons.expected(for: counts)
            let verdict = try DriftAnalyst.judge(reference: reference, current: profile, policy: policy)
            for test in verdict.columns.flatMap(\.tests) where test.statistic.isDistribution {
                let isSure = (test.adjustedP ?? 1) <= Self.seasonChance / Double(HourCounts.hours)
                if isSure { distance = max(distance, test.effect) }
            }
        }
        return distance
    }
}
