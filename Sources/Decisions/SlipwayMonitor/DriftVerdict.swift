package import SlipwayStatistics

/// What a comparison of live data with the reference came to.
package struct DriftVerdict: Codable, Hashable, Sendable {
    package let verdict: Verdict
    /// Rows of the current data.
    package let rows: Int64
    /// Every watched column; drifted ones first, the strongest first of all.
    package let columns: [ColumnDrift]
    /// How many tests were corrected for together.
    package let tests: Int
    /// One sentence for people.
    package let sentence: String
    /// Whether rows can be told apart by all of their columns together; nil when it was not asked.
    package var multivariate: MultivariateDrift?
    /// Columns of vectors; nil when there are none.
    package var vectors: [VectorDrift]?

    /// Whether something changed.
    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        case drifted, stable, cannotTell
    }

    /// The drifted columns, the strongest first.
    package var drifted: [ColumnDrift] { columns.filter { $0.verdict == .drifted } }
}

/// What the comparison of one column came to.
package struct ColumnDrift: Codable, Hashable, Sendable {
    package let name: String
    package let kind: ColumnKind
    package let verdict: DriftVerdict.Verdict
    /// The population stability index on the reference's deciles or categories: shown, never decides.
    package let psi: Double?
    /// All tests of the column; the first is the one that says most.
    package let tests: [DriftTest]
    /// One sentence for people.
    package let sentence: String
    /// All other distances; nil in a verdict that was recorded before they were.
    package var distances: DriftDistances?

    /// The test that says most: the distribution's, unless only something else drifted.
    package var leading: DriftTest? { tests.first }

    /// How many times its floor the leading effect is; what columns are ranked by.
    package var strength: Double { leading?.strength ?? 0 }
}

/// One comparison of one column.
package struct DriftTest: Codable, Hashable, Sendable {
    package let statistic: Statistic
    /// How large the difference is, in the statistic's own unit.
    package let effect: Double
    /// The effect is at most this, where a grid cannot see all; else equal to the effect.
    package let bound: Double
    /// The smallest effect that counts.
    package let floor: Double
    /// The chance of such an effect if nothing changed; nil when there were too few rows.
    package let pValue: Double?
    /// The p-value corrected over all tests of the comparison.
    package let adjustedP: Double?
    package let verdict: DriftVerdict.Verdict

    /// What was compared.
    package enum Statistic: String, Codable, Hashable, Sendable, CaseIterable {
        case kolmogorovSmirnov = "ks"
        case jensenShannon = "js"
        case cramersV = "cramers_v"
        case missingShare = "missing_share"
        case unseenShare = "unseen_share"
        case outOfRangeShare = "out_of_range_share"
        case typeFailureShare = "type_failure_share"
        case textLength = "text_length"

        /// Whether it compares the values themselves, not what is wrong with them.
        var isDistribution: Bool {
            switch self {
            case .kolmogorovSmirnov, .jensenShannon, .cramersV: true
            default: false
            }
        }

        /// The words that sentences use.
        var words: String {
            switch self {
            case .kolmogorovSmirnov: "Kolmogorov-Smirnov distance"
            case .jensenShannon: "Jensen-Shannon distance"
            case .cramersV: "Cramér's V"
            case .missingShare: "share of missing values"
            case .unseenShare: "share of categories that the reference does not have"
            case .outOfRangeShare: "share of values outside the reference's range"
            case .typeFailureShare: "share of values of another type"
            case .textLength: "Kolmogorov-Smirnov distance of text lengths"
            }
        }
    }

    /// How many times its floor the effect is.
    package var strength: Double { floor > 0 ? effect / floor : effect }
}
