/// What a numeric column holds beside finite values.
package struct SpecialCounts: Sendable, Equatable {
    /// Rows without a value.
    package var missing: Int64 = 0
    /// Values that are NaN.
    package var nan: Int64 = 0
    /// Values that are plus infinity.
    package var positiveInfinity: Int64 = 0
    /// Values that are minus infinity.
    package var negativeInfinity: Int64 = 0
    /// Values that are of another type.
    package var failed: Int64 = 0

    /// None.
    package init() {}

    /// All counts, in a fixed order.
    var all: [Int64] { [missing, nan, positiveInfinity, negativeInfinity, failed] }

    /// Adds the counts of another part.
    mutating func merge(_ other: SpecialCounts) throws(StatisticsError) {
        self = SpecialCounts(try CountRange.sums(all, other.all, "numeric column"))
    }

    private init(_ all: [Int64]) {
        (missing, nan, positiveInfinity, negativeInfinity, failed) = (all[0], all[1], all[2], all[3], all[4])
    }
}

extension SpecialCounts: Codable {
    package init(from decoder: any Decoder) throws {
        let all = try decoder.singleValueContainer().decode([Int64].self)
        guard all.count == 5 else {
            throw StatisticsError.malformed("a numeric column has the wrong number of counts")
        }
        _ = try CountRange.total(all, "numeric column")
        self.init(all)
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(all)
    }
}
