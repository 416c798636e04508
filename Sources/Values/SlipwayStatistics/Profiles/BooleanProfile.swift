/// The profile of a column of truth values: four counts.
package struct BooleanProfile: Sendable, Equatable {
    /// Rows that are true.
    package private(set) var trueCount: Int64 = 0
    /// Rows that are false.
    package private(set) var falseCount: Int64 = 0
    /// Rows without a value.
    package private(set) var missing: Int64 = 0
    /// Values that are of another type.
    package private(set) var failed: Int64 = 0

    /// No rows.
    package init() {}

    /// Given counts.
    init(trueCount: Int64, falseCount: Int64, missing: Int64, failed: Int64) {
        (self.trueCount, self.falseCount, self.missing, self.failed) = (trueCount, falseCount, missing, failed)
    }

    /// How many values there are.
    package var count: Int64 { trueCount + falseCount }

    /// How many rows there are, whatever they hold.
    package var rows: Int64 { count + missing + failed }

    /// Adds a value, nil for a missing one.
    package mutating func add(_ value: Bool?) {
        switch value {
        case true?: trueCount &+= 1
        case false?: falseCount &+= 1
        case nil: missing &+= 1
        }
    }

    /// Counts a value that is not a truth value.
    package mutating func addFailed() { failed &+= 1 }

    /// Adds the rows of another part.
    package mutating func merge(_ other: BooleanProfile) throws(StatisticsError) {
        let sums = try CountRange.sums(
            [trueCount, falseCount, missing, failed],
            [other.trueCount, other.falseCount, other.missing, other.failed],
            "boolean column"
        )
        (trueCount, falseCount, missing, failed) = (sums[0], sums[1], sums[2], sums[3])
    }
}

extension BooleanProfile: Codable {
    private enum Key: String, CodingKey { case trueCount = "true", falseCount = "false", missing, failed }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        trueCount = try CountRange.checked(box.decode(Int64.self, forKey: .trueCount), "boolean column")
        falseCount = try CountRange.checked(box.decode(Int64.self, forKey: .falseCount), "boolean column")
        missing = try CountRange.checked(box.decode(Int64.self, forKey: .missing), "boolean column")
        failed = try CountRange.checked(box.decode(Int64.self, forKey: .failed), "boolean column")
        _ = try CountRange.total([trueCount, falseCount, missing, failed], "boolean column")
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(trueCount, forKey: .trueCount)
        try box.encode(falseCount, forKey: .falseCount)
        try box.encode(missing, forKey: .missing)
        try box.encode(failed, forKey: .failed)
    }
}
