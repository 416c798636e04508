import Glibc

/// Counts in bins of constant ratio: every quantile of positive values within 1 % of its value.
///
/// DDSketch (Masson, Rim, Lee, VLDB 2019) with a fixed range instead of collapsing: bin i holds values in
/// (g^(i-1), g^i] with g = 1.01 / 0.99, from 10^-9 to 10^13. Values at or below 10^-9 count in `floorCount` and read
/// back as 0; values above 10^13 count in the top bin. The range is fixed, so merging never depends on the order.
package struct LogHistogram: Sendable, Equatable {
    /// The relative error of a quantile: 1 %.
    package static let relativeError = 0.01
    private static let logRatio = log(1.01 / 0.99)
    private static let lowest = Int((log(1e-9) / logRatio).rounded(.up))
    private static let highest = Int((log(1e13) / logRatio).rounded(.up))

    /// Values at or below 10^-9, zero and negative ones included.
    package private(set) var floorCount: Int64 = 0
    /// NaN and infinite values: counted here only.
    package private(set) var rejected: Int64 = 0
    /// All finite values.
    package private(set) var count: Int64 = 0
    private var firstBin = 0
    private var bins: [Int64] = []

    /// No values.
    package init() {}

    /// Adds a value.
    package mutating func add(_ value: Double) {
        guard value.isFinite else {
            rejected += 1
            return
        }
        count += 1
        guard value > 1e-9 else {
            floorCount += 1
            return
        }
        let bin = LogHistogram.bin(of: value)
        if bin < firstBin || bin >= firstBin + bins.count { cover(bin) }
        bins[bin - firstBin] += 1
    }

    /// The edges between bins in each of 256 cells of an octave (a cell has one at most), from 2^-30 to 2^44.
    private static let cells: [(edge: Double, bin: Int)] = {
        let edges = (lowest - 1...highest).map { exp(Double($0) * logRatio) }
        var place = 0
        return (0..<75 << 8).map { cell in
            let start = Double(sign: .plus, exponent: (cell >> 8) - 30, significand: 1 + Double(cell & 255) / 256)
            while place < edges.count - 1, edges[place] < start { place += 1 }
            return (edges[place], lowest - 1 + place)
        }
    }()

    /// The bin of a value above 10^-9: by table, since a logarithm would cost more than everything else.
    @inline(__always)
    private static func bin(of value: Double) -> Int {
        let cell = Int(value.bitPattern >> 44) - (1023 - 30) << 8
        guard cell < cells.count else { return highest }
        return cells.withUnsafeBufferPointer { cells in
            let (edge, bin) = cells[cell]
            return min(max(value > edge ? bin + 1 : bin, lowest), highest)
        }
    }

    private mutating func cover(_ bin: Int) {
        if bins.isEmpty {
            firstBin = bin
            bins = [0]
        } else if bin < firstBin {
            bins.insert(contentsOf: repeatElement(0, count: firstBin - bin), at: 0)
            firstBin = bin
        } else if bin >= firstBin + bins.count {
            bins.append(contentsOf: repeatElement(0, count: bin - firstBin - bins.count + 1))
        }
    }

    /// Adds values, which is faster than one by one.
    package mutating func add(_ values: UnsafeBufferPointer<Double>) {
        var (floor, next) = (Int64(0), 0)
        while next < values.count {
            let first = firstBin
            var missing: Int?
            next = bins.withUnsafeMutableBufferPointer { bins in
                var i = next
                while i < values.count {
                    let value = values[i]
                    if value > 1e-9, value.isFinite {
                        let place = LogHistogram.bin(of: value) - first
                        guard place >= 0, place < bins.count else {
                            missing = place + first
                            return i
                        }
                        bins[place] &+= 1
                    } else if value.isFinite {
                        floor &+= 1
                    } else {
                        rejected &+= 1
                        count &-= 1
                    }
                    i += 1
                }
                return i
            }
            if let missing { cover(missing) }
        }
        floorCount += floor
        count += Int64(values.count)
    }

    /// Adds the values of another part, exactly.
    package mutating func merge(_ other: LogHistogram) throws(StatisticsError) {
        count = try CountRange.sum(count, other.count, "latencies")
        floorCount = try CountRange.sum(floorCount, other.floorCount, "latencies")
        rejected = try CountRange.sum(rejected, other.rejected, "latencies")
        guard let last = other.bins.indices.last else { return }
        cover(other.firstBin)
        cover(other.firstBin + last)
        for (i, added) in other.bins.enumerated() { bins[other.firstBin + i - firstBin] += added }
    }

    /// The value at rank q (0 ... 1), within 1 %; nil when empty.
    package func quantile(_ q: Double) -> Double? {
        guard count > 0, q >= 0, q <= 1 else { return nil }
        let rank = q * Double(count - 1)
        var seen = Double(floorCount)
        if seen > rank { return 0 }
        for (i, inBin) in bins.enumerated() where inBin > 0 {
            seen += Double(inBin)
            if seen > rank {
                return exp(Double(firstBin + i) * LogHistogram.logRatio) * (1 - LogHistogram.relativeError)
            }
        }
        return nil
    }

    /// Bounds for the value at rank q that hold at all looks together with probability 1 - alpha, to the width of a bin.
    ///
    /// The value is above an edge exactly if the share of values up to it is below q; `effect` dependent values count as
    /// one (`DesignEffect`).
    package func quantileBounds(_ q: Double, alpha: Double, effect: Double = 1) -> (lower: Double, upper: Double) {
        guard count > 0 else { return (0, LogHistogram.edge(LogHistogram.highest)) }
        let wanted = -log(alpha)
        let total = Double(count)
        func isProven(_ below: Int64) -> Bool {
            BetaMixture.logEvidence(sum: Double(below) / effect, count: total / effect, against: q) >= wanted
        }
        var (lower, upper) = (0.0, LogHistogram.edge(LogHistogram.highest))
        var below = floorCount
        if Double(below) > q * total, isProven(below) { return (0, 1e-9) }
        // Nothing lies between the floor and the first bin.
        if Double(below) < q * total, !bins.isEmpty, isProven(below) { lower = LogHistogram.edge(firstBin - 1) }
        for (i, inBin) in bins.enumerated() {
            below += inBin
            let share = Double(below) / total
            if share < q, isProven(below) { lower = LogHistogram.edge(firstBin + i) }
            if share > q, isProven(below) {
                upper = LogHistogram.edge(firstBin + i)
                break
            }
        }
        return (lower, upper)
    }

    private static func edge(_ bin: Int) -> Double { exp(Double(bin) * logRatio) }

    /// How many values are above the threshold; values within 2 % above it may be missed (those in its own bin).
    package func count(above threshold: Double) -> Int64 {
        guard threshold > 1e-9 else { return count - floorCount }
        let limit = LogHistogram.bin(of: threshold)
        var above: Int64 = 0
        for (i, inBin) in bins.enumerated() where firstBin + i > limit { above += inBin }
        return above
    }
}

