extension Grid {
    /// The grid of a reference that was counted by prefixes: the same rule, with each order statistic moved up to the
    /// end of its bin, so that counts on the grid are exact. With a range, the outermost edges are its ends; without,
    /// every edge is the end of a bin.
    init(
        _ histogram: PrefixHistogram,
        range: (minimum: Double, maximum: Double)?
    ) throws(StatisticsError) {
        let bins = histogram.bins
        guard let low = bins.first, let high = bins.last else { throw .emptyReference }
        let highest = range?.maximum ?? histogram.upper(high.prefix)
        func upper(_ place: Int) -> Double { min(histogram.upper(bins[place].prefix), highest) }
        var ends: [Int64] = []
        for bin in bins { ends.append((ends.last ?? 0) + bin.count) }
        let deciles = Grid.places(ends, steps: 10).map(upper).removingRepeats()
        let lowest = range.map { $0.minimum.nextDown } ?? histogram.below(low.prefix)
        var edges = [lowest].compactMap { $0 }.filter(\.isFinite)
        if histogram.shift == 0, bins.count <= Grid.steps {
            self.init(edges: edges + bins.indices.map(upper), deciles: deciles, isDiscrete: true)
            return
        }
        let places = Grid.places(ends, steps: Grid.steps)
        for (i, place) in places.enumerated() {
            let edge = upper(place)
            guard edges.last != edge else { continue }
            // A bin of more than one step is set apart from the values below it.
            if i + 1 < places.count, places[i + 1] == place, let below = histogram.below(bins[place].prefix),
                let last = edges.last, below > last
            {
                edges.append(below)
            }
            edges.append(edge)
        }
        if edges.last != highest { edges.append(highest) }
        self.init(edges: edges, deciles: deciles, isDiscrete: false)
    }

    /// The bins that hold the order statistics at 1/steps, 2/steps, ..., from the counts up to each bin's end.
    private static func places(_ ends: [Int64], steps: Int) -> [Int] {
        let total = ends.last ?? 0
        var place = 0
        return (1..<steps).map { step in
            // Divided first, so that no count overflows; the same as ceil(total step / steps).
            let (whole, rest) = total.quotientAndRemainder(dividingBy: Int64(steps))
            let rank = whole * Int64(step) + (rest * Int64(step) + Int64(steps) - 1) / Int64(steps)
            while ends[place] < rank { place += 1 }
            return place
        }
    }
}

extension GridProfile {
    /// The counts of a histogram by prefixes on a grid whose edges are ends of its bins.
    init(
        _ histogram: PrefixHistogram,
        on grid: Grid,
        range: (minimum: Double, maximum: Double)?,
        special: SpecialCounts
    ) {
        var counts = [Int64](repeating: 0, count: grid.edges.count + 1)
        var offEdge: Int64 = 0
        for (prefix, count) in histogram.bins {
            let value = min(histogram.upper(prefix), range?.maximum ?? .infinity)
            let bin = grid.bin(of: value)
            counts[bin] += count
            if grid.isDiscrete, bin == grid.edges.count || grid.edges[bin] != value { offEdge += count }
        }
        self.init(grid: grid, counts: counts, special: special, offEdge: offEdge, range: range)
    }

    /// The smallest and the largest finite value, nil when there is none.
    var range: (minimum: Double, maximum: Double)? {
        guard let minimum, let maximum else { return nil }
        return (minimum, maximum)
    }
}

extension PrefixHistogram {
    /// Whether these are numbers of the first and the last bin.
    func holds(minimum: Double, maximum: Double) -> Bool {
        let bins = bins
        return bins.first?.prefix == PrefixHistogram.order(minimum) >> UInt64(shift)
            && bins.last?.prefix == PrefixHistogram.order(maximum) >> UInt64(shift) && minimum <= maximum
    }
}
