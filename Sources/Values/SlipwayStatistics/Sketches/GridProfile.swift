/// Exact counts of a numeric column on the frozen grid of its reference, with a counter for everything that is no
/// number.
///
/// Merging adds integers: associative, commutative and equal byte for byte for any order and partition.
package struct GridProfile: Sendable, Equatable {
    /// The frozen edges that the values are counted against.
    package let grid: Grid
    /// Counts per bin, one more than there are edges.
    package private(set) var counts: [Int64]
    /// Rows without a value.
    package private(set) var missing: Int64 = 0
    /// Values that are NaN.
    package private(set) var nan: Int64 = 0
    /// Values that are plus infinity.
    package private(set) var positiveInfinity: Int64 = 0
    /// Values that are minus infinity.
    package private(set) var negativeInfinity: Int64 = 0
    /// Values that are of another type.
    package private(set) var failed: Int64 = 0
    /// Finite values that are no edge of a discrete grid (0 on any other grid).
    package private(set) var offEdge: Int64 = 0
    /// The smallest finite value, nil when there is none.
    package private(set) var minimum: Double?
    /// The largest finite value, nil when there is none.
    package private(set) var maximum: Double?

    /// An empty profile on a grid.
    package init(grid: Grid) {
        self.grid = grid
        counts = [Int64](repeating: 0, count: grid.edges.count + 1)
    }

    /// Counts that were made elsewhere: a bin more than the grid has edges.
    init(
        grid: Grid,
        counts: [Int64],
        special: SpecialCounts,
        offEdge: Int64,
        range: (minimum: Double, maximum: Double)?
    ) {
        precondition(counts.count == grid.edges.count + 1, "one count for each bin")
        self.grid = grid
        self.counts = counts
        missing = special.missing
        nan = special.nan
        positiveInfinity = special.positiveInfinity
        negativeInfinity = special.negativeInfinity
        failed = special.failed
        self.offEdge = offEdge
        minimum = range?.minimum
        maximum = range?.maximum
    }

    /// The reference itself: its grid, with its own values counted.
    package init(reference values: [Double?]) throws(StatisticsError) {
        self.init(grid: try Grid(reference: values.compactMap { $0 }))
        for value in values { add(value) }
    }

    /// An empty profile that counts against the same edges as the reference.
    package static func emptyLike(_ reference: GridProfile) -> GridProfile { GridProfile(grid: reference.grid) }

    /// Adds a value, nil for a missing one.
    @inline(__always)
    package mutating func add(_ value: Double?) {
        guard let value else {
            missing &+= 1
            return
        }
        guard value.isFinite else {
            addSpecial(value)
            return
        }
        let x = value + 0.0  // -0 becomes 0
        let bin = grid.bin(of: x)
        counts[bin] &+= 1
        if grid.isDiscrete, bin == grid.edges.count || grid.edges[bin] != x { offEdge &+= 1 }
        if let low = minimum, let high = maximum {
            if x < low { minimum = x }
            if x > high { maximum = x }
        } else {
            minimum = x
            maximum = x
        }
    }

    /// Adds finite values without a negative zero, which is faster than one by one.
    mutating func add(finite values: UnsafeBufferPointer<Double>) {
        guard var low = values.first, var high = values.first else { return }
        var off: Int64 = 0
        grid.edges.withUnsafeBufferPointer { edges in
            counts.withUnsafeMutableBufferPointer { counts in
                for value in values {
                    let bin = Grid.bin(of: value, edges)
                    counts[bin] &+= 1
                    if grid.isDiscrete, bin == edges.count || edges[bin] != value { off &+= 1 }
                    low = value < low ? value : low
                    high = value > high ? value : high
                }
            }
        }
        offEdge &+= off
        minimum = min(minimum ?? low, low)
        maximum = max(maximum ?? high, high)
    }

    private mutating func addSpecial(_ value: Double) {
        if value.isNaN {
            nan &+= 1
        } else if value > 0 {
            positiveInfinity &+= 1
        } else {
            negativeInfinity &+= 1
        }
    }

    /// Counts a value that is not a number.
    package mutating func addFailed() { failed &+= 1 }

    /// Adds the rows of another part, counted against the same grid.
    package mutating func merge(_ other: GridProfile) throws(StatisticsError) {
        guard grid == other.grid else { throw .differentReferences("numeric grids differ") }
        _ = try CountRange.sum(rows, other.rows, "numeric column")
        let counters = try CountRange.sums(counters, other.counters, "numeric column")
        counts = try CountRange.sums(counts, other.counts, "numeric column")
        setCounters(counters)
        if let low = other.minimum { minimum = min(minimum ?? low, low) }
        if let high = other.maximum { maximum = max(maximum ?? high, high) }
    }

    /// Takes the rows of an older part away (a sliding window); the range stays that of all rows ever added.
    package mutating func subtract(_ other: GridProfile) throws(StatisticsError) {
        guard grid == other.grid else { throw .differentReferences("numeric grids differ") }
        let counters = try CountRange.differences(counters, other.counters, "numeric column")
        counts = try CountRange.differences(counts, other.counts, "numeric column")
        setCounters(counters)
        if count == 0 {
            minimum = nil
            maximum = nil
        }
    }

    /// A profile on the same grid and range with other counts; those of no number are given in the order of
    /// `missingCounts`.
    func replacingCounts(_ counts: [Int64], missing others: [Int64]) -> GridProfile {
        precondition(counts.count == self.counts.count && others.count == 5, "one count a bin")
        var result = self
        result.counts = counts
        (result.missing, result.nan) = (others[0], others[1])
        (result.positiveInfinity, result.negativeInfinity, result.failed) = (others[2], others[3], others[4])
        result.offEdge = 0
        if result.count == 0 {
            result.minimum = nil
            result.maximum = nil
        }
        return result
    }

    /// The counts of what is no number: missing, NaN, plus and minus infinity, of another type.
    var missingCounts: [Int64] { [missing, nan, positiveInfinity, negativeInfinity, failed] }

    private var counters: [Int64] { [missing, nan, positiveInfinity, negativeInfinity, failed, offEdge] }

    private mutating func setCounters(_ values: [Int64]) {
        (missing, nan, positiveInfinity, negativeInfinity, failed, offEdge) =
            (values[0], values[1], values[2], values[3], values[4], values[5])
    }
}

