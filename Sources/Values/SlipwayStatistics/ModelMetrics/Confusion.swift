/// Counts of a binary decision against the truth. Merging adds them.
package struct Confusion: Sendable, Hashable, Codable {
    /// Positives found.
    package private(set) var truePositives: Int64
    /// Negatives taken for positives.
    package private(set) var falsePositives: Int64
    /// Negatives found.
    package private(set) var trueNegatives: Int64
    /// Positives missed.
    package private(set) var falseNegatives: Int64

    /// The given counts.
    package init(
        truePositives: Int64 = 0,
        falsePositives: Int64 = 0,
        trueNegatives: Int64 = 0,
        falseNegatives: Int64 = 0
    ) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.trueNegatives = trueNegatives
        self.falseNegatives = falseNegatives
    }

    /// The decisions "score at or above the threshold" against the labels.
    package init(scores: [Double], labels: [Bool], threshold: Double = 0.5) {
        self.init()
        precondition(scores.count == labels.count, "one label for each score")
        for (score, label) in zip(scores, labels) { add(decision: score >= threshold, label: label) }
    }

    /// Adds one decision.
    package mutating func add(decision: Bool, label: Bool) {
        switch (decision, label) {
        case (true, true): truePositives += 1
        case (true, false): falsePositives += 1
        case (false, false): trueNegatives += 1
        case (false, true): falseNegatives += 1
        }
    }

    /// Adds the counts of another part.
    package mutating func merge(_ other: Confusion) {
        truePositives += other.truePositives
        falsePositives += other.falsePositives
        trueNegatives += other.trueNegatives
        falseNegatives += other.falseNegatives
    }

    /// All decisions.
    package var total: Int64 { truePositives + falsePositives + trueNegatives + falseNegatives }

    /// The share of right decisions, nil without decisions.
    package var accuracy: Double? { ratio(truePositives + trueNegatives, total) }

    /// The share of positive decisions that are right, nil without positive decisions.
    package var precision: Double? { ratio(truePositives, truePositives + falsePositives) }

    /// The share of positives found, nil without positives.
    package var recall: Double? { ratio(truePositives, truePositives + falseNegatives) }

    /// The share of negatives taken for positives, nil without negatives.
    package var falsePositiveRate: Double? { ratio(falsePositives, falsePositives + trueNegatives) }

    /// The share of decisions that are positive, nil without decisions.
    package var selectionRate: Double? { ratio(truePositives + falsePositives, total) }

    /// The harmonic mean of precision and recall, nil without positives and positive decisions.
    package var f1: Double? { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    /// How many of how many a share of the manifest's name counts (`accuracy`, `precision`, `recall`, `selection_rate`,
    /// `false_positive_rate`); nil when `name` is no share.
    package func counts(of name: String) -> (hits: Int64, trials: Int64)? {
        switch name {
        case "accuracy": (truePositives + trueNegatives, total)
        case "precision": (truePositives, truePositives + falsePositives)
        case "recall": (truePositives, truePositives + falseNegatives)
        case "selection_rate": (truePositives + falsePositives, total)
        case "false_positive_rate": (falsePositives, falsePositives + trueNegatives)
        default: nil
        }
    }

    private func ratio(_ a: Int64, _ b: Int64) -> Double? { b == 0 ? nil : Double(a) / Double(b) }
}
