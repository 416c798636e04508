/// A metric of answers against their labels, with the interval that the number of labels allows.
package struct MeasuredMetric: Sendable, Hashable, Codable {
    /// The metric as the data have it.
    package let value: Double
    /// The lower end of the interval.
    package let lower: Double
    /// The upper end of the interval.
    package let upper: Double
    /// Where the interval comes from.
    package let method: Method

    /// How an interval is made.
    package enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        /// DeLong's variance (1988) on the logit scale: the area under the ROC curve.
        case delong
        /// Wilson's score interval (1927): shares.
        case wilson
        /// Wilson's interval of the Jaccard index tp / (tp + fp + fn), of which F1 = 2J / (1 + J) is a function.
        case wilsonJaccard = "wilson-jaccard"
        /// The logit interval of Boyd, Eng, Page (2013), by the number of positives: average precision.
        case logit
        /// The mean of the losses of single rows, with the normal approximation.
        case normal
    }

    /// A value between its bounds.
    package init(value: Double, lower: Double, upper: Double, method: Method) {
        self.value = value
        self.lower = lower
        self.upper = upper
        self.method = method
    }

    /// The metric `name` of probabilities (`BinaryEvaluation.metricNames`); nil when it is unknown, or undefined here.
    package static func binary(
        _ name: String,
        scores: [Double],
        labels: [Bool],
        threshold: Double = 0.5,
        confidence: Double = 0.95
    ) -> MeasuredMetric? {
        precondition(scores.count == labels.count, "one label for each score")
        let confusion = Confusion(scores: scores, labels: labels, threshold: threshold)
        if let counts = confusion.counts(of: name) {
            return share(counts.hits, of: counts.trials, confidence: confidence)
        }
        switch name {
        case "roc_auc":
            return AreaUnderCurve(scores: scores, labels: labels).map { area in
                let interval = area.interval(confidence: confidence)
                return MeasuredMetric(
                    value: area.value,
                    lower: min(interval.lowerBound, area.value),
                    upper: max(interval.upperBound, area.value),
                    method: .delong
                )
            }
        case "average_precision":
            return AveragePrecision.value(scores: scores, labels: labels).map {
                precision($0, positives: labels.count { $0 }, confidence: confidence)
            }
        case "f1":
            let wrong = confusion.falsePositives + confusion.falseNegatives
            let trials = confusion.truePositives + wrong
            return share(confusion.truePositives, of: trials, confidence: confidence).map { jaccard in
                func f1(_ index: Double) -> Double { 2 * index / (1 + index) }
                return MeasuredMetric(
                    value: f1(jaccard.value),
                    lower: f1(jaccard.lower),
                    upper: f1(jaccard.upper),
                    method: .wilsonJaccard
                )
            }
        case "log_loss", "brier":
            let losses = zip(scores, labels).compactMap { score, label in
                name == "brier"
                    ? ProbabilityMetrics.brier(scores: [score], labels: [label])
                    : ProbabilityMetrics.logLoss(scores: [score], labels: [label])
            }
            return mean(losses, confidence: confidence)
        default: return nil
        }
    }

    /// The metric `name` (`mae`, `rmse`) of predicted numbers; nil when it is unknown, or undefined here.
    package static func regression(
        _ name: String,
        predictions: [Double],
        truths: [Double],
        confidence: Double = 0.95
    ) -> MeasuredMetric? {
        precondition(predictions.count == truths.count, "one truth for each prediction")
        let errors = zip(predictions, truths).map { $0 - $1 }
        switch name {
        case "mae": return mean(errors.map(\.magnitude), confidence: confidence)
        case "rmse":
            return mean(errors.map { $0 * $0 }, confidence: confidence).map { square in
                MeasuredMetric(
                    value: square.value.squareRoot(),
                    lower: max(0, square.lower).squareRoot(),
                    upper: square.upper.squareRoot(),
                    method: .normal
                )
            }
        default: return nil
        }
    }

    /// The share of `hits` in `trials`; nil without trials.
    package static func share(_ hits: Int64, of trials: Int64, confidence: Double = 0.95) -> MeasuredMetric? {
        guard trials > 0 else { return nil }
        let interval = ProportionTest.wilsonInterval(successes: hits, trials: trials, confidence: confidence)
        let value = Double(hits) / Double(trials)
        return MeasuredMetric(
            value: value,
            lower: min(interval.lowerBound, value),
            upper: max(interval.upperBound, value),
            method: .wilson
        )
    }

    /// The mean of values with its normal interval; nil when there are none, or one is not finite.
    package static func mean(_ values: [Double], confidence: Double = 0.95) -> MeasuredMetric? {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = values.count > 1 ? (squares / (n - 1) / n).squareRoot() : 0
        let half = NormalDistribution.upperPoint((1 - confidence) / 2) * error
        guard mean.isFinite, half.isFinite else { return nil }
        return MeasuredMetric(value: mean, lower: mean - half, upper: mean + half, method: .normal)
    }

    private static func precision(_ value: Double, positives: Int, confidence: Double) -> MeasuredMetric {
        guard value > 0, value < 1 else {
            let hits = value >= 1 ? Int64(positives) : 0
            let interval = ProportionTest.wilsonInterval(
                successes: hits,
                trials: Int64(positives),
                confidence: confidence
            )
            return MeasuredMetric(
                value: value,
                lower: min(interval.lowerBound, value),
                upper: max(interval.upperBound, value),
                method: .logit
            )
        }
        let interval = Logit.interval(
            around: value,
            error: 1 / (Double(positives) * value * (1 - value)).squareRoot(),
            confidence: confidence
        )
        return MeasuredMetric(
            value: value,
            lower: interval.lowerBound,
            upper: interval.upperBound,
            method: .logit
        )
    }
}
