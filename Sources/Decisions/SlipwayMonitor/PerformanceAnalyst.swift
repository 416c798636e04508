package import SlipwayStatistics

/// What live answers must show once their labels are known.
package struct PerformancePolicy: Codable, Hashable, Sendable {
    /// The metric's name in manifests.
    package var metric: String
    /// The bound that the metric must keep.
    package var bound: Double
    /// Whether the bound is the least value; else it is the greatest, as for losses.
    package var isLeast: Bool
    /// Fewer labels than this give no verdict.
    package var minLabels = 200
    /// Fewer labels of either class than this give no verdict.
    package var minOfEachClass = 20
    /// A smaller share of labelled predictions gives no verdict: early labels are seldom like the late ones.
    package var minCoverage = 0.3
    /// The confidence of the interval.
    package var confidence = 0.95

    /// The defaults with a least value.
    package init(metric: String = "roc_auc", min: Double) {
        self.metric = metric
        bound = min
        isLeast = true
    }

    /// The defaults with a greatest value.
    package init(metric: String, max: Double) {
        self.metric = metric
        bound = max
        isLeast = false
    }

    /// Whether an interval shows that the bound is not kept: all of it lies on the wrong side.
    func isBroken(lower: Double, upper: Double) -> Bool { isLeast ? upper < bound : lower > bound }

    /// `Below the least value 0.65`.
    var breach: String {
        isLeast ? "Below the least value \(Figures.text(bound))" : "Above the greatest value \(Figures.text(bound))"
    }

    /// `Not shown to be below the least value 0.65`.
    var kept: String {
        "Not shown to be " + (isLeast ? "below the least" : "above the greatest") + " value \(Figures.text(bound))"
    }
}

/// How good the live answers of one window were.
package struct PerformanceVerdict: Codable, Hashable, Sendable {
    /// The metric's name, as in `performance.recorded`.
    package let metric: String
    /// The value and its interval; nil when a class is absent.
    package let value: Double?
    package let lower: Double?
    package let upper: Double?
    /// Where the interval comes from; nil without one.
    package let method: MeasuredMetric.Method?
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

/// Answers whose labels are known, out of all that were given.
package enum LabelledAnswers: Sendable {
    /// Scores of the positive class and the classes that came.
    case classes(scores: [Double], labels: [Bool])
    /// Whether the right one of several classes was chosen.
    case choices(hits: [Bool])
    /// Predicted numbers and the true ones.
    case numbers(predictions: [Double], truths: [Double])

    /// How many there are.
    package var count: Int {
        switch self {
        case .classes(_, let labels): labels.count
        case .choices(let hits): hits.count
        case .numbers(_, let truths): truths.count
        }
    }

    private var lengths: (Int, Int) {
        switch self {
        case .classes(let scores, let labels): (scores.count, labels.count)
        case .choices(let hits): (hits.count, hits.count)
        case .numbers(let predictions, let truths): (predictions.count, truths.count)
        }
    }

    /// Answers without their labels cannot be measured.
    func check() throws(StatisticsError) {
        guard lengths.0 == lengths.1 else {
            throw .lengthMismatch("\(lengths.0) answers and \(lengths.1) labels")
        }
    }

    /// A metric with its interval; nil when it is unknown, or undefined here.
    package func measured(_ metric: String, confidence: Double = 0.95) -> MeasuredMetric? {
        switch self {
        case .classes(let scores, let labels):
            guard scores.allSatisfy({ !$0.isNaN }) else { return nil }
            return MeasuredMetric.binary(metric, scores: scores, labels: labels, confidence: confidence)
        case .choices(let hits):
            guard metric == "accuracy" else { return nil }
            return MeasuredMetric.share(Int64(hits.count { $0 }), of: Int64(hits.count), confidence: confidence)
        case .numbers(let predictions, let truths):
            return MeasuredMetric.regression(
                metric,
                predictions: predictions,
                truths: truths,
                confidence: confidence
            )
        }
    }
}

/// Judges live answers against late labels.
package enum PerformanceAnalyst {
    /// The verdict on one window of a binary classifier.
    package static func judge(
        scores: [Double],
        labels: [Bool],
        predictions: Int,
        policy: PerformancePolicy
    ) throws(StatisticsError) -> PerformanceVerdict {
        try judge(.classes(scores: scores, labels: labels), predictions: predictions, policy: policy)
    }

    /// The verdict on one window: its labelled answers, out of `predictions` made.
    ///
    /// It is a breach only if even the near end of the interval does not keep the bound: noise does not page anybody.
    package static func judge(
        _ answers: LabelledAnswers,
        predictions: Int,
        policy: PerformancePolicy
    ) throws(StatisticsError) -> PerformanceVerdict {
        try answers.check()
        let measured = answers.measured(policy.metric, confidence: policy.confidence)
        let obstacle = obstacle(answers, predictions: predictions, policy: policy)
        let count = "\(answers.count) of \(predictions) predictions have labels"
        let verdict: PerformanceVerdict.Verdict
        let sentence: String
        if let measured, obstacle == nil {
            let numbers =
                "\(policy.metric) is \(Figures.text(measured.value)), between \(Figures.text(measured.lower)) and "
                + "\(Figures.text(measured.upper)); \(count)"
            verdict = policy.isBroken(lower: measured.lower, upper: measured.upper) ? .breached : .ok
            sentence = "\(verdict == .breached ? policy.breach : policy.kept): \(numbers)."
        } else {
            verdict = .cannotTell
            sentence = "No verdict: \(obstacle ?? "a score is not a number"); \(count)."
        }
        return PerformanceVerdict(
            metric: policy.metric,
            value: measured?.value,
            lower: measured?.lower,
            upper: measured?.upper,
            method: measured?.method,
            labels: answers.count,
            predictions: predictions,
            threshold: policy.bound,
            verdict: verdict,
            sentence: sentence
        )
    }

    private static func obstacle(_ answers: LabelledAnswers, predictions: Int, policy: PerformancePolicy) -> String? {
        if answers.count < policy.minLabels { return "at least \(policy.minLabels) labels are needed" }
        if Double(answers.count) < policy.minCoverage * Double(predictions) {
            return "at least \(Figures.text(policy.minCoverage * 100)) % of the labels are needed"
        }
        if case .classes(_, let labels) = answers {
            let positives = labels.count { $0 }
            if min(positives, labels.count - positives) < policy.minOfEachClass {
                return "at least \(policy.minOfEachClass) labels of each class are needed"
            }
        }
        return nil
    }
}
