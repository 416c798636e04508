package import SlipwayDomain
package import SlipwayStatistics

/// One window of live rows, counted against the reference.
package struct ObservedWindow: Sendable {
    package let from: Instant
    package let to: Instant
    package let profile: DatasetProfile
    /// How many rows came in each hour of the week; nil when nobody counted.
    package let hours: HourCounts?

    package init(from: Instant, to: Instant, profile: DatasetProfile, hours: HourCounts? = nil) {
        self.from = from
        self.to = to
        self.profile = profile
        self.hours = hours
    }
}

/// When a change in a stream of windows is told.
package struct StreamPolicy: Codable, Hashable, Sendable {
    /// What counts in one window.
    package var drift: DriftPolicy
    /// The windows of 30 days: evidence has to be so strong that chance alone brings one alarm of a model in that time.
    package var windowsPerMonth: Double
    /// A column may move by this share of the smallest effect that counts for ever.
    package var tolerance = 0.4
    /// How many windows are also looked at together.
    package var together = 3

    package init(drift: DriftPolicy = .standard, windowsPerMonth: Double = StreamPolicy.quarterHours) {
        self.drift = drift
        self.windowsPerMonth = max(1, windowsPerMonth)
    }

    /// The windows of 30 days when one lasts `span`.
    package init(drift: DriftPolicy, span: Span) {
        self.init(drift: drift, windowsPerMonth: 30 * 86_400_000 / Double(max(1000, span.milliseconds)))
    }

    /// The windows of 30 days when one lasts a quarter of an hour.
    package static let quarterHours = 2880.0
}

/// What one window came to, seen alone, with the windows before it, and over all time.
package struct StreamVerdict: Sendable {
    /// The window alone; a column that moves no more than it does by itself is not drifted in it.
    package let drift: DriftVerdict
    /// The columns that drifted over the last windows together, the strongest first.
    package let sustained: [ColumnDrift]
    /// The columns with overwhelming evidence over time, the strongest first.
    package let convinced: [Convinced]
    /// The evidence after this window.
    package let evidence: StreamEvidence
    /// What the alert machine is told.
    package let window: WindowVerdict

    /// A column that has moved beyond its tolerance.
    package struct Convinced: Hashable, Sendable {
        package let name: String
        /// When the evidence began.
        package let since: Instant
        package let logEvidence: Double
        package let sentence: String
    }

    /// A sentence for each column that anything speaks against.
    package var sentences: [String: String] {
        let told =
            drift.drifted.map { ($0.name, $0.sentence) } + sustained.map { ($0.name, $0.sentence) }
            + convinced.map { ($0.name, $0.sentence) }
        return Dictionary(told) { first, _ in first }
    }
}

/// The evidence of all columns of a model.
package struct StreamEvidence: Codable, Hashable, Sendable {
    package internal(set) var columns: [String: ColumnEvidence] = [:]

    /// Nothing seen yet.
    package init() {}
}
