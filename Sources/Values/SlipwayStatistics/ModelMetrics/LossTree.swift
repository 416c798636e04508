/// A small regression tree over columns of numbers.
package struct LossTree: Sendable, Hashable, Codable {
    /// The column that each node asks; -1 at a leaf.
    private var columns: [Int] = []
    /// Values from here on go right; others, and what is not a number, go left.
    private var cuts: [Double] = []
    /// The number of the left child; the right one follows it.
    private var children: [Int] = []
    /// What a leaf says.
    private var values: [Double] = []

    /// What the tree says of a row.
    package func value(_ row: [Double]) -> Double {
        var node = 0
        while columns[node] >= 0 { node = children[node] + (row[columns[node]] >= cuts[node] ? 1 : 0) }
        return values[node]
    }

    /// Whether every question can be asked of rows with `width` columns, and every way ends.
    package func fits(width: Int) -> Bool {
        let count = columns.count
        guard count > 0, cuts.count == count, children.count == count, values.count == count else { return false }
        return columns.indices.allSatisfy { node in
            columns[node] < 0 || (columns[node] < width && children[node] > node && children[node] + 1 < count)
        }
    }

    /// How trees grow.
    struct Shape {
        var depth = 3
        var leastRows = 20
        /// What is learnt in one step.
        var rate = 0.1
    }

    /// Grows a tree that follows `targets`; `bins` has the bin of every row in every column, `edges` the lower ends of
    /// the bins from the second on.
    init(targets: [Double], bins: [[UInt8]], edges: [[Double]], rows: [Int], shape: Shape) {
        grow(targets, bins, edges, rows, depth: shape.depth, shape)
    }

    @discardableResult
    private mutating func addNode() -> Int {
        columns.append(-1)
        cuts.append(0)
        children.append(0)
        values.append(0)
        return columns.count - 1
    }

    private mutating func grow(
        _ targets: [Double],
        _ bins: [[UInt8]],
        _ edges: [[Double]],
        _ rows: [Int],
        depth: Int,
        _ shape: Shape
    ) {
        let root = addNode()
        var open: [(node: Int, rows: [Int], depth: Int)] = [(root, rows, depth)]
        while let (node, rows, depth) = open.popLast() {
            let sum = rows.reduce(0) { $0 + targets[$1] }
            values[node] = rows.isEmpty ? 0 : shape.rate * sum / Double(rows.count)
            guard depth > 0, let split = Self.split(targets, bins, edges, rows, sum: sum, shape) else { continue }
            let left = rows.filter { Int(bins[split.column][$0]) <= split.bin }
            let right = rows.filter { Int(bins[split.column][$0]) > split.bin }
            columns[node] = split.column
            cuts[node] = edges[split.column][split.bin]
            children[node] = addNode()
            addNode()
            open.append((children[node], left, depth - 1))
            open.append((children[node] + 1, right, depth - 1))
        }
    }

    /// The question that leaves the least variance; nil when none helps.
    private static func split(
        _ targets: [Double],
        _ bins: [[UInt8]],
        _ edges: [[Double]],
        _ rows: [Int],
        sum: Double,
        _ shape: Shape
    ) -> (column: Int, bin: Int)? {
        let n = Double(rows.count)
        let whole = n > 0 ? sum * sum / n : 0
        var best: (column: Int, bin: Int)?
        var gain = 1e-12 * max(1, whole)
        for column in bins.indices where !edges[column].isEmpty {
            var counts = [Int](repeating: 0, count: edges[column].count + 1)
            var sums = [Double](repeating: 0, count: edges[column].count + 1)
            for row in rows {
                let bin = Int(bins[column][row])
                counts[bin] += 1
                sums[bin] += targets[row]
            }
            var (leftCount, leftSum) = (0, 0.0)
            for bin in 0..<edges[column].count {
                leftCount += counts[bin]
                leftSum += sums[bin]
                let rightCount = rows.count - leftCount
                guard leftCount >= shape.leastRows, rightCount >= shape.leastRows else { continue }
                let rightSum = sum - leftSum
                let found =
                    leftSum * leftSum / Double(leftCount) + rightSum * rightSum / Double(rightCount) - whole
                if found > gain {
                    gain = found
                    best = (column, bin)
                }
            }
        }
        return best
    }
}
