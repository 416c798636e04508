/// What a release can be judged by, under the name that a manifest uses.
package enum AnalysisMetric: Hashable, Sendable {
    /// The share of requests that end in an error of the server.
    case errorRate
    /// A percentile (50 to 99) of latency in milliseconds: `latency_p95_ms`.
    case latency(percentile: Int)
    /// The share of paired requests (same input, both versions) whose predictions are of different classes.
    case disagreement
    /// How far the two versions' scores lie apart on the same input, on average; scores are read from 0 to 1.
    case scoreDistance
    /// The greatest difference between the shares of both versions' scores up to any value (Kolmogorov's distance).
    case scoreDrift
    /// The share of labelled predictions whose class is the label's.
    case accuracy
    /// The answer of a Prometheus query.
    case prometheus

    /// The 95th percentile of latency.
    package static let latencyP95 = AnalysisMetric.latency(percentile: 95)
    /// The percentiles that latency can be judged at.
    package static let percentiles = 50...99
}

extension AnalysisMetric: Codable {
    /// Reads `error_rate`, `latency_p99_ms` and so on.
    package init?(rawValue: String) {
        switch rawValue {
        case "error_rate": self = .errorRate
        case "disagreement": self = .disagreement
        case "score_distance": self = .scoreDistance
        case "score_drift": self = .scoreDrift
        case "accuracy": self = .accuracy
        case "prometheus": self = .prometheus
        default:
            guard rawValue.hasPrefix("latency_p"), rawValue.hasSuffix("_ms") else { return nil }
            let digits = rawValue.dropFirst("latency_p".count).dropLast("_ms".count)
            guard digits.utf8.count == 2, let percentile = Int(digits), Self.percentiles.contains(percentile) else {
                return nil
            }
            self = .latency(percentile: percentile)
        }
    }

    /// The metric's name.
    package var rawValue: String {
        switch self {
        case .errorRate: "error_rate"
        case .latency(let percentile): "latency_p\(percentile)_ms"
        case .disagreement: "disagreement"
        case .scoreDistance: "score_distance"
        case .scoreDrift: "score_drift"
        case .accuracy: "accuracy"
        case .prometheus: "prometheus"
        }
    }

    /// Reads the metric's name.
    package init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        let name = try box.decode(String.self)
        guard let metric = AnalysisMetric(rawValue: name) else {
            throw ReleaseError.invalidRule("a release cannot be judged by '\(name.prefix(80))'")
        }
        self = metric
    }

    /// Writes the metric's name.
    package func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(rawValue)
    }
}
