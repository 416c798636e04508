package import SlipwayDomain

/// What is watched once the model serves.
package struct Monitors: Codable, Hashable, Sendable {
    package let drift: Drift?
    package let performance: Performance?

    package init(drift: Drift? = nil, performance: Performance? = nil) {
        self.drift = drift
        self.performance = performance
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
        package let min: Double
        package let labels: Labels

        package init(metric: ModelMetric, min: Double, labels: Labels) {
            self.metric = metric
            self.min = min
            self.labels = labels
        }
    }

    /// How labels arrive.
    package struct Labels: Codable, Hashable, Sendable {
        /// How long after a prediction its label is known.
        package let delay: Span

        package init(delay: Span) { self.delay = delay }
    }
}
