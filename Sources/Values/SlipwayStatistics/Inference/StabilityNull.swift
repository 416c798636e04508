/// What the population stability index is when nothing has changed.
///
/// With B bins, n reference and m current values it is about chi-square with B - 1 degrees of freedom, times 1/n + 1/m
/// (Yurdakul, Naranjo 2020), so a fixed limit such as 0.1 means nothing without the sizes.
package enum StabilityNull {
    /// The index that no-change data stay below with the given probability.
    package static func quantile(
        _ probability: Double,
        bins: Int,
        reference n: Int64,
        current m: Int64
    ) -> Double? {
        guard bins > 1, n > 0, m > 0 else { return nil }
        return ChiSquareDistribution.quantile(probability, degreesOfFreedom: Double(bins - 1))
            * (1 / Double(n) + 1 / Double(m))
    }

    /// The probability that no-change data reach the given index.
    package static func p(index: Double, bins: Int, reference n: Int64, current m: Int64) -> Double? {
        guard bins > 1, n > 0, m > 0 else { return nil }
        return ChiSquareDistribution.survival(
            index / (1 / Double(n) + 1 / Double(m)),
            degreesOfFreedom: Double(bins - 1)
        )
    }
}
