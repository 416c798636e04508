/// The Mann-Whitney (Wilcoxon rank-sum) test, two-sided, by the normal approximation with tie and continuity
/// correction.
package enum RankSumTest {
    /// The p-value; nil when a sample is empty or all values are equal.
    package static func p(reference: SortedSample, current: SortedSample) -> Double? {
        let (x, y) = (reference.values, current.values)
        guard !x.isEmpty, !y.isEmpty else { return nil }
        let (n, m) = (Double(x.count), Double(y.count))
        var (i, j) = (0, 0)
        var (rankSum, ties) = (0.0, 0.0)
        while i < x.count || j < y.count {
            let value = min(i < x.count ? x[i] : .infinity, j < y.count ? y[j] : .infinity)
            let (startI, startJ) = (i, j)
            while i < x.count, x[i] == value { i += 1 }
            while j < y.count, y[j] == value { j += 1 }
            let size = Double(i - startI + j - startJ)
            rankSum += Double(i - startI) * Double(startI + startJ + i + j + 1) / 2
            ties += size * size * size - size
        }
        let u = rankSum - n * (n + 1) / 2
        let total = n + m
        let variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
        guard variance > 0 else { return nil }
        let z = (max(u, n * m - u) - n * m / 2 - 0.5) / variance.squareRoot()
        return min(1, 2 * NormalDistribution.survival(z))
    }
}
