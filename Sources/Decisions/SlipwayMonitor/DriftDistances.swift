/// Distances of one column that are shown beside the one that decides; nil where a kind of column does not have them.
package struct DriftDistances: Codable, Hashable, Sendable {
    /// The Wasserstein-1 distance in the column's own unit; milliseconds or days for times.
    package var wasserstein: Double?
    /// The exact Wasserstein distance differs from it by this at most.
    package var wassersteinError: Double?
    /// The Wasserstein distance over the reference's standard deviation (divisor n).
    package var wassersteinOverDeviation: Double?
    /// The Wasserstein distance over the reference's interquartile range, which heavy tails do not stretch.
    package var wassersteinOverQuartiles: Double?
    /// The Jensen-Shannon distance (base 2), between deciles of the reference or over categories.
    package var jensenShannon: Double?
    /// The Hellinger distance over the same shares.
    package var hellinger: Double?
    /// The population stability index over the same shares, floored at 10^-4.
    package var populationStability: Double?
    /// What the index stays below with probability 0.99 when nothing has changed, at these numbers of rows.
    package var populationStabilityNull: Double?
    /// The p-value of the chi-square test over the same shares.
    package var chiSquareP: Double?
    /// Bias-corrected Cramér's V over the same shares.
    package var cramersV: Double?
    /// The share of values below the reference's smallest one.
    package var below: Double?
    /// The share of values above the reference's largest one.
    package var above: Double?

    /// None.
    package init() {}
}
