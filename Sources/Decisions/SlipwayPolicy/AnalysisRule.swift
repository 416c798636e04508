package import SlipwayDomain

/// One thing that live traffic must show before a release goes on.
package struct AnalysisRule: Codable, Hashable, Sendable {
    package let metric: ServiceMetric
    package let test: Test
    /// The column whose every value must keep the rule; nil for all requests together.
    package let slice: String?
    /// How late labels come; nil for not at all.
    package let delay: Span?
    /// What Prometheus is asked.
    package let query: String?

    /// What the metric is held against.
    package enum Test: Hashable, Sendable {
        /// The new version's metric exceeds the stable version's by at most this.
        case maxIncrease(Double)
        /// The new version's metric is at most this.
        case max(Double)
        /// The new version's metric falls short of the stable version's by at most this.
        case maxDrop(Double)
        /// The new version's metric is at least this.
        case min(Double)
    }

    package init(
        metric: ServiceMetric,
        test: Test,
        slice: String? = nil,
        delay: Span? = nil,
        query: String? = nil
    ) {
        self.metric = metric
        self.test = test
        self.slice = slice
        self.delay = delay
        self.query = query
    }

    private enum CodingKeys: String, CodingKey {
        case metric, against, maxIncrease, max, maxDrop, min, slice, delay, query
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = try container.decode(ServiceMetric.self, forKey: .metric)
        if let increase = try container.decodeIfPresent(Double.self, forKey: .maxIncrease) {
            test = .maxIncrease(increase)
        } else if let drop = try container.decodeIfPresent(Double.self, forKey: .maxDrop) {
            test = .maxDrop(drop)
        } else if let least = try container.decodeIfPresent(Double.self, forKey: .min) {
            test = .min(least)
        } else {
            test = .max(try container.decode(Double.self, forKey: .max))
        }
        slice = try container.decodeIfPresent(String.self, forKey: .slice)
        delay = try container.decodeIfPresent(Span.self, forKey: .delay)
        query = try container.decodeIfPresent(String.self, forKey: .query)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(metric, forKey: .metric)
        if isAgainstStable { try container.encode("stable", forKey: .against) }
        switch test {
        case .maxIncrease(let increase): try container.encode(increase, forKey: .maxIncrease)
        case .max(let bound): try container.encode(bound, forKey: .max)
        case .maxDrop(let drop): try container.encode(drop, forKey: .maxDrop)
        case .min(let least): try container.encode(least, forKey: .min)
        }
        try container.encodeIfPresent(slice, forKey: .slice)
        try container.encodeIfPresent(delay, forKey: .delay)
        try container.encodeIfPresent(query, forKey: .query)
    }

    /// Whether the metric is compared with the stable version's.
    package var isAgainstStable: Bool {
        switch test {
        case .maxIncrease, .maxDrop: true
        case .max, .min: false
        }
    }
}
