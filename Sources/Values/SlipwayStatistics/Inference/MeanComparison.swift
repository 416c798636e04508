import Glibc

/// Comparison of the means of two columns, from their moments.
package struct MeanComparison: Sendable, Equatable {
    /// The p-value of Welch's t test, two-sided.
    package let welchP: Double
    /// Cohen's d: current mean less reference mean, over the pooled standard deviation.
    package let cohenD: Double

    /// The comparison; nil when a side has fewer than two values or all values are equal.
    package init?(reference: Moments, current: Moments) {
        guard let meanX = reference.mean, let meanY = current.mean,
            let varianceX = reference.variance, let varianceY = current.variance, varianceX + varianceY > 0
        else { return nil }
        let (n, m) = (Double(reference.count), Double(current.count))
        let (errorX, errorY) = (varianceX / n, varianceY / m)
        let degrees =
            (errorX + errorY) * (errorX + errorY) / (errorX * errorX / (n - 1) + errorY * errorY / (m - 1))
        welchP = StudentDistribution.twoSidedSurvival(
            (meanX - meanY) / (errorX + errorY).squareRoot(),
            degreesOfFreedom: degrees
        )
        let pooled = ((n - 1) * varianceX + (m - 1) * varianceY) / (n + m - 2)
        cohenD = (meanY - meanX) / pooled.squareRoot()
    }
}
