package import SlipwayStatistics

/// What live answers must show once their labels are known.
package struct PerformancePolicy: Codable, Hashable, Sendable {
    /// The least area under the ROC curve.
    package var min: Double
    /// Fewer labels than this give no verdict.
    package var minLabels = 200
    /// Fewer labels of either class than this give no verdict.
    package var minOfEachClass = 20
    /// A smaller share of labelled predictions gives no verdict: early labels are seldom like the late ones.
    package var minCoverage = 0.3
    /// The confidence of the interval.
    package var confidence = 0.95

    /// The defaults with a least value.
    package init(min: Double) { self.min = min }
}

/// How good the live answers of one window were.
package struct PerformanceVerdict: Codable, Hashable, Sendable {
    /// The metric's name, as in `performance.recorded`.
    package let metric: String
    /// The value and its interval; nil when a class is absent.
    package let value: Double?
    package let lower: Double?
    package let upper: Double?
    package let labels: Int
    package let predictions: Int
    package let threshold: Double
    package let verdict: Verdict
    /// One sentence for people.
    package let sentence: String

    /// The share of predictions whose label is known.
    package var coverage: Double { predictions > 0 ? Double(labels) / Double(predictions) : 0 }

    /// Whether the promise is kept.
    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        case ok, breached, cannotTell
    }
}

/// Judges live answers against late labels.
package enum PerformanceAnalyst {
    /// The verdict on one window: `scores` and `labels` of its labelled predictions, out of `predictions` made.
    ///
    /// It is a breach only if even the upper end of the interval is below the least value: noise does not page anybody.
    package static func judge(
        scores: [Double],
        labels: [Bool],
        predictions: Int,
        policy: PerformancePolicy
    ) throws(StatisticsError) -> PerformanceVerdict {
        guard scores.count == labels.count else {
            throw .lengthMismatch("\(scores.count) scores and \(labels.count) labels")
        }
        let area = AreaUnderCurve(scores: scores, labels: labels)
        let interval = area?.interval(confidence: policy.confidence)
        let positives = labels.count { $0 }
        let obstacle = obstacle(labels: labels.count, positives: positives, predictions: predictions, policy: policy)
        let count = "\(labels.count) of \(predictions) predictions have labels"
        let verdict: PerformanceVerdict.Verdict
        let sentence: String
        if let area, let interval, obstacle == nil {
            let numbers =
                "roc_auc is \(Figures.text(area.value)), between \(Figures.text(interval.lowerBound)) and "
                + "\(Figures.text(interval.upperBound)); \(count)"
            verdict = interval.upperBound < policy.min ? .breached : .ok
            sentence =
                verdict == .breached
                ? "Below the least value \(Figures.text(policy.min)): \(numbers)."
                : "Not shown to be below the least value \(Figures.text(policy.min)): \(numbers)."
        } else {
            verdict = .cannotTell
            sentence = "No verdict: \(obstacle ?? "a score is not a number"); \(count)."
        }
        return PerformanceVerdict(
            metric: "roc_auc",
            value: area?.value,
            lower: interval?.lowerBound,
            upper: interval?.upperBound,
            labels: labels.count,
            predictions: predictions,
            threshold: policy.min,
            verdict: verdict,
            sentence: sentence
        )
    }

    private static func obstacle(labels: Int, positives: Int, predictions: Int, policy: PerformancePolicy) -> String? {
        if labels < policy.minLabels { return "at least \(policy.minLabels) labels are needed" }
        if Double(labels) < policy.minCoverage * Double(predictions) {
            return "at least \(Figures.text(policy.minCoverage * 100)) % of the labels are needed"
        }
        if min(positives, labels - positives) < policy.minOfEachClass {
            return "at least \(policy.minOfEachClass) labels of each class are needed"
        }
        return nil
    }
}
