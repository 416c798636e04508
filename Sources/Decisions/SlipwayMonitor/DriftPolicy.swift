/// When a difference between two profiles is called drift, and when drift becomes an alert.
///
/// The defaults are those that had no false episode in the simulations of `reference/drift.md`.
package struct DriftPolicy: Codable, Hashable, Sendable {
    /// The smallest Kolmogorov-Smirnov distance of a numeric column that counts.
    package var minKolmogorovSmirnov = 0.05
    /// The smallest Jensen-Shannon distance (base 2) of a categorical column that counts.
    package var minJensenShannon = 0.1
    /// The smallest bias-corrected Cramér's V of a categorical column that counts.
    package var minCramersV = 0.05
    /// The smallest change of a share (missing, unseen, of another type) that counts.
    package var minShareChange = 0.01
    /// The smallest change of the share outside the reference's range that counts: it is a distance of distributions
    /// as Kolmogorov-Smirnov's is, and never above it.
    package var minRangeChange = 0.01
    /// The accepted share of false alarms over all tests of one comparison (Benjamini and Hochberg).
    package var falseDiscoveryRate = 0.01
    /// Fewer rows than this on either side give no verdict.
    package var minRows: Int64 = 200
    /// The columns that are watched; nil watches all.
    package var features: [String]?
    /// How windows become alerts.
    package var persistence = AlertPolicy()

    /// The policy that holds when nobody set another.
    package static let standard = DriftPolicy()

    /// The defaults.
    package init() {}

    /// The defaults with what a manifest may set: one floor for all distances (Jensen-Shannon keeps its double).
    package init(minEffect: Double, minRows: Int64? = nil, features: [String]? = nil) {
        minKolmogorovSmirnov = minEffect
        minJensenShannon = min(1, 2 * minEffect)
        minCramersV = minEffect
        minRangeChange = minEffect
        self.minRows = minRows ?? self.minRows
        self.features = features
    }
}

/// How many bad windows open an alert, how many good ones close it, and how long it then stays quiet.
package struct AlertPolicy: Codable, Hashable, Sendable {
    /// The last windows that are looked at.
    package var outOf = 3
    /// In how many of them the same column must be flagged.
    package var needed = 2
    /// How many clean windows in a row close the alert.
    package var closeAfter = 3
    /// For how many windows after closing no alert opens.
    package var coolDown = 6

    /// The defaults.
    package init() {}

    /// Given numbers; none is below one except the cool-down.
    package init(needed: Int, outOf: Int, closeAfter: Int, coolDown: Int) {
        precondition(
            needed >= 1 && outOf >= needed && closeAfter >= 1 && coolDown >= 0,
            "a policy that can open and close"
        )
        self.needed = needed
        self.outOf = outOf
        self.closeAfter = closeAfter
        self.coolDown = coolDown
    }
}
