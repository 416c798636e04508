/// The finite values of a sample in ascending order, the form that the exact comparisons work on.
package struct SortedSample: Sendable, Equatable {
    /// The values, ascending; NaN and infinities are left out, -0 is 0.
    package let values: [Double]

    /// Sorts the finite values.
    package init(_ values: [Double]) {
        self.values = values.filter(\.isFinite).map { $0 + 0.0 }.sorted()
    }

    /// How many finite values there are.
    package var count: Int { values.count }

    /// The element ceil(n i / steps) for i = 1 ..< steps, duplicates removed: the inverted-CDF quantiles.
    package func distinctQuantiles(steps: Int) -> [Double] {
        values.isEmpty ? [] : Grid.orderStatistics(values, steps: steps).removingRepeats()
    }

    /// Counts in (-inf, e0], (e0, e1], ..., (e_last, inf) for ascending edges.
    package func counts(between edges: [Double]) -> [Int64] {
        var result = [Int64](repeating: 0, count: edges.count + 1)
        var bin = 0
        for value in values {
            while bin < edges.count, edges[bin] < value { bin += 1 }
            result[bin] += 1
        }
        return result
    }
}
