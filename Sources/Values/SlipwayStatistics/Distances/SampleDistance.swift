/// Distances between the empirical distribution functions F (reference) and G (current) of two samples, exactly.
package struct SampleDistance: Sendable, Equatable {
    /// Kolmogorov-Smirnov: sup |F - G|.
    package private(set) var kolmogorovSmirnov = 0.0
    /// Wasserstein-1: the integral of |F - G|.
    package private(set) var wasserstein = 0.0
    /// Energy distance as SciPy has it: the square root of twice the integral of (F - G)^2 (Székely, 2002).
    package private(set) var energy = 0.0
    /// The two-sample Cramér-von Mises statistic T (Anderson, 1962), ties by midranks.
    package private(set) var cramerVonMises = 0.0

    /// All distances in one pass over the merged samples; nil when a sample is empty.
    package init?(reference: SortedSample, current: SortedSample) {
        let (x, y) = (reference.values, current.values)
        guard let firstX = x.first, let firstY = y.first else { return nil }
        let (n, m) = (Double(x.count), Double(y.count))
        var (i, j) = (0, 0)
        var previous = min(firstX, firstY)
        var (gap, squares) = (0.0, 0.0)
        var (rankX, rankY) = (0.0, 0.0)
        while i < x.count || j < y.count {
            let value = min(i < x.count ? x[i] : .infinity, j < y.count ? y[j] : .infinity)
            wasserstein += abs(gap) * (value - previous)
            squares += gap * gap * (value - previous)
            previous = value
            let (startI, startJ) = (i, j)
            while i < x.count, x[i] == value { i += 1 }
            while j < y.count, y[j] == value { j += 1 }
            gap = Double(i) / n - Double(j) / m
            kolmogorovSmirnov = max(kolmogorovSmirnov, abs(gap))
            let midrank = Double(startI + startJ + i + j + 1) / 2
            rankX += SampleDistance.squaredOffsets(midrank, from: startI, to: i)
            rankY += SampleDistance.squaredOffsets(midrank, from: startJ, to: j)
        }
        energy = (2 * squares).squareRoot()
        let product = n * m
        let sum = n + m
        cramerVonMises = (n * rankX + m * rankY) / (product * sum) - (4 * product - 1) / (6 * sum)
    }

    /// The sum of (midrank - k)^2 over the own ranks k = from + 1 ... to.
    private static func squaredOffsets(_ midrank: Double, from: Int, to: Int) -> Double {
        var sum = 0.0
        for k in from..<to { sum += (midrank - Double(k + 1)) * (midrank - Double(k + 1)) }
        return sum
    }
}