extension GridProfile {
    /// How many finite values there are.
    package var count: Int64 { counts.reduce(0, +) }

    /// How many rows there are, whatever they hold.
    package var rows: Int64 { counters.reduce(count, +) - offEdge }

    /// What there is beside finite values.
    package var special: SpecialCounts {
        var special = SpecialCounts()
        special.missing = missing
        special.nan = nan
        special.positiveInfinity = positiveInfinity
        special.negativeInfinity = negativeInfinity
        special.failed = failed
        return special
    }

    /// True when the counts tell every single value: the grid is discrete and all values are edges.
    package var isExact: Bool { grid.isDiscrete && offEdge == 0 }

    /// Finite values below the reference's smallest one.
    package var under: Int64 { hasUnderBin ? counts[0] : 0 }

    /// Finite values above the reference's largest one.
    package var over: Int64 { counts[counts.count - 1] }

    private var hasUnderBin: Bool { grid.edges[0] > -Double.greatestFiniteMagnitude }

    /// Counts between the reference's deciles, exact: (-inf, d1], (d1, d2], ..., (d9, inf).
    package var decileCounts: [Int64] {
        var result = [Int64](repeating: 0, count: grid.deciles.count + 1)
        var target = 0
        for (i, inBin) in counts.enumerated() {
            result[target] += inBin
            if i < grid.edges.count, target < grid.deciles.count, grid.edges[i] == grid.deciles[target] {
                target += 1
            }
        }
        return result
    }

    /// An upper bound of the value at rank q (0 ... 1): the edge that closes its bin, or the maximum; nil when empty.
    package func quantile(_ q: Double) -> Double? {
        guard let maximum, count > 0, q >= 0, q <= 1 else { return nil }
        let rank = max(1, Int64((q * Double(count)).rounded(.up)))
        var seen: Int64 = 0
        for (i, inBin) in counts.enumerated() {
            seen += inBin
            if seen >= rank { return i < grid.edges.count ? min(grid.edges[i], maximum) : maximum }
        }
        return maximum
    }
}

extension GridProfile: Codable {
    private enum Key: String, CodingKey { case grid, counts, counters, minimum, maximum }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        grid = try box.decode(Grid.self, forKey: .grid)
        counts = try box.decode([Int64].self, forKey: .counts)
        minimum = try box.decodeIfPresent(Double.self, forKey: .minimum)
        maximum = try box.decodeIfPresent(Double.self, forKey: .maximum)
        let counters = try box.decode([Int64].self, forKey: .counters)
        guard counts.count == grid.edges.count + 1, counters.count == 6 else {
            throw StatisticsError.malformed("a numeric column has the wrong number of counts")
        }
        _ = try CountRange.total(counts + counters, "numeric column")
        setCounters(counters)
        guard offEdge <= (grid.isDiscrete ? count : 0) else {
            throw StatisticsError.malformed("a numeric column has more values off its edges than values")
        }
        guard (minimum == nil) == (count == 0), (maximum == nil) == (count == 0) else {
            throw StatisticsError.malformed("a numeric column has a range without values, or values without a range")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(grid, forKey: .grid)
        try box.encode(counts, forKey: .counts)
        try box.encode(counters, forKey: .counters)
        try box.encodeIfPresent(minimum, forKey: .minimum)
        try box.encodeIfPresent(maximum, forKey: .maximum)
    }
}
