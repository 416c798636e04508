import Glibc

/// How often two things occur together, as against by chance: normalised pointwise mutual information in [-1, 1]
/// (Bouma 2009, "Normalized (Pointwise) Mutual Information in Collocation Extraction").
package struct PointwiseMutualInformation: Sendable, Equatable {
    /// -1 when they never meet, NaN where it is not defined.
    package let plain: Double
    /// With half a count added to each of the four cells (Jeffreys' prior), which small samples need.
    package let smoothed: Double

    /// Counts of both together, of each one, and of all.
    package init(joint: Int64, first: Int64, second: Int64, total: Int64) {
        let cells = [joint, first - joint, second - joint, total - first - second + joint].map(Double.init)
        guard total > 0, first > 0, second > 0, cells.allSatisfy({ $0 >= 0 }) else {
            plain = .nan
            smoothed = .nan
            return
        }
        plain = joint == 0 ? -1 : Self.value(cells, prior: 0)
        smoothed = Self.value(cells, prior: 0.5)
    }

    private static func value(_ cells: [Double], prior: Double) -> Double {
        // Always together and nothing else: the normaliser would be zero.
        if cells[1] == 0, cells[2] == 0, cells[3] == 0 { return 1 }
        let filled = cells.map { $0 + prior }
        let total = filled.reduce(0, +)
        let information = log(filled[0]) + log(total) - log(filled[0] + filled[1]) - log(filled[0] + filled[2])
        return max(-1, min(1, information / (log(total) - log(filled[0]))))
    }
}
