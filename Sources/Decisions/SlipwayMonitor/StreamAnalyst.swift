import Glibc
package import SlipwayStatistics

/// Judges a stream window by window against one reference: the live service and a replay of history use the same.
///
/// Three looks, each for what the others miss: the window alone (large changes, at once), the last windows together
/// (changes at the edge of what counts, within three windows), and evidence over time (small ones that last).
package struct StreamAnalyst: Sendable {
    private let reference: WatchedReference
    private let policy: StreamPolicy
    private let events: [String: ColumnEvents]

    package init(reference: WatchedReference, policy: StreamPolicy) {
        self.reference = reference
        self.policy = policy
        events = Dictionary(
            uniqueKeysWithValues: reference.profile.columns.map {
                ($0.name, ColumnEvents(reference: $0.profile))
            }
        )
    }

    /// The verdict on `window`; `earlier` are the windows just before it, the newest last.
    package func judge(
        _ window: ObservedWindow,
        earlier: [ObservedWindow],
        evidence: StreamEvidence
    ) throws(StatisticsError) -> StreamVerdict {
        let expected = reference.expected(for: window.hours)
        let alone = try DriftAnalyst.judge(reference: expected, current: window.profile, policy: policy.drift)
        let drift = reference.natural.forgiving(alone)
        let sustained = try together(window, earlier)
        let next = try settle(evidence, window, expected)
        let convinced = convinced(next, before: evidence, rows: window.profile.rowCount)
        let raised = drift.columns.filter { isRaised($0) }.map(\.name)
        let isTold = drift.verdict != .cannotTell
        return StreamVerdict(
            drift: drift,
            sustained: sustained,
            convinced: convinced,
            evidence: next,
            window: WindowVerdict(
                from: window.from,
                to: window.to,
                flagged: isTold ? drift.drifted.map(\.name) : nil,
                raised: raised,
                sustained: sustained.map(\.name),
                convinced: Dictionary(convinced.map { ($0.name, $0.since) }) { first, _ in first }
            )
        )
    }

    /// Whether a column is as far away as counts, and by itself not likely to be.
    private func isRaised(_ column: ColumnDrift) -> Bool {
        column.tests.contains { test in
            guard test.adjustedP != nil, let p = test.pValue, p <= Self.raisedChance else { return false }
            return test.effect >= reference.natural.floor(of: test, in: column.name)
        }
    }

    /// In small windows chance alone takes columns as far as counts.
    private static let raisedChance = 0.01

    private func together(
        _ window: ObservedWindow,
        _ earlier: [ObservedWindow]
    ) throws(StatisticsError) -> [ColumnDrift] {
        let others = earlier.suffix(policy.together - 1)
        guard !others.isEmpty else { return [] }
        var merged = window.profile
        var hours = window.hours
        for other in others {
            try merged.merge(other.profile)
            hours = hours.flatMap { mine in other.hours.map { mine.merged(with: $0) } }
        }
        let expected = reference.expected(for: hours)
        let verdict = try DriftAnalyst.judge(reference: expected, current: merged, policy: policy.drift)
        return reference.natural.forgiving(verdict).drifted
    }

    private func settle(
        _ evidence: StreamEvidence,
        _ window: ObservedWindow,
        _ expected: DatasetProfile
    ) throws(StatisticsError) -> StreamEvidence {
        var next = StreamEvidence()
        for column in watched {
            guard let current = window.profile[column.name], let old = expected[column.name],
                let events = events[column.name]
            else { throw .differentColumns("\(column.name) is missing") }
            var mine = evidence.columns[column.name] ?? ColumnEvidence()
            let natural = reference.natural.of(column.name)
            let tolerance = ColumnTolerance(
                distribution: max(policy.tolerance * policy.drift.minKolmogorovSmirnov, natural.distribution),
                trouble: max(policy.tolerance * policy.drift.minShareChange, natural.trouble)
            )
            mine.settle(
                tolerance.payments(events: events, reference: old, current: current),
                from: window.from,
                limit: limit
            )
            next.columns[column.name] = mine
        }
        return next
    }

    /// How far above the threshold a bet may grow, in nats.
    private static let overshoot = 6.0

    private var watched: [DatasetProfile.Column] {
        reference.profile.columns.filter { policy.drift.features?.contains($0.name) ?? true }
    }

    /// A quarter of what a bet near the median loses with each row when nothing has moved, in nats.
    private static let meltingPerRow = 0.002

    /// The logarithm of the evidence that is told: one false alarm of all columns in 30 days at most.
    private var threshold: Double { log(Double(max(1, watched.count)) * max(Self.fewest, policy.windowsPerMonth)) }
    /// Where windows are few, a month of them would let chance convince too soon.
    private static let fewest = 1000.0
    private var limit: Double { threshold + Self.overshoot }

    private func convinced(
        _ evidence: StreamEvidence,
        before: StreamEvidence,
        rows: Int64
    ) -> [StreamVerdict.Convinced] {
        evidence.columns.compactMap { name, column -> StreamVerdict.Convinced? in
            let value = column.logValue
            guard value >= threshold, let since = column.since else { return nil }
            // What a single bad window left behind melts away in good ones, and convinces nobody.
            let loss = (before.columns[name]?.logValue ?? 0) - value
            if loss > Self.meltingPerRow * Double(rows) { return nil }
            let sentence =
                "\(name) has moved beyond its tolerance since \(since): evidence \(Figures.text(value)) nats, "
                + "\(Figures.text(threshold)) are enough."
            return StreamVerdict.Convinced(name: name, since: since, logEvidence: value, sentence: sentence)
        }.sorted { ($1.logEvidence, $0.name) < ($0.logEvidence, $1.name) }
    }
}
