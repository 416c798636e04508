/// Finds the bins of many values: by the even slice of the grid's range that a value lies in, and then among that slice's
/// few edges.
///
/// The bins are those of `Grid.bin(of:)`. Subtraction and multiplication are rounded monotonically (IEEE 754), so an edge of
/// an earlier slice is below the value, and one of a later slice above it.
struct GridIndex {
    private static let slices = 1024
    private let low: Double
    private let scale: Double
    /// How many edges lie in earlier slices.
    private let starts: [Int]
    /// The edges, and infinities behind them, so that a search may look past the last.
    private let edges: [Double]
    /// Halvings until one of a slice's edges is left.
    private let steps: Int

    init(_ grid: Grid) {
        let edges = grid.edges
        let (low, high) = (edges[0], edges[edges.count - 1])
        let scale = Double(GridIndex.slices) / (high - low)
        var counts = [Int](repeating: 0, count: GridIndex.slices)
        if scale.isFinite, scale > 0 {
            for edge in edges { counts[GridIndex.slice(of: edge, low, scale)] += 1 }
        }
        let (fullest, steps) = (counts.max() ?? 0, GridIndex.bits(edges.count))
        if fullest > 0, GridIndex.bits(fullest) < steps {
            (self.low, self.scale, self.steps) = (low, scale, GridIndex.bits(fullest))
            var sum = 0
            starts = counts.map { count in
                defer { sum += count }
                return sum
            }
        } else {
            // All edges are as good as in one slice.
            (self.low, self.scale, self.steps) = (0, 0, steps)
            starts = [0]
        }
        self.edges = edges + repeatElement(.infinity, count: 1 << self.steps)
    }

    /// The least power of two that is more than a count, as its exponent.
    private static func bits(_ count: Int) -> Int { Int.bitWidth - count.leadingZeroBitCount }

    @inline(__always)
    private static func slice(of value: Double, _ low: Double, _ scale: Double) -> Int {
        let place = (value - low) * scale
        return place > 0 ? Int(place < Double(slices - 1) ? place : Double(slices - 1)) : 0
    }

    /// Hands out the bin of each finite value, in their order.
    ///
    /// Four are looked for at once: all searches take the same steps, and none waits for what another reads.
    @inline(__always)
    func eachBin(of values: UnsafeBufferPointer<Double>, _ body: (_ bin: Int, _ value: Double) -> Void) {
        starts.withUnsafeBufferPointer { starts in
            edges.withUnsafeBufferPointer { edges in
                var next = 0
                while next &+ 4 <= values.count {
                    let (a, b, c, d) = (values[next], values[next &+ 1], values[next &+ 2], values[next &+ 3])
                    var (binA, binB) = (start(a, starts), start(b, starts))
                    var (binC, binD) = (start(c, starts), start(d, starts))
                    var half = (1 << steps) >> 1
                    while half > 0 {
                        binA &+= GridIndex.step(half, from: binA, towards: a, edges)
                        binB &+= GridIndex.step(half, from: binB, towards: b, edges)
                        binC &+= GridIndex.step(half, from: binC, towards: c, edges)
                        binD &+= GridIndex.step(half, from: binD, towards: d, edges)
                        half >>= 1
                    }
                    body(binA, a)
                    body(binB, b)
                    body(binC, c)
                    body(binD, d)
                    next &+= 4
                }
                while next < values.count {
                    let value = values[next]
                    var bin = start(value, starts)
                    var half = (1 << steps) >> 1
                    while half > 0 {
                        bin &+= GridIndex.step(half, from: bin, towards: value, edges)
                        half >>= 1
                    }
                    body(bin, value)
                    next &+= 1
                }
            }
        }
    }

    @inline(__always)
    private func start(_ value: Double, _ starts: UnsafeBufferPointer<Int>) -> Int {
        starts[GridIndex.slice(of: value, low, scale)]
    }

    /// `half` when the edge before the middle is below the value, else nothing. The sign bit of the difference stands
    /// for the comparison, since a branch that is wrong half of the time would double the cost.
    @inline(__always)
    private static func step(
        _ half: Int,
        from low: Int,
        towards value: Double,
        _ edges: UnsafeBufferPointer<Double>
    ) -> Int {
        let difference = edges[low &+ half &- 1] - value
        return half & Int(Int64(bitPattern: difference.bitPattern) >> 63)
    }
}
