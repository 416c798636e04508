/// The profile of a numeric column: counts on the reference's grid, exact moments and the number of distinct values.
package struct NumericProfile: Sendable, Equatable, Codable {
    /// Counts on the frozen grid.
    package private(set) var grid: GridProfile
    /// Exact moments of the finite values.
    package private(set) var moments = Moments()
    /// Distinct finite values.
    package private(set) var distinct = DistinctCount()

    /// The reference itself.
    package init(reference values: [Double?]) throws(StatisticsError) {
        grid = GridProfile(grid: try Grid(reference: values.compactMap { $0 }))
        for value in values { add(value) }
    }

    private init(grid: Grid) { self.grid = GridProfile(grid: grid) }

    /// An empty profile that counts against the reference's edges.
    package static func emptyLike(_ reference: NumericProfile) -> NumericProfile {
        NumericProfile(grid: reference.grid.grid)
    }

    /// The same column with other counts on its grid; moments and distinct values stay.
    func replacingGrid(_ grid: GridProfile) -> NumericProfile {
        var result = self
        result.grid = grid
        return result
    }

    /// Adds a value, nil for a missing one.
    package mutating func add(_ value: Double?) {
        grid.add(value)
        if let value, value.isFinite {
            moments.add(value)
            distinct.add(value)
        }
    }

    /// Counts a value that is not a number.
    package mutating func addFailed() { grid.addFailed() }

    /// Adds the rows of another part.
    package mutating func merge(_ other: NumericProfile) throws(StatisticsError) {
        try grid.merge(other.grid)
        try moments.merge(other.moments)
        distinct.merge(other.distinct)
    }
}
