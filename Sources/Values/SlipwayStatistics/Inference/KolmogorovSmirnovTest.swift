/// P-values of the two-sample, two-sided Kolmogorov-Smirnov test.
package enum KolmogorovSmirnovTest {
    /// The exact test is used up to this many values on the larger side.
    package static let exactLimit = 10_000

    /// The asymptotic p-value: the one-sample distribution at round(n m / (n + m)) values (Hodges 1958), as SciPy does.
    package static func asymptoticP(statistic d: Double, _ n: Int, _ m: Int) -> Double {
        guard n > 0, m > 0 else { return .nan }
        let effective = Double(n) * Double(m) / (Double(n) + Double(m))
        return KolmogorovDistribution.survival(d, count: max(1, Int(effective.rounded(.toNearestOrEven))))
    }

    /// The exact p-value when the larger side has at most 10,000 values, else the asymptotic one.
    package static func p(statistic d: Double, _ n: Int, _ m: Int) -> Double {
        max(n, m) <= exactLimit ? exactP(statistic: d, n, m) : asymptoticP(statistic: d, n, m)
    }

    /// The exact p-value: the share of lattice paths from (0, 0) to (n, m) that leave the band |i/n - j/m| < d (Hodges
    /// 1958). The shares of leaving are added up as they occur, so small p-values keep their digits.
    package static func exactP(statistic d: Double, _ n: Int, _ m: Int) -> Double {
        guard n > 0, m > 0 else { return .nan }
        let divisor = greatestCommonDivisor(n, m)
        let common = Double(n / divisor) * Double(m)
        let h = Int((d * common).rounded(.toNearestOrEven))
        if h <= 0 { return 1 }
        return n == m ? equalSizes(n, h) : min(1, leavingShare(max(n, m), min(n, m), divisor, h))
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }

    /// Reflection: 2 sum over k >= 1 of (-1)^(k-1) C(2n, n - k h) / C(2n, n) (Gnedenko, Korolyuk 1951).
    private static func equalSizes(_ n: Int, _ h: Int) -> Double {
        var (ratio, sum, sign) = (1.0, 0.0, 1.0)
        for i in stride(from: 1, through: n, by: 1) {
            ratio *= Double(n - i + 1) / Double(n + i)
            if i % h == 0 {
                sum += sign * ratio
                sign = -sign
            }
            if ratio == 0 { break }
        }
        return min(1, max(0, 2 * sum))
    }

    private static func leavingShare(_ n: Int, _ m: Int, _ divisor: Int, _ h: Int) -> Double {
        let (stepN, stepM) = (m / divisor, n / divisor)
        var row = [Double](repeating: 0, count: m + 1)
        var left = 0.0
        var low = 0
        var high = min(m, (h + stepM - 1) / stepM - 1)
        row[0] = 1
        row.withUnsafeMutableBufferPointer { row in
            if high > 0 {
                for j in 1...high { row[j] = row[j - 1] * Double(m - j + 1) / Double(n + m - j + 1) }
            }
            for i in 0...n {
                // A step along j from the upper end of the band leaves it.
                if high < m { left += row[high] * Double(m - high) / Double(n + m - i - high) }
                if i == n { break }
                let nextLow = max(0, floorDivide((i + 1) * stepN - h, stepM) + 1)
                let nextHigh = min(m, (h + (i + 1) * stepN + stepM - 1) / stepM - 1)
                // A step along i from below the next row's band leaves it too.
                for j in stride(from: low, to: min(nextLow, high + 1), by: 1) {
                    left += row[j] * Double(n - i) / Double(n + m - i - j)
                }
                if nextLow > nextHigh { break }
                for j in nextLow...nextHigh {
                    let from = j <= high ? row[j] * Double(n - i) / Double(n + m - i - j) : 0
                    let along = j > nextLow ? row[j - 1] * Double(m - j + 1) / Double(n + m - i - j) : 0
                    row[j] = from + along
                }
                (low, high) = (nextLow, nextHigh)
            }
        }
        return left
    }

    private static func floorDivide(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
}
