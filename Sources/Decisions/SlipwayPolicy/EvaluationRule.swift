package import SlipwayStatistics

/// One thing that an evaluation must show before a version may reach production.
package struct EvaluationRule: Codable, Hashable, Sendable {
    package let metric: ModelMetric
    package let test: Test

    /// What the metric is held against.
    package enum Test: Hashable, Sendable {
        /// The metric is at least this.
        case atLeast(Double)
        /// The metric is at most this.
        case atMost(Double)
        /// The metric is not worse than the champion's by more than this.
        case champion(maxDrop: Double)
        /// For every value of the column with enough rows, the metric is at least this share of the overall metric.
        case slices(column: String, minRatio: Double, minRows: Int)
        /// Every two values of the column with enough rows have about the same metric, as far as the rows can tell.
        case groups(column: String, bounds: GroupBounds)
    }

    /// Rows below which a slice says too little to be judged.
    package static let standardSliceRows = 100

    package init(metric: ModelMetric, test: Test) {
        self.metric = metric
        self.test = test
    }

    /// The gate's name, stable in the ledger.
    package var gate: String {
        switch test {
        case .atLeast: "evaluation.\(metric.rawValue).min"
        case .atMost: "evaluation.\(metric.rawValue).max"
        case .champion: "evaluation.\(metric.rawValue).champion"
        case .slices(let column, _, _): "evaluation.\(metric.rawValue).slice.\(column)"
        case .groups(let column, _): "evaluation.\(metric.rawValue).group.\(column)"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case metric, min, max, against, maxDrop, slice, group, minRatio, maxGap, minRows
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = try container.decode(ModelMetric.self, forKey: .metric)
        if let column = try container.decodeIfPresent(String.self, forKey: .group) {
            let bounds = GroupBounds(
                minRatio: try container.decodeIfPresent(Double.self, forKey: .minRatio),
                maxGap: try container.decodeIfPresent(Double.self, forKey: .maxGap),
                minRows: try container.decode(Int64.self, forKey: .minRows)
            )
            test = .groups(column: column, bounds: bounds)
        } else if let column = try container.decodeIfPresent(String.self, forKey: .slice) {
            test = .slices(
                column: column,
                minRatio: try container.decode(Double.self, forKey: .minRatio),
                minRows: try container.decode(Int.self, forKey: .minRows)
            )
        } else if let drop = try container.decodeIfPresent(Double.self, forKey: .maxDrop) {
            test = .champion(maxDrop: drop)
        } else if let bound = try container.decodeIfPresent(Double.self, forKey: .max) {
            test = .atMost(bound)
        } else {
            test = .atLeast(try container.decode(Double.self, forKey: .min))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(metric, forKey: .metric)
        switch test {
        case .atLeast(let bound): try container.encode(bound, forKey: .min)
        case .atMost(let bound): try container.encode(bound, forKey: .max)
        case .champion(let drop):
            try container.encode("champion", forKey: .against)
            try container.encode(drop, forKey: .maxDrop)
        case .slices(let column, let ratio, let rows):
            try container.encode(column, forKey: .slice)
            try container.encode(ratio, forKey: .minRatio)
            try container.encode(rows, forKey: .minRows)
        case .groups(let column, let bounds):
            try container.encode(column, forKey: .group)
            try container.encodeIfPresent(bounds.minRatio, forKey: .minRatio)
            try container.encodeIfPresent(bounds.maxGap, forKey: .maxGap)
            try container.encode(bounds.minRows, forKey: .minRows)
        }
    }
}

extension [EvaluationRule] {
    /// The columns whose values are evaluated apart, each once, in order.
    package var sliceColumns: [String] {
        var columns: [String] = []
        for rule in self {
            switch rule.test {
            case .slices(let column, _, _), .groups(let column, _):
                if !columns.contains(column) { columns.append(column) }
            default: continue
            }
        }
        return columns
    }
}
