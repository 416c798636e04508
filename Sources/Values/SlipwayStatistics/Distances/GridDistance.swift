/// Distances between two profiles on the same grid, with bounds for what the grid cannot see.
///
/// On the edges both distribution functions are exact, so the Kolmogorov-Smirnov value is a lower bound of the exact
/// one and `kolmogorovSmirnovLimit` an upper one; shares between deciles are exact.
package struct GridDistance: Sendable, Equatable {
    /// The largest |F - G| at an edge: at most the exact Kolmogorov-Smirnov distance.
    package private(set) var kolmogorovSmirnov = 0.0
    /// At least the exact Kolmogorov-Smirnov distance: max over bins of F(b) - G(a) and G(b) - F(a).
    package private(set) var kolmogorovSmirnovLimit = 0.0
    /// The integral of |F - G|, exact when both profiles are (`isExact`), else with values spread evenly in each bin.
    package private(set) var wasserstein = 0.0
    /// The exact Wasserstein-1 distance differs from `wasserstein` by this at most.
    package private(set) var wassersteinError = 0.0
    /// Distances of the shares between the reference's deciles; exact.
    package let deciles: ShareDistance
    /// How many finite values the reference has.
    package let referenceCount: Int64
    /// How many finite values the current profile has.
    package let currentCount: Int64

    /// The distances; nil when a side has no finite values.
    package init?(reference: GridProfile, current: GridProfile) throws(StatisticsError) {
        guard reference.grid == current.grid else { throw .differentReferences("numeric grids differ") }
        guard let low = [reference.minimum, current.minimum].compactMap({ $0 }).min(),
            let high = [reference.maximum, current.maximum].compactMap({ $0 }).max(),
            let deciles = ShareDistance(reference: reference.decileCounts, current: current.decileCounts)
        else { return nil }
        self.deciles = deciles
        referenceCount = reference.count
        currentCount = current.count
        let (n, m) = (Double(referenceCount), Double(currentCount))
        let edges = reference.grid.edges
        let isExact = reference.isExact && current.isExact
        // On a discrete grid only values that are no edge can hide anything.
        let hiddenShare = Double(reference.offEdge) / n + Double(current.offEdge) / m
        var (a, b) = (Int64(0), Int64(0))
        var left = 0.0
        for i in reference.counts.indices {
            let start = min(max(i == 0 ? low : edges[i - 1], low), high)
            let end = min(max(i < edges.count ? edges[i] : high, low), high)
            let (p, q) = (reference.counts[i], current.counts[i])
            let (beforeF, beforeG) = (Double(a) / n, Double(b) / m)
            a += p
            b += q
            let (afterF, afterG) = (Double(a) / n, Double(b) / m)
            let right = afterF - afterG
            kolmogorovSmirnov = max(kolmogorovSmirnov, abs(right))
            // A bin of one single value hides nothing; any other may hold the two samples in any order.
            let isAtom = isExact || (i > 0 && i < edges.count && edges[i - 1].nextUp == edges[i])
            let inside =
                reference.grid.isDiscrete
                ? max(abs(left), abs(right)) + hiddenShare : max(afterF - beforeG, afterG - beforeF)
            let hidden = isAtom ? abs(right) : inside
            kolmogorovSmirnovLimit = max(kolmogorovSmirnovLimit, hidden)
            if end > start, p + q > 0 || left != 0 {
                addStretch(
                    left: left,
                    right: right,
                    shares: (Double(p) / n, Double(q) / m),
                    width: end - start,
                    isStep: isExact
                )
            }
            left = right
        }
        kolmogorovSmirnovLimit = min(1, max(kolmogorovSmirnovLimit, kolmogorovSmirnov))
    }

    /// Adds the integral over one bin, where F - G goes from `left` to `right`.
    private mutating func addStretch(
        left: Double,
        right: Double,
        shares: (p: Double, q: Double),
        width: Double,
        isStep: Bool
    ) {
        if isStep {
            wasserstein += abs(left) * width
            return
        }
        if left * right >= 0 {
            wasserstein += abs(left + right) / 2 * width
        } else {
            wasserstein += (left * left + right * right) / (2 * abs(left - right)) * width
        }
        // In the bin F - G stays within left - q ... left + p and right - p ... right + q.
        wassersteinError += max(shares.p, shares.q) * width
    }
}
