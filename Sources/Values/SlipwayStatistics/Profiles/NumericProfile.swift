/// The profile of a numeric column: counts on the reference's grid, exact moments and the number of distinct values.
package struct NumericProfile: Sendable, Equatable {
    /// What the numbers count, when they are points in time.
    package enum Unit: String, Sendable, Codable, CaseIterable {
        /// Days since 1970-01-01.
        case days
        /// Milliseconds since 1970 in UTC.
        case milliseconds
    }

    /// Counts on the frozen grid.
    package private(set) var grid: GridProfile
    /// Exact moments of the finite values.
    package private(set) var moments = Moments()
    /// Distinct finite values.
    package private(set) var distinct = DistinctCount()
    /// Quantiles within 1 % of their value, where the reference is positive; nil elsewhere and in live windows.
    package private(set) var positives: LogHistogram?
    /// What the values were counted by before there was a grid; nil in a profile that counts against a reference.
    package private(set) var prefixes: PrefixHistogram?
    /// Nil for plain numbers.
    package private(set) var unit: Unit?
    /// True when every finite value is known to be a whole number.
    package private(set) var isWhole = true

    /// The reference itself.
    package init(reference values: [Double?]) throws(StatisticsError) {
        let counter = NumericCounter(unit: nil)
        counter.add(values)
        self = try counter.frozen()
    }

    /// What a counter collected.
    init(
        grid: GridProfile,
        moments: Moments,
        distinct: DistinctCount,
        positives: LogHistogram?,
        prefixes: PrefixHistogram?,
        unit: Unit?,
        isWhole: Bool
    ) {
        (self.grid, self.moments, self.distinct) = (grid, moments, distinct)
        (self.positives, self.prefixes, self.unit, self.isWhole) = (positives, prefixes, unit, isWhole)
    }

    /// An empty profile that counts against the reference's edges; `isFull` keeps all that a stored profile has.
    package static func emptyLike(_ reference: NumericProfile, isFull: Bool = false) -> NumericProfile {
        NumericProfile(
            grid: .emptyLike(reference.grid),
            moments: Moments(),
            distinct: DistinctCount(),
            positives: isFull && reference.positives != nil ? LogHistogram() : nil,
            prefixes: nil,
            unit: reference.unit,
            isWhole: true
        )
    }

    /// The same column with other counts on its grid; moments and distinct values stay.
    func replacingGrid(_ grid: GridProfile) -> NumericProfile {
        var result = self
        result.grid = grid
        return result
    }

    /// Adds a value, nil for a missing one. A reference that is added to keeps its edges.
    package mutating func add(_ value: Double?) {
        if prefixes != nil { prefixes = nil }
        grid.add(value)
        if let value, value.isFinite {
            moments.add(value)
            distinct.add(value)
            if positives != nil { positives?.add(value) }
            if isWhole, value.rounded() != value { isWhole = false }
        }
    }

    /// Adds many values, which is faster than one by one.
    package mutating func add(_ values: [Double]) {
        if prefixes != nil { prefixes = nil }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { room in
            var kept = 0
            for value in values {
                if value.isFinite {
                    room[kept] = value + 0.0  // -0 becomes 0
                    kept &+= 1
                } else {
                    grid.add(value)
                }
            }
            let finite = UnsafeBufferPointer(rebasing: room[..<kept])
            grid.add(finite: finite)
            moments.add(finite: finite)
            for value in finite { distinct.add(value) }
            positives?.add(finite)
            if isWhole { isWhole = finite.allSatisfy { $0.rounded() == $0 } }
        }
    }

    /// Counts a value that is not a number.
    package mutating func addFailed() { grid.addFailed() }

    /// Adds the rows of another part: one against the same reference, or, when both were made without a reference, any.
    package mutating func merge(_ other: NumericProfile) throws(StatisticsError) {
        guard unit == other.unit else { throw .differentColumns("times and plain numbers") }
        if var prefixes, let others = other.prefixes {
            try prefixes.merge(others)
            grid = try NumericProfile.grid(prefixes, [grid, other.grid])
            self.prefixes = prefixes
        } else {
            try grid.merge(other.grid)
            prefixes = nil
        }
        try moments.merge(other.moments)
        distinct.merge(other.distinct)
        isWhole = isWhole && other.isWhole
        if var positives, let others = other.positives {
            try positives.merge(others)
            self.positives = positives
        } else {
            positives = nil
        }
    }

    /// The counts of parts that were made without a reference, on the grid of all of them.
    private static func grid(
        _ prefixes: PrefixHistogram,
        _ parts: [GridProfile]
    ) throws(StatisticsError) -> GridProfile {
        var special = SpecialCounts()
        for part in parts { try special.merge(part.special) }
        guard let low = parts.compactMap(\.minimum).min(), let high = parts.compactMap(\.maximum).max() else {
            throw .emptyReference
        }
        let grid = try Grid(prefixes, range: (low, high))
        return GridProfile(prefixes, on: grid, range: (low, high), special: special)
    }

    /// Two profiles on one grid: as they are when they share it, else, when both were made without a reference, on a grid
    /// of the first whose edges are exact for both.
    package static func aligned(
        _ reference: NumericProfile,
        _ current: NumericProfile
    ) throws(StatisticsError) -> (reference: GridProfile, current: GridProfile) {
        if reference.grid.grid == current.grid.grid { return (reference.grid, current.grid) }
        guard var old = reference.prefixes, var new = current.prefixes else {
            throw .differentReferences("numeric grids differ")
        }
        old.coarsen(to: new.shift)
        new.coarsen(to: old.shift)
        let grid = try Grid(old, range: nil)
        return (
            GridProfile(old, on: grid, range: reference.grid.range, special: reference.grid.special),
            GridProfile(new, on: grid, range: current.grid.range, special: current.grid.special)
        )
    }
}

