/// All metrics of a binary classifier's probabilities on one set of rows.
package struct BinaryEvaluation: Sendable, Equatable {
    /// How many rows there are.
    package let count: Int64
    /// Decisions at the threshold against the labels.
    package let confusion: Confusion
    /// The area under the ROC curve with its standard error, nil when a class is absent.
    package let rocAUC: AreaUnderCurve?
    /// Average precision, nil without positives.
    package let averagePrecision: Double?
    /// Mean negative log likelihood, nil when empty.
    package let logLoss: Double?
    /// Mean squared difference of probability and outcome, nil when empty.
    package let brier: Double?

    /// Evaluates probabilities against labels.
    package init(scores: [Double], labels: [Bool], threshold: Double = 0.5) throws(StatisticsError) {
        guard scores.count == labels.count else {
            throw .lengthMismatch("\(scores.count) scores and \(labels.count) labels")
        }
        guard scores.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
            throw .invalidParameter("probabilities must be between 0 and 1")
        }
        count = Int64(scores.count)
        confusion = Confusion(scores: scores, labels: labels, threshold: threshold)
        rocAUC = AreaUnderCurve(scores: scores, labels: labels)
        averagePrecision = AveragePrecision.value(scores: scores, labels: labels)
        logLoss = ProbabilityMetrics.logLoss(scores: scores, labels: labels)
        brier = ProbabilityMetrics.brier(scores: scores, labels: labels)
    }

    /// The metric of a manifest's name (`roc_auc`, `average_precision`, `log_loss`, `brier`, `accuracy`, `precision`,
    /// `recall`, `f1`, `selection_rate`, `false_positive_rate`), nil when it is unknown or undefined here.
    package func metric(_ name: String) -> Double? {
        switch name {
        case "roc_auc": rocAUC?.value
        case "average_precision": averagePrecision
        case "log_loss": logLoss
        case "brier": brier
        case "accuracy": confusion.accuracy
        case "precision": confusion.precision
        case "recall": confusion.recall
        case "f1": confusion.f1
        case "selection_rate": confusion.selectionRate
        case "false_positive_rate": confusion.falsePositiveRate
        default: nil
        }
    }

    /// The names that `metric` knows, in the order they are shown.
    package static let metricNames = [
        "roc_auc", "average_precision", "log_loss", "brier", "accuracy", "precision", "recall", "f1", "selection_rate",
        "false_positive_rate",
    ]
}
