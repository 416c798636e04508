package import SlipwayStatistics

/// What is known of a window before its labels: the estimate, and whether it keeps the bound.
package struct EstimateVerdict: Codable, Hashable, Sendable {
    package let metric: String
    package let estimated: EstimatedMetric
    package let lower: Double
    package let upper: Double
    /// How many predictions there were; those that the estimate is about are fewer when a version was never evaluated.
    package let predictions: Int
    package let verdict: PerformanceVerdict.Verdict
    package let sentence: String
}

/// Judges estimates made without labels, and the estimator itself by what is realised later.
package enum EstimatorAnalyst {
    /// Estimates over fewer rows, or a smaller share of them, are not judged.
    package static let leastRows = 200
    static let leastCoverage = 0.5

    /// The verdict on an estimate; a breach only if the whole interval is on the wrong side.
    package static func judge(
        _ estimated: EstimatedMetric,
        predictions: Int,
        policy: PerformancePolicy
    ) -> EstimateVerdict {
        let interval = estimated.interval(confidence: policy.confidence)
        let numbers =
            "\(policy.metric) is estimated as \(Figures.text(estimated.value)), between "
            + "\(Figures.text(interval.lowerBound)) and \(Figures.text(interval.upperBound)), from "
            + "\(estimated.rows) of \(predictions) predictions without their labels"
        let isEnough =
            estimated.rows >= leastRows && Double(estimated.rows) >= leastCoverage * Double(predictions)
        let verdict: PerformanceVerdict.Verdict =
            !isEnough
            ? .cannotTell
            : policy.isBroken(lower: interval.lowerBound, upper: interval.upperBound) ? .breached : .ok
        let start =
            switch verdict {
            case .ok: policy.kept
            case .breached: policy.breach
            case .cannotTell: "No verdict, for the estimate is about too few predictions"
            }
        return EstimateVerdict(
            metric: policy.metric,
            estimated: estimated,
            lower: interval.lowerBound,
            upper: interval.upperBound,
            predictions: predictions,
            verdict: verdict,
            sentence: "\(start): \(numbers)."
        )
    }

    /// How far off a metric may be when a manifest says nothing: 0.02 for shares, a twentieth for errors of numbers.
    package static func tolerance(_ metric: String, reference: Double?) -> Double {
        switch metric {
        case "mae", "rmse", "log_loss": max(1e-12, (reference ?? 1).magnitude / 20)
        default: 0.02
        }
    }

    /// What the bias says, as one sentence.
    package static func sentence(_ bias: EstimatorBias) -> String {
        let numbers =
            "realised less estimated is \(Figures.text(bias.mean)) on average over \(bias.windows) "
            + "\(bias.windows == 1 ? "window" : "windows"), between \(Figures.text(bias.lower)) and "
            + "\(Figures.text(bias.upper)) at all times"
        return switch bias.verdict {
        case .trusted: "Estimates are right within \(Figures.text(bias.tolerance)): \(numbers)."
        case .biased: "Estimates are off by more than \(Figures.text(bias.tolerance)): \(numbers)."
        case .cannotTell:
            "Not yet known whether estimates are right within \(Figures.text(bias.tolerance)): \(numbers)."
        }
    }
}