extension LogHistogram {
    private var trimmed: (first: Int, bins: [Int64]) {
        guard let low = bins.firstIndex(where: { $0 != 0 }), let high = bins.lastIndex(where: { $0 != 0 }) else {
            return (0, [])
        }
        return (firstBin + low, Array(bins[low...high]))
    }

    package static func == (a: LogHistogram, b: LogHistogram) -> Bool {
        a.count == b.count && a.floorCount == b.floorCount && a.rejected == b.rejected && a.trimmed == b.trimmed
    }
}

extension LogHistogram: Hashable {
    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(floorCount)
        hasher.combine(trimmed.first)
    }
}

extension LogHistogram: Codable {
    private enum Key: String, CodingKey { case floor, rejected, first, bins }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        floorCount = try CountRange.checked(box.decode(Int64.self, forKey: .floor), "latencies")
        rejected = try CountRange.checked(box.decode(Int64.self, forKey: .rejected), "latencies")
        bins = try box.decode([Int64].self, forKey: .bins)
        firstBin = bins.isEmpty ? 0 : try box.decode(Int.self, forKey: .first)
        count = floorCount
        let range = LogHistogram.lowest...LogHistogram.highest
        guard bins.isEmpty || (range.contains(firstBin) && bins.count <= range.upperBound - firstBin + 1) else {
            throw StatisticsError.malformed("a latency histogram has bins outside its range")
        }
        for inBin in bins { count = try CountRange.sum(count, CountRange.checked(inBin, "latencies"), "latencies") }
    }

    package func encode(to encoder: any Encoder) throws {
        let (first, bins) = trimmed
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(floorCount, forKey: .floor)
        try box.encode(rejected, forKey: .rejected)
        try box.encode(first, forKey: .first)
        try box.encode(bins, forKey: .bins)
    }
}
