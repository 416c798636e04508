package import SlipwayStatistics

/// What live answers must show about groups.
package struct FairnessPolicy: Codable, Hashable, Sendable {
    /// What is counted, by the manifest's name: `selection_rate` needs no labels, the others do.
    package let metric: String
    /// The column whose values are the groups.
    package let group: String
    package let bounds: GroupBounds

    package init(metric: String, group: String, bounds: GroupBounds) {
        self.metric = metric
        self.group = group
        self.bounds = bounds
    }

    /// Whether labels are needed.
    package var needsLabels: Bool { metric != "selection_rate" }

    /// What an alert calls it.
    package var name: String { "\(metric) by \(group)" }
}

/// Whether groups were treated alike in one window.
package struct FairnessVerdict: Hashable, Sendable {
    package let policy: FairnessPolicy
    package let fairness: GroupFairness
    /// One sentence for people.
    package let sentence: String
}

/// Judges whether groups are treated alike.
package enum FairnessAnalyst {
    /// The verdict on counts by group.
    package static func judge(_ counts: [GroupCount], policy: FairnessPolicy) -> FairnessVerdict {
        let fairness = GroupFairness(counts, bounds: policy.bounds)
        return FairnessVerdict(policy: policy, fairness: fairness, sentence: sentence(fairness, policy))
    }

    private static func sentence(_ fairness: GroupFairness, _ policy: FairnessPolicy) -> String {
        let compared = fairness.groups.filter(\.isCompared)
        let left = fairness.groups.count - compared.count
        let aside = left == 0 ? "" : " (\(left) with fewer than \(policy.bounds.minRows) rows left out)"
        guard let worst = fairness.pairs.first else {
            return "No verdict on \(policy.name): fewer than two groups have \(policy.bounds.minRows) rows\(aside)."
        }
        let ratio = worst.ratio.map { "ratio \(Figures.text($0))" } ?? "no ratio"
        let upper = worst.ratioUpper.isFinite ? Figures.text(worst.ratioUpper) : "any value"
        let numbers =
            "\(worst.low) against \(worst.high) has \(ratio), between \(Figures.text(worst.ratioLower)) and \(upper), and a gap "
            + "of \(Figures.text(worst.gap)), between \(Figures.text(worst.gapLower)) and \(Figures.text(worst.gapUpper))\(aside)"
        return switch fairness.verdict {
        case .kept: "\(policy.name) keeps its bounds in each pair of groups: \(numbers)."
        case .broken: "\(policy.name) breaks its bounds: \(numbers)."
        case .cannotTell: "Too few rows to tell whether \(policy.name) keeps its bounds: \(numbers)."
        }
    }
}
