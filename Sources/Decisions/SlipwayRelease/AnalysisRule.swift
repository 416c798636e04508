package import SlipwayDomain

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
    /// How much more than the baseline is accepted: a difference of shares, or milliseconds for latency.
    package let maxIncrease: Double?
    /// The greatest accepted value: a share, milliseconds for latency, or whatever a query answers in.
    package let max: Double?
    /// How much less than the baseline is accepted, where more is better.
    package let maxDrop: Double?
    /// The least accepted value, where more is better.
    package let min: Double?
    /// The feature whose every value must keep the rule, for disagreement.
    package let slice: String?
    /// How late labels come: only predictions older than this are judged by them.
    package let delay: Span?
    /// What Prometheus is asked.
    package let query: String?

    /// The greatest share of requests that may be slower than a 95th-percentile limit.
    package static let slowShareLimit = 0.05
    /// The most values of a slice that are told apart; each has its part of the rule's alpha.
    package static let sliceLimit = 20

    /// Refuses a rule that means nothing.
    package init(
        metric: AnalysisMetric,
        against: AnalysisBaseline? = nil,
        maxIncrease: Double? = nil,
        max: Double? = nil,
        maxDrop: Double? = nil,
        min: Double? = nil,
        slice: String? = nil,
        delay: Span? = nil,
        query: String? = nil
    ) throws(ReleaseError) {
        self.metric = metric
        self.against = against
        self.maxIncrease = maxIncrease
        self.max = max
        self.maxDrop = maxDrop
        self.min = min
        self.slice = slice
        self.delay = delay
        self.query = query
        try check()
    }

    /// Reads a rule with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            metric: members.decode(AnalysisMetric.self, forKey: .metric),
            against: members.decodeIfPresent(AnalysisBaseline.self, forKey: .against),
            maxIncrease: members.decodeIfPresent(Double.self, forKey: .maxIncrease),
            max: members.decodeIfPresent(Double.self, forKey: .max),
            maxDrop: members.decodeIfPresent(Double.self, forKey: .maxDrop),
            min: members.decodeIfPresent(Double.self, forKey: .min),
            slice: members.decodeIfPresent(String.self, forKey: .slice),
            delay: members.decodeIfPresent(Span.self, forKey: .delay),
            query: members.decodeIfPresent(String.self, forKey: .query)
        )
    }

    /// The number that the judged quantity must not exceed: a share, a difference of shares, or milliseconds for a
    /// latency that is compared with stable. For accuracy it is the share of wrong answers, or its increase.
    package var limit: Double {
        switch (metric, against) {
        case (.accuracy, .some): maxDrop ?? 0
        case (.accuracy, nil): 1 - (min ?? 0)
        case (_, .some): maxIncrease ?? 0
        // Ninety-five is spelled as it always was: 1 - 0.95 is another number.
        case (.latency(95), nil): AnalysisRule.slowShareLimit
        case (.latency(let percentile), nil): Double(100 - percentile) / 100
        default: max ?? 0
        }
    }

    /// Whether the rule needs a stable version to mean anything.
    package var needsStable: Bool {
        against != nil || [.disagreement, .scoreDistance, .scoreDrift].contains(metric)
    }

    /// What two rules of one plan may not share.
    package var signature: String {
        [metric.rawValue, against?.rawValue ?? "", slice ?? "", query ?? ""].joined(separator: " ")
    }

    private func check() throws(ReleaseError) {
        let name = metric.rawValue
        guard metric == .disagreement || slice == nil else {
            throw .invalidRule("\(name) is not judged by slice: only disagreement is")
        }
        guard (metric == .prometheus) == (query != nil) else {
            throw .invalidRule("a query belongs to {metric: prometheus, query: ..., max: ...} and to nothing else")
        }
        if metric == .accuracy { return try checkAccuracy() }
        guard maxDrop == nil, min == nil, delay == nil else {
            throw .invalidRule("\(name) has no maxDrop, min or delay: those belong to accuracy")
        }
        if against != nil { return try checkIncrease(name) }
        guard let max, maxIncrease == nil else {
            throw .invalidRule(
                "\(name) without `against` needs max and no maxIncrease: write {metric: \(name), max: ...}"
            )
        }
        switch metric {
        case .latency:
            guard max > 0, max.isFinite else { throw .invalidRule("\(name): max is a number of milliseconds over 0") }
        case .prometheus:
            guard max.isFinite else { throw .invalidRule("\(name): max is a finite number") }
        default:
            guard max > 0, max < 1 else {
                throw .invalidRule("\(name): max is a share over 0 and under 1, such as 0.1 for 10 percent")
            }
        }
    }

    private func checkIncrease(_ name: String) throws(ReleaseError) {
        if case .latency = metric {
            guard let maxIncrease, max == nil, maxIncrease > 0, maxIncrease.isFinite else {
                throw .invalidRule(
                    "\(name) against stable needs maxIncrease in milliseconds: "
                        + "write {metric: \(name), against: stable, maxIncrease: 5}"
                )
            }
            return
        }
        guard metric == .errorRate else {
            throw .invalidRule("\(name) cannot be compared with stable: write {metric: \(name), max: ...}")
        }
        guard let maxIncrease, max == nil, maxIncrease > 0, maxIncrease < 1 else {
            throw .invalidRule(
                "\(name) against stable needs maxIncrease, a share over 0 and under 1, and no max: "
                    + "write {metric: \(name), against: stable, maxIncrease: 0.01}"
            )
        }
    }

    private func checkAccuracy() throws(ReleaseError) {
        let form =
            "write {metric: accuracy, against: stable, maxDrop: 0.02, delay: 24h} or {metric: accuracy, min: 0.8}"
        guard maxIncrease == nil, max == nil, (against != nil) == (maxDrop != nil), (against == nil) == (min != nil)
        else { throw .invalidRule("accuracy has maxDrop against stable, or min: \(form)") }
        guard let number = maxDrop ?? min, number > 0, number < 1 else {
            throw .invalidRule("accuracy is a share: its maxDrop or min is over 0 and under 1, \(form)")
        }
        guard (delay?.milliseconds ?? 0) >= 0 else { throw .invalidRule("labels are late, not early: \(form)") }
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
