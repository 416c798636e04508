/// A measure of a release while it serves traffic.
package enum ServiceMetric: String, Codable, Hashable, Sendable, CaseIterable {
    /// The share of requests that failed.
    case errorRate = "error_rate"
    /// Percentiles of the time to answer, in milliseconds.
    case latencyP50 = "latency_p50_ms"
    case latencyP75 = "latency_p75_ms"
    case latencyP90 = "latency_p90_ms"
    case latencyP95 = "latency_p95_ms"
    case latencyP99 = "latency_p99_ms"
    /// The share of paired requests for which the new version and the stable one gave different answers.
    case disagreement
    /// How far both versions' scores for the same input lie apart on average, from 0 to 1.
    case scoreDistance = "score_distance"
    /// The greatest difference between both versions' distributions of scores, from 0 to 1.
    case scoreDrift = "score_drift"
    /// The share of right answers, by labels that come later.
    case accuracy
    /// The answer of a Prometheus query.
    case prometheus

    /// Whether it is a number of milliseconds.
    var isLatency: Bool {
        switch self {
        case .latencyP50, .latencyP75, .latencyP90, .latencyP95, .latencyP99: true
        default: false
        }
    }

    /// Shares end at one; milliseconds do not end, and a query may answer anything.
    var range: ClosedRange<Double> {
        if self == .prometheus { return -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude }
        return isLatency ? 0...3_600_000 : 0...1
    }

    /// Whether it compares both versions by itself.
    package var isPaired: Bool { [.disagreement, .scoreDistance, .scoreDrift].contains(self) }

    /// The keys that a rule on it may have beside `metric`.
    var keys: [String] {
        switch self {
        case .disagreement: ["max", "slice"]
        case .scoreDistance, .scoreDrift: ["max"]
        case .accuracy: ["against", "maxDrop", "min", "delay"]
        case .prometheus: ["query", "max"]
        default: ["against", "maxIncrease", "max"]
        }
    }

    /// What a rule on it looks like.
    var form: String {
        switch self {
        case .disagreement, .scoreDistance, .scoreDrift: "{metric: \(rawValue), max: 0.1}"
        case .accuracy:
            "{metric: accuracy, against: stable, maxDrop: 0.02, delay: 24h} or {metric: accuracy, min: 0.8}"
        case .prometheus: "{metric: prometheus, query: 'sum(rate(complaints_total[5m]))', max: 0.5}"
        case .errorRate: "{metric: error_rate, against: stable, maxIncrease: 0.01} or {metric: error_rate, max: 0.05}"
        default: "{metric: \(rawValue), against: stable, maxIncrease: 5} or {metric: \(rawValue), max: 50}"
        }
    }
}
