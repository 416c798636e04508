internal import SlipwayDomain

/// A feature's value at one place: offline in a table, or online as the model saw it.
package enum FeatureValue: Hashable, Sendable {
    case number(Double)
    case text(String)
    case missing

    /// How it is shown.
    package var text: String {
        switch self {
        case .number(let value): value.valueText
        case .text(let value): value
        case .missing: "missing"
        }
    }
}

/// How near two numbers must be to count as the same.
package struct SkewTolerance: Hashable, Sendable {
    /// The difference that is accepted at any size.
    package var absolute: Double
    /// The difference that is accepted as a share of the larger magnitude; single precision keeps 6e-8.
    package var relative: Double

    package init(absolute: Double = 0, relative: Double = 1e-6) {
        self.absolute = absolute
        self.relative = relative
    }

    /// Whether two values are the same feature.
    package func accepts(_ left: FeatureValue, _ right: FeatureValue) -> Bool {
        guard case .number(let a) = left, case .number(let b) = right else { return left == right }
        if a == b || (a.isNaN && b.isNaN) { return true }
        let difference = (a - b).magnitude
        return difference <= max(absolute, relative * max(a.magnitude, b.magnitude))
    }
}

/// What the same entities' features are offline and online, column by column.
package struct SkewVerdict: Sendable {
    /// One column.
    package struct Column: Sendable {
        package let name: String
        package internal(set) var equal = 0
        package internal(set) var different = 0
        /// Entities with a value online only, offline only.
        package internal(set) var missingOffline = 0
        package internal(set) var missingOnline = 0
        /// A few of what is not the same, the first that were met.
        package internal(set) var examples: [Example] = []

        /// Entities of which at least one side has a value.
        package var compared: Int { equal + different + missingOffline + missingOnline }
        /// The share that is not the same.
        package var share: Double { compared == 0 ? 0 : Double(compared - equal) / Double(compared) }
    }

    /// An entity whose value differs.
    package struct Example: Hashable, Sendable {
        package let key: String
        package let offline: FeatureValue
        package let online: FeatureValue
    }

    package internal(set) var columns: [Column]
    /// Online rows whose key the offline data have once.
    package internal(set) var joined = 0
    /// Online rows without a key.
    package internal(set) var withoutKey = 0
    /// Online rows whose key is not in the offline data.
    package internal(set) var unknown = 0
    /// Online rows whose key has several offline rows that differ: nobody knows which one was meant.
    package internal(set) var ambiguous = 0
    /// Columns that only one side has.
    package let onlyOffline: [String]
    package let onlyOnline: [String]

    /// The columns where more than the accepted share is not the same, the worst first.
    package func skewed(above share: Double) -> [Column] {
        columns.filter { $0.compared > 0 && $0.share > share }.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
    }
}

/// Compares features of the same entities value by value: what a model learnt from and what it is asked with.
package struct SkewAnalyst: Sendable {
    private let tolerances: [SkewTolerance]
    private var rows: [String: Offline] = [:]
    private var verdict: SkewVerdict

    /// Examples that are kept for each column.
    package static let examples = 5

    private enum Offline {
        case row([FeatureValue])
        case several
    }

    /// Starts with the columns that both sides have, each with its tolerance.
    package init(
        columns: [(name: String, tolerance: SkewTolerance)],
        onlyOffline: [String] = [],
        onlyOnline: [String] = []
    ) {
        tolerances = columns.map(\.tolerance)
        verdict = SkewVerdict(
            columns: columns.map { SkewVerdict.Column(name: $0.name) },
            onlyOffline: onlyOffline,
            onlyOnline: onlyOnline
        )
    }

    /// Adds an offline row; rows of one key that are the same count once.
    package mutating func add(offline values: [FeatureValue], key: String) {
        precondition(values.count == tolerances.count, "a value for each column")
        switch rows[key] {
        case nil: rows[key] = .row(values)
        case .row(let known)?: if known != values { rows[key] = .several }
        case .several?: break
        }
    }

    /// Compares an online row with the offline row of its key.
    package mutating func compare(online values: [FeatureValue], key: String?) {
        precondition(values.count == tolerances.count, "a value for each column")
        guard let key else { return verdict.withoutKey += 1 }
        switch rows[key] {
        case nil: verdict.unknown += 1
        case .several?: verdict.ambiguous += 1
        case .row(let offline)?:
            verdict.joined += 1
            for place in values.indices { count(place, offline[place], values[place], key) }
        }
    }

    private mutating func count(_ place: Int, _ offline: FeatureValue, _ online: FeatureValue, _ key: String) {
        if offline == .missing, online == .missing { return }
        if tolerances[place].accepts(offline, online) {
            verdict.columns[place].equal += 1
            return
        }
        if offline == .missing {
            verdict.columns[place].missingOffline += 1
        } else if online == .missing {
            verdict.columns[place].missingOnline += 1
        } else {
            verdict.columns[place].different += 1
        }
        if verdict.columns[place].examples.count < Self.examples {
            verdict.columns[place].examples.append(SkewVerdict.Example(key: key, offline: offline, online: online))
        }
    }

    /// What was found so far.
    package var result: SkewVerdict { verdict }
}
