import Glibc

/// How far an estimator of performance is off on average, from windows whose labels came: an interval that may be looked
/// at after every window.
///
/// Each window has a gap, realised less estimated, with a known error. Weighted by 1 / error^2 the sum of gaps less its
/// mean is a martingale with variance V, the sum of the weights; Robbins' normal mixture (1970) bounds it at all times by
/// sqrt((V + r) ln((V + r) / (r alpha^2))). The error of the reference is the same in every window, so that no number of
/// windows takes it away: it widens the interval as a whole.
package struct EstimatorBias: Sendable, Hashable, Codable {
    /// One window whose labels came.
    package struct Gap: Sendable, Hashable, Codable {
        package let realised: Double
        package let estimated: EstimatedMetric

        package init(realised: Double, estimated: EstimatedMetric) {
            self.realised = realised
            self.estimated = estimated
        }

        package var value: Double { realised - estimated.value }
    }

    package let windows: Int
    /// The weighted mean of the gaps.
    package let mean: Double
    package let lower: Double
    package let upper: Double
    /// A mean gap up to this size does no harm.
    package let tolerance: Double
    package let verdict: Verdict

    /// Whether the estimates can be relied on.
    package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        /// The mean gap is within the tolerance.
        case trusted
        /// The mean gap is outside the tolerance.
        case biased
        case cannotTell
    }

    /// The bias over some windows; nil when there is none.
    package init?(_ gaps: [Gap], tolerance: Double, alpha: Double = 0.05) {
        precondition(tolerance > 0 && alpha > 0 && alpha < 1, "a tolerance and a level that can be")
        // An error of nothing would outweigh all others.
        let least = tolerance / 100
        let weighted = gaps.map { gap in
            let error = max(gap.estimated.labelError, least)
            return (gap: gap, weight: 1 / (error * error))
        }
        let information = weighted.reduce(0) { $0 + $1.weight }
        guard information > 0, information.isFinite else { return nil }
        let mean = weighted.reduce(0) { $0 + $1.weight * $1.gap.value } / information
        let shared = weighted.reduce(0) { $0 + $1.weight * $1.gap.estimated.referenceError } / information
        guard mean.isFinite, shared.isFinite else { return nil }
        // Sharpest where one standard error is the tolerance.
        let r = 1 / (8 * tolerance * tolerance)
        let boundary = ((information + r) * log((information + r) / (r * alpha * alpha))).squareRoot()
        let half = boundary / information + NormalDistribution.upperPoint(alpha / 2) * shared
        windows = gaps.count
        self.mean = mean
        lower = mean - half
        upper = mean + half
        self.tolerance = tolerance
        if lower >= -tolerance, upper <= tolerance {
            verdict = .trusted
        } else if lower > tolerance || upper < -tolerance {
            verdict = .biased
        } else {
            verdict = .cannotTell
        }
    }
}
