import Glibc

/// The ratio of two shares, by the score statistic of Miettinen and Nurminen (1985) with their correction N / (N - 1).
package struct RateRatio: Sendable, Equatable {
    private let hits: (Double, Double)
    private let trials: (Double, Double)

    package static func == (left: RateRatio, right: RateRatio) -> Bool {
        left.hits == right.hits && left.trials == right.trials
    }

    /// The share of `first` over the share of `second`; nil when a side is empty.
    package init?(_ first: (hits: Int64, trials: Int64), over second: (hits: Int64, trials: Int64)) {
        guard first.trials > 0, second.trials > 0, (0...first.trials).contains(first.hits),
            (0...second.trials).contains(second.hits)
        else { return nil }
        hits = (Double(first.hits), Double(second.hits))
        trials = (Double(first.trials), Double(second.trials))
    }

    /// The ratio; nil when the second share is 0.
    package var value: Double? { hits.1 > 0 ? hits.0 / trials.0 / (hits.1 / trials.1) : nil }

    /// The score statistic against "the ratio is `ratio`": standard normal if it is, and falling as `ratio` grows.
    package func score(against ratio: Double) -> Double {
        let all = trials.0 + trials.1
        // The likeliest shares with this ratio solve a quadratic equation.
        let a = all * ratio
        let b = -(trials.0 * ratio + hits.0 + trials.1 + hits.1 * ratio)
        let c = hits.0 + hits.1
        let root = max(0, b * b - 4 * a * c).squareRoot()
        let second = min(1, (-b - root) / (2 * a))
        let first = min(1, second * ratio)
        let variance =
            (first * (1 - first) / trials.0 + ratio * ratio * second * (1 - second) / trials.1) * all / (all - 1)
        let difference = hits.0 / trials.0 - ratio * hits.1 / trials.1
        if variance > 0 { return difference / variance.squareRoot() }
        return difference == 0 ? 0 : difference > 0 ? .infinity : -.infinity
    }

    /// The ratios that are not rejected at the given confidence, two-sided; the upper end may be infinity.
    package func interval(confidence: Double = 0.95) -> ClosedRange<Double> {
        guard hits.0 + hits.1 > 0 else { return 0...Double.infinity }
        let z = NormalDistribution.upperPoint((1 - confidence) / 2)
        let low = hits.0 == 0 ? 0 : edge { score(against: $0) > z }
        let high = hits.1 == 0 ? Double.infinity : edge { score(against: $0) >= -z }
        return low...max(low, high)
    }

    /// Where a condition that holds for small ratios ends.
    private func edge(_ holds: (Double) -> Bool) -> Double {
        var (low, high) = (-40.0, 40.0)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if middle == low || middle == high { break }
            if holds(exp(middle)) { low = middle } else { high = middle }
        }
        return exp((low + high) / 2)
    }
}
