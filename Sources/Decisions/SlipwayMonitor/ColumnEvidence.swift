import Glibc
package import SlipwayDomain
import SlipwayStatistics

/// The evidence that a column has moved beyond its tolerance, gathered over windows: an e-CUSUM for every bet.
///
/// Each bet's wealth is multiplied by what a window pays and never starts below 1; the column's evidence is the mean
/// over all bets. It passes 1/a less than once in 1/a windows while the column stays within its tolerance.
package struct ColumnEvidence: Codable, Hashable, Sendable {
    /// A bet that has won more than it lost since it began.
    package struct Bet: Codable, Hashable, Sendable {
        package fileprivate(set) var logWealth: Double
        /// The start of the window in which it began.
        package let since: Instant
    }

    /// The bets above 1, by their place; all others count as nothing, which errs on the quiet side.
    package private(set) var bets: [Int: Bet] = [:]
    /// How many bets there are in all.
    package private(set) var count = 0

    /// Nothing seen yet.
    package init() {}

    /// The logarithm of the mean wealth; minus infinity when no bet stands.
    package var logValue: Double {
        guard count > 0, let top = bets.values.map(\.logWealth).max() else { return -.infinity }
        // In the order of their places, so that equal evidence gives equal bytes.
        let sum = bets.sorted { $0.key < $1.key }.reduce(0) { $0 + exp($1.value.logWealth - top) }
        return top + log(sum / Double(count))
    }

    /// When the strongest bet began.
    package var since: Instant? {
        bets.max { ($0.value.logWealth, $1.key) < ($1.value.logWealth, $0.key) }?.value.since
    }

    /// Settles one window's payments. No bet grows beyond `limit`, so that the evidence ends soon after the change does.
    mutating func settle(_ payments: [Double], from start: Instant, limit: Double) {
        var next: [Int: Bet] = [:]
        for (place, payment) in payments.enumerated() {
            let old = bets[place]
            let wealth = min((old?.logWealth ?? 0) + payment, limit)
            if wealth > 0 { next[place] = Bet(logWealth: wealth, since: old?.since ?? start) }
        }
        bets = next
        count = payments.count
    }
}

/// What a column may move without anybody being told.
struct ColumnTolerance {
    /// Of the shares of its distribution.
    let distribution: Double
    /// Of the shares of what is wrong with its values.
    let trouble: Double

    /// The chance that the reference itself is further from the truth than is allowed for (drift.md, section 4).
    private static let referenceAlpha = 0.01
    private static let steps = (distribution: [0.04, 0.15], trouble: [0.02, 0.15])

    /// What the bets on a column pay in one window.
    func payments(
        events: ColumnEvents,
        reference: ColumnProfile,
        current: ColumnProfile
    ) -> [Double] {
        let (old, new) = (events.expectations(by: reference), events.counts(in: current))
        return events.events.indices.flatMap { index -> [Double] in
            let isDistribution = events.events[index].isDistribution
            let steps = isDistribution ? Self.steps.distribution : Self.steps.trouble
            guard old[index].trials > 0, new[index].trials > 0 else { return steps.flatMap { _ in [0.0, 0.0] } }
            let trials = Double(old[index].trials)
            let (least, most) = (Double(old[index].least) / trials, Double(old[index].most) / trials)
            let tolerance = isDistribution ? distribution : trouble
            func width(_ share: Double) -> Double {
                tolerance + ShareBet.uncertainty(share: share, trials: trials, alpha: Self.referenceAlpha)
            }
            return ShareBet.logPayments(
                hits: new[index].hits,
                trials: new[index].trials,
                band: max(0, least - width(least))...min(1, most + width(most)),
                steps: steps
            )
        }
    }
}
