import Glibc

/// How good predicted probabilities are.
package enum ProbabilityMetrics {
    /// The mean negative log likelihood; probabilities are kept within 2^-52 of 0 and 1, as scikit-learn does. Nil when
    /// empty.
    package static func logLoss(scores: [Double], labels: [Bool]) -> Double? {
        precondition(scores.count == labels.count, "one label for each score")
        guard !scores.isEmpty else { return nil }
        var sum = 0.0
        for (score, label) in zip(scores, labels) {
            let p = min(max(score, Double.ulpOfOne), 1 - Double.ulpOfOne)
            sum -= label ? log(p) : log(1 - p)
        }
        return sum / Double(scores.count)
    }

    /// The mean squared difference of probability and outcome (Brier 1950). Nil when empty.
    package static func brier(scores: [Double], labels: [Bool]) -> Double? {
        precondition(scores.count == labels.count, "one label for each score")
        guard !scores.isEmpty else { return nil }
        var sum = 0.0
        for (score, label) in zip(scores, labels) {
            let difference = score - (label ? 1 : 0)
            sum += difference * difference
        }
        return sum / Double(scores.count)
    }
}