extension NumericProfile: Codable {
    private enum Key: String, CodingKey {
        case grid, moments, distinct, positives, prefixes, special, minimum, maximum, deciles, unit, whole
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        moments = try box.decode(Moments.self, forKey: .moments)
        distinct = try box.decode(DistinctCount.self, forKey: .distinct)
        positives = try box.decodeIfPresent(LogHistogram.self, forKey: .positives)
        prefixes = try box.decodeIfPresent(PrefixHistogram.self, forKey: .prefixes)
        unit = try box.decodeIfPresent(Unit.self, forKey: .unit)
        isWhole = try box.decodeIfPresent(Bool.self, forKey: .whole) ?? false
        guard let prefixes else {
            grid = try box.decode(GridProfile.self, forKey: .grid)
            return
        }
        let low = try box.decode(Double.self, forKey: .minimum)
        let high = try box.decode(Double.self, forKey: .maximum)
        guard low.isFinite, high.isFinite, prefixes.holds(minimum: low, maximum: high) else {
            throw StatisticsError.malformed("the range of a numeric column is not that of its values")
        }
        grid = GridProfile(
            prefixes,
            on: try Grid(prefixes, range: (low, high)),
            range: (low, high),
            special: try box.decode(SpecialCounts.self, forKey: .special)
        )
        _ = try CountRange.total([grid.count] + grid.special.all, "numeric column")
        guard try box.decode([Double].self, forKey: .deciles) == grid.grid.deciles else {
            throw StatisticsError.malformed("the deciles of a numeric column are not those of its values")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(moments, forKey: .moments)
        try box.encode(distinct, forKey: .distinct)
        try box.encodeIfPresent(positives, forKey: .positives)
        try box.encodeIfPresent(unit, forKey: .unit)
        try box.encode(isWhole, forKey: .whole)
        guard let prefixes else { return try box.encode(grid, forKey: .grid) }
        // The grid follows from these; its deciles are written for those who read on.
        try box.encode(grid.grid.deciles, forKey: .deciles)
        try box.encode(prefixes, forKey: .prefixes)
        try box.encode(grid.special, forKey: .special)
        try box.encodeIfPresent(grid.minimum, forKey: .minimum)
        try box.encodeIfPresent(grid.maximum, forKey: .maximum)
    }
}
