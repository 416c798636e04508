internal import SlipwayPolicy

/// A rule about how much may be wrong: an element of `quality`.
package struct QualityRule: Hashable, Sendable {
    package let name: String?
    package let metric: Metric
    package let bound: Bound
    package let unit: Unit
    /// Accuracy, completeness and so on: carried into the report.
    package let dimension: String?
    /// A failure is told and does not make the answer "no" (severity `info` or `warning`).
    package let isWarning: Bool

    package init(
        name: String? = nil,
        metric: Metric,
        bound: Bound,
        unit: Unit = .rows,
        dimension: String? = nil,
        isWarning: Bool = false
    ) {
        self.name = name
        self.metric = metric
        self.bound = bound
        self.unit = unit
        self.dimension = dimension
        self.isWarning = isWarning
    }

    /// What is counted.
    package enum Metric: Hashable, Sendable {
        case nullValues
        /// Nulls and texts that stand for nothing, such as `N/A`.
        case missingValues([String])
        case invalidValues(ValueLimits)
        /// Rows whose value, or combination of values, occurs more than once.
        case duplicateValues([String])
        case rowCount
        /// One SELECT that gives one number.
        case sql(String)

        /// The standard's word.
        package var word: String {
            switch self {
            case .nullValues: "nullValues"
            case .missingValues: "missingValues"
            case .invalidValues: "invalidValues"
            case .duplicateValues: "duplicateValues"
            case .rowCount: "rowCount"
            case .sql: "sql"
            }
        }
    }

    /// What the bound is about.
    package enum Unit: String, Hashable, Sendable {
        case rows
        /// Of all rows.
        case percent
        /// Of the rows that have a value (custom property `percentOf: present`).
        case percentOfPresent
    }
}

/// What a measured number must be.
package enum Bound: Hashable, Sendable {
    case equal(Double)
    case notEqual(Double)
    case greater(Double)
    case atLeast(Double)
    case less(Double)
    case atMost(Double)
    case between(Double, Double)
    case notBetween(Double, Double)

    /// Whether `value` keeps the bound; both ends of a range belong to it. A value that is no number keeps none.
    package func holds(_ value: Double) -> Bool {
        guard !value.isNaN else { return false }
        return switch self {
        case .equal(let wanted): value == wanted
        case .notEqual(let wanted): value != wanted
        case .greater(let limit): value > limit
        case .atLeast(let limit): value >= limit
        case .less(let limit): value < limit
        case .atMost(let limit): value <= limit
        case .between(let low, let high): value >= low && value <= high
        case .notBetween(let low, let high): value < low || value > high
        }
    }

    /// The standard's key.
    package var key: String {
        switch self {
        case .equal: "mustBe"
        case .notEqual: "mustNotBe"
        case .greater: "mustBeGreaterThan"
        case .atLeast: "mustBeGreaterOrEqualTo"
        case .less: "mustBeLessThan"
        case .atMost: "mustBeLessOrEqualTo"
        case .between: "mustBeBetween"
        case .notBetween: "mustNotBeBetween"
        }
    }

    /// Every key, in the order in which they are listed.
    package static let keys = [
        "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo",
        "mustBeBetween", "mustNotBeBetween",
    ]

    /// Makes the bound of a key out of its one or two numbers.
    init?(key: String, numbers: [Double]) {
        guard let first = numbers.first, let last = numbers.last else { return nil }
        switch key {
        case "mustBe": self = .equal(first)
        case "mustNotBe": self = .notEqual(first)
        case "mustBeGreaterThan": self = .greater(first)
        case "mustBeGreaterOrEqualTo": self = .atLeast(first)
        case "mustBeLessThan": self = .less(first)
        case "mustBeLessOrEqualTo": self = .atMost(first)
        case "mustBeBetween": self = .between(first, last)
        case "mustNotBeBetween": self = .notBetween(first, last)
        default: return nil
        }
    }

    /// The numbers of the bound.
    package var numbers: [Double] {
        switch self {
        case .equal(let value), .notEqual(let value), .greater(let value), .atLeast(let value), .less(let value),
            .atMost(let value):
            [value]
        case .between(let low, let high), .notBetween(let low, let high): [low, high]
        }
    }

    /// For people: `at most 5`.
    package var words: String {
        let shown = numbers.map { Figures.text($0, digits: 6) }
        return switch self {
        case .equal: "exactly \(shown[0])"
        case .notEqual: "not \(shown[0])"
        case .greater: "more than \(shown[0])"
        case .atLeast: "at least \(shown[0])"
        case .less: "less than \(shown[0])"
        case .atMost: "at most \(shown[0])"
        case .between: "from \(shown[0]) to \(shown[1])"
        case .notBetween: "outside of \(shown[0]) to \(shown[1])"
        }
    }
}
