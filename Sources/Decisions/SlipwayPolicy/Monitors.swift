package import SlipwayDomain
package import SlipwayStatistics

/// What is watched once the model serves.
package struct Monitors: Codable, Hashable, Sendable {
    package let drift: Drift?
    package let performance: Performance?
    /// Groups that are compared window by window; nil when the manifest names none.
    package let fairness: [Fairness]?

    package init(drift: Drift? = nil, performance: Performance? = nil, fairness: [Fairness]? = nil) {
        self.drift = drift
        self.performance = performance
        self.fairness = fairness
    }

    /// The inputs are compared with the reference.
    package struct Drift: Codable, Hashable, Sendable {
        package let features: Features
        /// The smallest distance that counts as drift.
        package let minEffect: Double
        /// The time that one comparison covers; nil leaves it to the monitor.
        package let window: Span?
        /// The least rows that one comparison needs; nil leaves it to the monitor.
        package let minRows: Int?

        /// The smallest distance that counts when the manifest names none.
        package static let standardMinEffect = 0.05

        package init(
            features: Features = .all,
            minEffect: Double = Drift.standardMinEffect,
            window: Span? = nil,
            minRows: Int? = nil
        ) {
            self.features = features
            self.minEffect = minEffect
            self.window = window
            self.minRows = minRows
        }
    }

    /// Which columns are watched.
    package enum Features: Codable, Hashable, Sendable {
        case all
        case named([String])

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // When it is no word, it has to be a list, whose own error is the useful one.
            if let word = try? container.decode(String.self) {
                guard word == "all" else {
                    throw DecodingError.dataCorruptedError(
                        in: container,
                        debugDescription: "features must be \"all\" or a list of names, not \"\(word)\""
                    )
                }
                self = .all
            } else {
                self = .named(try container.decode([String].self))
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .all: try container.encode("all")
            case .named(let names): try container.encode(names)
            }
        }

        /// Whether the column called `name` is watched.
        package func includes(_ name: String) -> Bool {
            switch self {
            case .all: true
            case .named(let names): names.contains(name)
            }
        }
    }

    /// The answers are compared with labels that come later.
    package struct Performance: Codable, Hashable, Sendable {
        package let metric: ModelMetric
        /// The least value; nil when there is a greatest one.
        package let min: Double?
        /// The greatest value, of metrics that are better when smaller.
        package let max: Double?
        package let labels: Labels
        /// The time that one judgement covers; nil leaves it to the monitor.
        package let window: Span?
        /// Columns whose values are measured apart.
        package let slices: [String]?
        /// What decisions are worth.
        package let value: Value?
        /// How far estimates without labels may be off on average; nil leaves it to the monitor.
        package let tolerance: Double?

        package init(
            metric: ModelMetric,
            min: Double? = nil,
            max: Double? = nil,
            labels: Labels,
            window: Span? = nil,
            slices: [String]? = nil,
            value: Value? = nil,
            tolerance: Double? = nil
        ) {
            self.metric = metric
            self.min = min
            self.max = max
            self.labels = labels
            self.window = window
            self.slices = slices
            self.value = value
            self.tolerance = tolerance
        }
    }

    /// What decisions are worth to the business.
    package struct Value: Codable, Hashable, Sendable {
        package let matrix: ValueMatrix
        /// What the values count, e.g. EUR.
        package let unit: String?

        package init(matrix: ValueMatrix, unit: String?) {
            self.matrix = matrix
            self.unit = unit
        }
    }

    /// Groups are compared in each window of live answers.
    package struct Fairness: Codable, Hashable, Sendable {
        package let metric: ModelMetric
        /// The column whose values are the groups: a feature of the model, or what comes with the labels.
        package let group: String
        package let bounds: GroupBounds

        package init(metric: ModelMetric, group: String, bounds: GroupBounds) {
            self.metric = metric
            self.group = group
            self.bounds = bounds
        }
    }

    /// How labels arrive.
    package struct Labels: Codable, Hashable, Sendable {
        /// How long after a prediction its label is known.
        package let delay: Span
        /// How long after a prediction its label is still taken; nil leaves it to the monitor.
        package let horizon: Span?

        package init(delay: Span, horizon: Span? = nil) {
            self.delay = delay
            self.horizon = horizon
        }
    }

    /// The columns that live answers are told apart by, each once, in order.
    package var groupColumns: [String] {
        var columns: [String] = []
        for name in (performance?.slices ?? []) + (fairness ?? []).map(\.group) where !columns.contains(name) {
            columns.append(name)
        }
        return columns
    }
}
