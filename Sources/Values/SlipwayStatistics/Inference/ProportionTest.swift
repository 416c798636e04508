import Glibc

/// Comparison of two proportions, and intervals for one and for their difference.
package enum ProportionTest {
    /// The pooled z statistic (current less reference) and its two-sided p-value; nil when a side is empty or both
    /// shares are 0 or both are 1.
    package static func twoProportions(
        reference: (successes: Int64, trials: Int64),
        current: (successes: Int64, trials: Int64)
    ) -> (z: Double, p: Double)? {
        let (n, m) = (Double(reference.trials), Double(current.trials))
        guard n > 0, m > 0 else { return nil }
        let pooled = (Double(reference.successes) + Double(current.successes)) / (n + m)
        let variance = pooled * (1 - pooled) * (1 / n + 1 / m)
        guard variance > 0 else { return nil }
        let z = (Double(current.successes) / m - Double(reference.successes) / n) / variance.squareRoot()
        return (z, NormalDistribution.twoSidedSurvival(z))
    }

    /// Wilson's score interval (1927) at the given confidence; 0 ... 1 when the counts say nothing.
    package static func wilsonInterval(
        successes: Int64,
        trials: Int64,
        confidence: Double = 0.95
    ) -> ClosedRange<Double> {
        guard trials > 0, successes >= 0, successes <= trials, confidence > 0, confidence < 1 else { return 0...1 }
        let n = Double(trials)
        let p = Double(successes) / n
        let z = NormalDistribution.upperPoint((1 - confidence) / 2)
        let square = z * z / n
        let centre = p + square / 2
        let half = z * (p * (1 - p) / n + square / (4 * n)).squareRoot()
        let low = successes == 0 ? 0 : max(0, (centre - half) / (1 + square))
        let high = successes == trials ? 1 : min(1, (centre + half) / (1 + square))
        return low...max(low, high)
    }

    /// Newcombe's interval (1998, method 10) for current share less reference share, from the two Wilson intervals.
    package static func differenceInterval(
        reference: (successes: Int64, trials: Int64),
        current: (successes: Int64, trials: Int64),
        confidence: Double = 0.95
    ) -> ClosedRange<Double> {
        guard reference.trials > 0, current.trials > 0 else { return -1...1 }
        let a = wilsonInterval(successes: reference.successes, trials: reference.trials, confidence: confidence)
        let b = wilsonInterval(successes: current.successes, trials: current.trials, confidence: confidence)
        let p = Double(reference.successes) / Double(reference.trials)
        let q = Double(current.successes) / Double(current.trials)
        let low = q - p - hypot(q - b.lowerBound, a.upperBound - p)
        let high = q - p + hypot(b.upperBound - q, p - a.lowerBound)
        return max(-1, low)...min(1, high)
    }
}
