import Glibc

/// Distances between two histograms over the same bins or categories, from their counts. Nil when a side is empty.
package struct ShareDistance: Sendable, Equatable {
    /// The floor under each share in the population stability index.
    package static let stabilityFloor = 1e-4

    /// The population stability index: sum (q - p) ln(q / p), natural logarithm, shares floored at 10^-4, not
    /// renormalised.
    package private(set) var populationStability = 0.0
    /// The Jensen-Shannon distance (Endres, Schindelin 2003): the root of the base-2 divergence, 0 ... 1.
    package private(set) var jensenShannon = 0.0
    /// The Hellinger distance: |sqrt p - sqrt q| / sqrt 2, 0 ... 1.
    package private(set) var hellinger = 0.0
    /// The largest absolute difference of a share.
    package private(set) var lInfinity = 0.0
    /// Total variation: half the sum of absolute differences.
    package private(set) var totalVariation = 0.0

    /// All distances from the counts of the reference and of the current data.
    package init?(reference: [Int64], current: [Int64]) {
        precondition(reference.count == current.count, "histograms have the same bins")
        let n = Double(reference.reduce(0, +))
        let m = Double(current.reduce(0, +))
        guard n > 0, m > 0 else { return nil }
        var (divergence, squares) = (0.0, 0.0)
        for (a, b) in zip(reference, current) {
            let (p, q) = (Double(a) / n, Double(b) / m)
            let (flooredP, flooredQ) = (max(p, ShareDistance.stabilityFloor), max(q, ShareDistance.stabilityFloor))
            populationStability += (flooredQ - flooredP) * log(flooredQ / flooredP)
            let middle = (p + q) / 2
            if p > 0 { divergence += p * log2(p / middle) }
            if q > 0 { divergence += q * log2(q / middle) }
            let root = p.squareRoot() - q.squareRoot()
            squares += root * root
            lInfinity = max(lInfinity, abs(p - q))
            totalVariation += abs(p - q) / 2
        }
        jensenShannon = max(0, divergence / 2).squareRoot()
        hellinger = (squares / 2).squareRoot()
    }

    /// The Jensen-Shannon distance with natural logarithms, as `jensenshannon` in SciPy has by default.
    package var jensenShannonNats: Double { jensenShannon * log(2).squareRoot() }
}
