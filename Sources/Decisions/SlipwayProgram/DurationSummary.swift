package import SlipwayDomain

/// Lengths of time of which some have not ended: what is open is censored, not dropped. All figures are in seconds.
package struct DurationSummary: Hashable, Sendable {
    /// How many have ended.
    package let closedCount: Int
    /// The middle of the closed ones; of two middle ones the mean.
    package let median: Double?
    /// The 90th percentile of the closed ones, interpolated linearly (Hyndman and Fan 1996, type 7).
    package let percentile90: Double?
    /// The mean of the closed ones only, which is too small when long ones are still open.
    package let meanClosedOnly: Double?
    /// How many have not ended.
    package let openCount: Int
    /// The age of the oldest open one.
    package let oldestOpenAge: Double?
    /// The median that counts open ones with their age so far; nil when fewer than half would have ended.
    package let kaplanMeierMedian: Double?

    /// Summarises what has ended, and what is still open with its age so far.
    package init(closed: [Span], open: [Span]) {
        let closed = closed.map(DurationSummary.seconds).sorted()
        let open = open.map(DurationSummary.seconds).sorted()
        closedCount = closed.count
        median = DurationSummary.quantile(closed, 0.5)
        percentile90 = DurationSummary.quantile(closed, 0.9)
        meanClosedOnly = closed.isEmpty ? nil : closed.reduce(0, +) / Double(closed.count)
        openCount = open.count
        oldestOpenAge = open.last
        kaplanMeierMedian = DurationSummary.kaplanMeierMedian(closed: closed, open: open)
    }

    private static func seconds(_ span: Span) -> Double { Double(span.milliseconds) / 1000 }

    private static func quantile(_ sorted: [Double], _ probability: Double) -> Double? {
        guard let last = sorted.last else { return nil }
        let position = probability * Double(sorted.count - 1)
        let lower = Int(position)
        guard lower + 1 < sorted.count else { return last }
        return sorted[lower] + (position - Double(lower)) * (sorted[lower + 1] - sorted[lower])
    }

    /// The first time at which the product-limit estimate of survival is one half or less (Kaplan and Meier 1958).
    private static func kaplanMeierMedian(closed: [Double], open: [Double]) -> Double? {
        var survival = 1.0
        var ended = 0
        var censored = 0
        while ended < closed.count {
            let time = closed[ended]
            // What is censored at the very time of an end still counts as at risk.
            while censored < open.count, open[censored] < time { censored += 1 }
            let atRisk = closed.count - ended + open.count - censored
            let before = ended
            while ended < closed.count, closed[ended] == time { ended += 1 }
            survival *= 1 - Double(ended - before) / Double(atRisk)
            // A product of fractions that is one half on paper may be a rounding error above it.
            if survival <= 0.5 + 1e-12 { return time }
        }
        return nil
    }

    var json: JSONValue {
        [
            "closed": .integer(Int64(closedCount)), "median": KPI.json(median), "p90": KPI.json(percentile90),
            "meanClosedOnly": KPI.json(meanClosedOnly), "open": .integer(Int64(openCount)),
            "oldestOpenAge": KPI.json(oldestOpenAge), "kaplanMeierMedian": KPI.json(kaplanMeierMedian),
        ]
    }
}
