import Glibc

/// How good the answers of a classifier of any number of classes are.
package struct MulticlassMetrics: Sendable, Equatable {
    /// The share of rows whose class was chosen.
    package let accuracy: Double
    /// The mean negative logarithm of the score that the true class had; nil when that is not known of every row. Scores are
    /// kept within 2^-52 of 0 and 1, as scikit-learn does.
    package let logLoss: Double?

    /// `hits` says of each row whether the chosen class is the true one, `scores` what the true class scored; nil when
    /// there are no rows.
    package init?(hits: [Bool], scores: [Double?]) {
        precondition(hits.count == scores.count, "one score for each row")
        guard !hits.isEmpty else { return nil }
        accuracy = Double(hits.count { $0 }) / Double(hits.count)
        let known = scores.compactMap { $0 }
        guard known.count == scores.count, known.allSatisfy(\.isFinite) else {
            logLoss = nil
            return
        }
        let sum = known.reduce(0) { $0 - log(min(max($1, Double.ulpOfOne), 1 - Double.ulpOfOne)) }
        logLoss = sum / Double(known.count)
    }

    /// The metric of a manifest's name; nil when it is unknown, or undefined here.
    package func metric(_ name: String) -> Double? {
        switch name {
        case "accuracy": accuracy
        case "log_loss": logLoss
        default: nil
        }
    }

    /// The names that `metric` knows.
    package static let metricNames = ["accuracy", "log_loss"]
}
