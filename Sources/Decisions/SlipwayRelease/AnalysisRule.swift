package import SlipwayDomain

/// What a release can be judged by.
package enum AnalysisMetric: String, Codable, Sendable, CaseIterable {
    /// The share of requests that end in an error of the server.
    case errorRate = "error_rate"
    /// The 95th percentile of latency in milliseconds, judged as the share of requests slower than the limit.
    case latencyP95 = "latency_p95_ms"
    /// The share of paired requests (same input, both versions) whose predictions differ.
    case disagreement
}

/// What a metric is compared with when it is not compared with a fixed number.
package enum AnalysisBaseline: String, Codable, Sendable {
    /// The stable version, over the same requests and the same time.
    case stable
}

/// One line under `release.analysis` in a manifest, e.g. `{metric: error_rate, against: stable, maxIncrease: 0.01}`.
package struct AnalysisRule: Codable, Hashable, Sendable {
    /// What is judged.
    package let metric: AnalysisMetric
    /// What it is compared with; nil for a fixed number.
    package let against: AnalysisBaseline?
    /// How much more than the baseline is accepted, as an absolute difference of shares.
    package let maxIncrease: Double?
    /// The greatest accepted value: a share, or milliseconds for latency.
    package let max: Double?

    /// The greatest share of requests that may be slower than a 95th-percentile limit.
    package static let slowShareLimit = 0.05

    /// Refuses a rule that means nothing.
    package init(
        metric: AnalysisMetric,
        against: AnalysisBaseline? = nil,
        maxIncrease: Double? = nil,
        max: Double? = nil
    ) throws(ReleaseError) {
        self.metric = metric
        self.against = against
        self.maxIncrease = maxIncrease
        self.max = max
        try check()
    }

    /// Reads a rule with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            metric: members.decode(AnalysisMetric.self, forKey: .metric),
            against: members.decodeIfPresent(AnalysisBaseline.self, forKey: .against),
            maxIncrease: members.decodeIfPresent(Double.self, forKey: .maxIncrease),
            max: members.decodeIfPresent(Double.self, forKey: .max)
        )
    }

    /// The number that the judged share, or the difference of shares, must not exceed.
    package var limit: Double {
        if against != nil { return maxIncrease ?? 0 }
        return metric == .latencyP95 ? AnalysisRule.slowShareLimit : max ?? 0
    }

    /// Whether the rule needs a stable version to mean anything.
    package var needsStable: Bool { against != nil || metric == .disagreement }

    private func check() throws(ReleaseError) {
        let name = metric.rawValue
        if against != nil {
            guard metric == .errorRate else {
                throw .invalidRule("\(name) cannot be compared with stable: write {metric: \(name), max: ...}")
            }
            guard let maxIncrease, max == nil, maxIncrease > 0, maxIncrease < 1 else {
                throw .invalidRule(
                    "\(name) against stable needs maxIncrease, a share over 0 and under 1, and no max: "
                        + "write {metric: \(name), against: stable, maxIncrease: 0.01}"
                )
            }
            return
        }
        guard let max, maxIncrease == nil else {
            throw .invalidRule(
                "\(name) without `against` needs max and no maxIncrease: write {metric: \(name), max: ...}"
            )
        }
        switch metric {
        case .latencyP95:
            guard max > 0, max.isFinite else { throw .invalidRule("\(name): max is a number of milliseconds over 0") }
        case .errorRate, .disagreement:
            guard max > 0, max < 1 else {
                throw .invalidRule("\(name): max is a share over 0 and under 1, such as 0.1 for 10 percent")
            }
        }
    }
}

/// What a step must have seen before it may pass; a proven failure does not wait for it.
package struct AnalysisDemands: Codable, Hashable, Sendable {
    /// Requests in each arm (and pairs, for disagreement).
    package let requests: Int
    /// Time under observation.
    package let duration: Span

    /// Refuses nothing; less than one request or no time at all is read as one request and no time.
    package init(requests: Int = 100, duration: Span = .minutes(5)) {
        self.requests = Swift.max(1, requests)
        self.duration = Swift.max(Span(milliseconds: 0), duration)
    }
}
