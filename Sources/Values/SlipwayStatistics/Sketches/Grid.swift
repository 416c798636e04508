/// The frozen bin edges of a numeric reference column.
///
/// The edges are order statistics of the reference at 250 equal steps of probability (a multiple of ten, so that the
/// deciles are edges), its minimum and its maximum; 251 edges at most, duplicates removed. A value that fills more than
/// one step gets an edge just below it too, so that this atom has a bin of its own. A column of at most 250 different
/// values has every one of them as an edge (`isDiscrete`). Bins are (previous edge, edge]; the first holds what is
/// below the reference's minimum, the last what is above its maximum.
package struct Grid: Sendable, Equatable {
    /// The number of equal steps of probability.
    package static let steps = 250
    /// The upper ends of all bins but the last, strictly increasing.
    package let edges: [Double]
    /// The order statistics of the reference at 10 % ... 90 %, duplicates removed; each is an edge.
    package let deciles: [Double]
    /// True when every value of the reference is an edge.
    package let isDiscrete: Bool

    /// The grid of a reference, from its finite values.
    package init(reference values: [Double]) throws(StatisticsError) {
        let sorted = SortedSample(values).values
        try self.init(sorted: sorted)
    }

    init(sorted: [Double]) throws(StatisticsError) {
        guard let low = sorted.first, let high = sorted.last else { throw .emptyReference }
        deciles = Grid.orderStatistics(sorted, steps: 10).removingRepeats()
        if let distinct = Grid.distinct(sorted, atMost: Grid.steps) {
            isDiscrete = true
            edges = Grid.below(low) + distinct
            return
        }
        isDiscrete = false
        let quantiles = Grid.orderStatistics(sorted, steps: Grid.steps)
        var edges = Grid.below(low)
        for (i, quantile) in quantiles.enumerated() {
            let repeats = i + 1 < quantiles.count && quantiles[i + 1] == quantile
            guard edges.last != quantile else { continue }
            if repeats, let last = edges.last, quantile.nextDown > last { edges.append(quantile.nextDown) }
            edges.append(quantile)
        }
        if edges.last != high { edges.append(high) }
        self.edges = edges
    }

    init(edges: [Double], deciles: [Double], isDiscrete: Bool) {
        (self.edges, self.deciles, self.isDiscrete) = (edges, deciles, isDiscrete)
    }

    /// The inverted-CDF order statistics at 1/steps, 2/steps, ...: element ceil(n i / steps) of the sorted values.
    static func orderStatistics(_ sorted: [Double], steps: Int) -> [Double] {
        (1..<steps).map { sorted[(sorted.count * $0 + steps - 1) / steps - 1] }
    }

    private static func below(_ low: Double) -> [Double] {
        low.nextDown.isFinite ? [low.nextDown] : []
    }

    private static func distinct(_ sorted: [Double], atMost limit: Int) -> [Double]? {
        var result: [Double] = []
        for value in sorted where value != result.last {
            if result.count == limit { return nil }
            result.append(value)
        }
        return result
    }

    /// The bin of a finite value.
    @inline(__always)
    package func bin(of value: Double) -> Int { edges.withUnsafeBufferPointer { Grid.bin(of: value, $0) } }

    /// The bin of a finite value between given edges.
    @inline(__always)
    static func bin(of value: Double, _ edges: UnsafeBufferPointer<Double>) -> Int {
        // Search for the first edge that is not below the value. The sign bit of the difference stands for the
        // comparison, since a branch that is wrong half of the time would double the cost.
        var low = 0
        var length = edges.count
        while length > 1 {
            let half = length >> 1
            let difference = edges[low &+ half &- 1] - value
            low &+= half & Int(Int64(bitPattern: difference.bitPattern) >> 63)
            length &-= half
        }
        return edges[low] < value ? low &+ 1 : low
    }
}

extension Array where Element: Equatable {
    /// The array without elements that equal the one before them.
    func removingRepeats() -> [Element] {
        var result: [Element] = []
        for element in self where element != result.last { result.append(element) }
        return result
    }
}

extension Grid: Codable {
    private enum Key: String, CodingKey { case edges, deciles, discrete }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        edges = try box.decode([Double].self, forKey: .edges)
        deciles = try box.decode([Double].self, forKey: .deciles)
        isDiscrete = try box.decode(Bool.self, forKey: .discrete)
        let isIncreasing = zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
        guard !edges.isEmpty, edges.count <= 2 * Grid.steps, edges.allSatisfy(\.isFinite), isIncreasing else {
            throw StatisticsError.malformed("grid edges must be finite, increasing and at most 500")
        }
        let known = Set(edges)
        guard !deciles.isEmpty, deciles.count < 10, deciles.allSatisfy(known.contains),
            zip(deciles, deciles.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw StatisticsError.malformed("grid deciles must be increasing edges")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(edges, forKey: .edges)
        try box.encode(deciles, forKey: .deciles)
        try box.encode(isDiscrete, forKey: .discrete)
    }
}
