/// How wrong a regression model is likely to be on a row, learnt from labelled rows (direct loss estimation, DLE).
///
/// Gradient-boosted trees (Friedman 2001, squared loss, at most 60 trees of depth 3 over 32 quantile bins a column, rate
/// 0.1) follow the loss of each row from the model's inputs and its answer. A quarter of the rows is held out: it ends the
/// boosting where it no longer helps, sets the scale so that losses are right on average, and says how far single losses
/// scatter around what is expected, from which the errors of an estimate follow.
package struct LossEstimator: Sendable, Hashable, Codable {
    /// Which loss is expected.
    package enum Loss: String, Sendable, Hashable, Codable, CaseIterable {
        case absolute, squared

        /// The loss of one answer.
        package func of(_ prediction: Double, _ truth: Double) -> Double {
            let error = prediction - truth
            return switch self {
            case .absolute: error.magnitude
            case .squared: error * error
            }
        }
    }

    package let loss: Loss
    /// How many numbers a row has, the answer last.
    package let width: Int
    private let base: Double
    private let scale: Double
    private let trees: [LossTree]
    /// The standard deviation of a single loss around what is expected, on rows held out.
    package let deviation: Double
    /// How many rows were held out.
    package let heldOut: Int

    /// Fewer labelled rows than this give no estimator.
    package static let leastRows = 200
    /// More rows than this are sampled.
    package static let mostRows = 20_000
    private static let mostTrees = 60
    private static let mostBins = 32
    private static let patience = 10

    /// Learns from labelled rows: the model's inputs with its answer as the last number. Nil when there are too few rows
    /// or a loss is not finite. What is missing among the inputs is NaN.
    package init?(rows: [[Double]], truths: [Double], loss: Loss) {
        precondition(rows.count == truths.count, "one truth for each row")
        guard rows.count >= Self.leastRows, let width = rows.first?.count, width > 0,
            rows.allSatisfy({ $0.count == width })
        else { return nil }
        // Every so many rows: the same rows each time, from all of the table.
        let stride = (rows.count + Self.mostRows - 1) / Self.mostRows
        let picked = Swift.stride(from: 0, to: rows.count, by: stride).map { $0 }
        let sample = picked.map { rows[$0] }
        let losses = picked.map { loss.of(rows[$0][width - 1], truths[$0]) }
        guard losses.allSatisfy(\.isFinite) else { return nil }
        let isHeldOut = picked.indices.map { SplitMix64.mix(UInt64($0)) % 4 == 0 }
        let training = picked.indices.filter { !isHeldOut[$0] }
        let testing = picked.indices.filter { isHeldOut[$0] }
        guard !training.isEmpty, testing.count > 1 else { return nil }
        let (base, trees) = Self.boosted(sample, losses, training: training, testing: testing)
        let raw = testing.map { Self.raw(sample[$0], base, trees) }
        let actual = testing.map { losses[$0] }
        let (expectedSum, actualSum) = (raw.reduce(0, +), actual.reduce(0, +))
        let scale = expectedSum > 0 ? actualSum / expectedSum : 1
        let squares = zip(raw, actual).reduce(0) { $0 + ($1.1 - scale * $1.0) * ($1.1 - scale * $1.0) }
        guard scale.isFinite, squares.isFinite else { return nil }
        self.loss = loss
        self.width = width
        self.base = base
        self.trees = trees
        self.scale = scale
        deviation = (squares / Double(testing.count - 1)).squareRoot()
        heldOut = testing.count
    }

    /// The loss to be expected of a row; nil when it has another number of columns.
    package func expected(_ row: [Double]) -> Double? {
        guard row.count == width else { return nil }
        let value = scale * Self.raw(row, base, trees)
        return value.isFinite ? value : nil
    }

    /// The mean absolute or root mean squared error over rows whose losses were expected; nil without any.
    package func estimate(_ expected: [Double]) -> EstimatedMetric? {
        guard !expected.isEmpty else { return nil }
        let mean = expected.reduce(0, +) / Double(expected.count)
        let (luck, reference) = (
            deviation / Double(expected.count).squareRoot(), deviation / Double(heldOut).squareRoot()
        )
        let value = loss == .absolute ? mean : mean.squareRoot()
        // The slope of the root, where the metric is one.
        let slope = loss == .absolute ? 1 : value > 0 ? 1 / (2 * value) : 0
        guard value.isFinite, (slope * luck).isFinite else { return nil }
        return EstimatedMetric(
            value: value,
            labelError: slope * luck,
            referenceError: slope * reference,
            rows: expected.count,
            method: .dle
        )
    }

    private static func raw(_ row: [Double], _ base: Double, _ trees: [LossTree]) -> Double {
        max(0, trees.reduce(base) { $0 + $1.value(row) })
    }

    /// The mean loss and the trees that follow what is left of it, as many as help the rows held out.
    private static func boosted(
        _ rows: [[Double]],
        _ losses: [Double],
        training: [Int],
        testing: [Int]
    ) -> (base: Double, trees: [LossTree]) {
        let width = rows.first?.count ?? 0
        let edges = (0..<width).map { column in Self.edges(training.map { rows[$0][column] }) }
        let bins = (0..<width).map { column in rows.map { bin(of: $0[column], edges[column]) } }
        let base = training.reduce(0) { $0 + losses[$1] } / Double(training.count)
        var left = losses.map { $0 - base }
        var trees: [LossTree] = []
        var best = (trees: 0, error: testing.reduce(0) { $0 + left[$1] * left[$1] })
        while trees.count < mostTrees, trees.count - best.trees < patience {
            let tree = LossTree(targets: left, bins: bins, edges: edges, rows: training, shape: LossTree.Shape())
            trees.append(tree)
            for row in rows.indices { left[row] -= tree.value(rows[row]) }
            let error = testing.reduce(0) { $0 + left[$1] * left[$1] }
            if error < best.error { best = (trees.count, error) }
        }
        return (base, Array(trees.prefix(best.trees)))
    }

    /// The lower ends of the bins from the second on: quantiles, each once.
    private static func edges(_ values: [Double]) -> [Double] {
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard let first = sorted.first else { return [] }
        var edges: [Double] = []
        for number in 1..<mostBins {
            let edge = sorted[min(sorted.count - 1, number * sorted.count / mostBins)]
            if edge > (edges.last ?? first) { edges.append(edge) }
        }
        // What is missing goes left: a cut below the smallest value sets it apart.
        if sorted.count < values.count { edges.insert(first, at: 0) }
        return edges
    }

    private static func bin(of value: Double, _ edges: [Double]) -> UInt8 {
        guard !value.isNaN else { return 0 }
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if value >= edges[middle] { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
    }
}

extension LossEstimator {
    private enum CodingKeys: String, CodingKey { case loss, width, base, scale, trees, deviation, heldOut }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        loss = try box.decode(Loss.self, forKey: .loss)
        width = try box.decode(Int.self, forKey: .width)
        base = try box.decode(Double.self, forKey: .base)
        scale = try box.decode(Double.self, forKey: .scale)
        trees = try box.decode([LossTree].self, forKey: .trees)
        deviation = try box.decode(Double.self, forKey: .deviation)
        heldOut = try box.decode(Int.self, forKey: .heldOut)
        guard width > 0, heldOut > 1, deviation >= 0, trees.allSatisfy({ $0.fits(width: width) }) else {
            throw StatisticsError.malformed("a loss estimator's trees do not fit its columns")
        }
    }
}
