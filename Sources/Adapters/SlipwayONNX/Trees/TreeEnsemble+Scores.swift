extension TreeEnsemble {
    /// Rows that are walked side by side, so that none waits for another's memory.
    private static let lanes = 8
    /// After so many steps one looks whether all have arrived.
    private static let stepsAtOnce = 8

    /// Adds up what the leaves of each tree say of some rows, tree by tree as ONNX Runtime does: the order of a sum of
    /// 32-bit numbers shows in its last bits.
    ///
    /// - Parameters:
    ///   - rows: `count` rows of `width` features each, at least `features`.
    ///   - scores: `count` times `targets`, which are added to.
    func addScores(
        of rows: UnsafePointer<Float>,
        count: Int,
        width: Int,
        to scores: UnsafeMutablePointer<Float>
    ) {
        switch (rule, takesMissing) {
        case (.atMost, false): addScores(AtMost.self, rows, count, width, scores)
        case (.atMost, true): addScores(AtMostOrMissing.self, rows, count, width, scores)
        case (.below, false): addScores(Below.self, rows, count, width, scores)
        case (.below, true): addScores(BelowOrMissing.self, rows, count, width, scores)
        }
    }

    private func addScores<Branch: TreeBranch>(
        _: Branch.Type,
        _ rows: UnsafePointer<Float>,
        _ count: Int,
        _ width: Int,
        _ scores: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.lanes) { places in
            nodes.withUnsafeBufferPointer { nodes in
                guard let places = places.baseAddress, let nodes = nodes.baseAddress else { return }
                let together = count - count % Self.lanes
                for tree in 0..<roots.count {
                    for row in stride(from: 0, to: together, by: Self.lanes) {
                        places.initialize(repeating: roots[tree], count: Self.lanes)
                        let first = rows + row * width
                        walk(Branch.self, from: places, nodes, depth: depths[tree]) { lane, feature in
                            first[lane &* width &+ feature]
                        }
                        add(places, of: tree, nodes, to: scores + row * targets)
                    }
                }
                for row in together..<count {
                    addScores(Branch.self, ofOne: rows + row * width, nodes, places, to: scores + row * targets)
                }
            }
        }
    }

    /// One row by itself goes down several trees at once.
    private func addScores<Branch: TreeBranch>(
        _: Branch.Type,
        ofOne row: UnsafePointer<Float>,
        _ nodes: UnsafePointer<Node>,
        _ places: UnsafeMutablePointer<Int32>,
        to scores: UnsafeMutablePointer<Float>
    ) {
        for tree in stride(from: 0, to: roots.count, by: Self.lanes) {
            var depth = 0
            // Behind the last tree the last one is walked again.
            for lane in 0..<Self.lanes {
                let walked = min(tree + lane, roots.count - 1)
                places[lane] = roots[walked]
                depth = max(depth, depths[walked])
            }
            walk(Branch.self, from: places, nodes, depth: depth) { _, feature in row[feature] }
            for lane in 0..<min(Self.lanes, roots.count - tree) {
                add(places + lane, rows: 1, of: tree + lane, nodes, to: scores)
            }
        }
    }

    /// Takes every lane from where it stands to a leaf, which is at most `depth` steps away.
    @inline(__always)
    private func walk<Branch: TreeBranch>(
        _: Branch.Type,
        from places: UnsafeMutablePointer<Int32>,
        _ nodes: UnsafePointer<Node>,
        depth: Int,
        _ value: (_ lane: Int, _ feature: Int) -> Float
    ) {
        var left = depth
        while left > 0 {
            for _ in 0..<min(left, Self.stepsAtOnce) {
                for lane in 0..<Self.lanes {
                    let node = nodes[Int(places[lane])]
                    places[lane] = node.first &+ Branch.steps(value(lane, Int(node.feature)), node)
                }
            }
            left -= Self.stepsAtOnce
            guard left > 0 else { return }
            if (0..<Self.lanes).allSatisfy({ nodes[Int(places[$0])].step == 0 }) { return }
        }
    }

    /// Adds what the leaves of a tree say that some rows have come to.
    @inline(__always)
    private func add(
        _ leaves: UnsafePointer<Int32>,
        rows: Int = TreeEnsemble.lanes,
        of tree: Int,
        _ nodes: UnsafePointer<Node>,
        to scores: UnsafeMutablePointer<Float>
    ) {
        if let votedFor {
            let scores = scores + Int(votedFor[tree])
            for row in 0..<rows { scores[row &* targets] += nodes[Int(leaves[row])].value }
        } else {
            for row in 0..<rows {
                let leaf = Int(leaves[row])
                for weight in weights[Int(firstWeights[leaf])..<Int(firstWeights[leaf + 1])] {
                    scores[row &* targets &+ Int(weight.target)] += weight.value
                }
            }
        }
    }
}

/// How far the next node lies behind the first of the two that a node leads to: without a branch of the processor's, which
/// would guess wrong half of the time.
private protocol TreeBranch {
    static func steps(_ value: Float, _ node: TreeEnsemble.Node) -> Int32
}

private enum AtMost: TreeBranch {
    @inline(__always)
    static func steps(_ value: Float, _ node: TreeEnsemble.Node) -> Int32 {
        Int32(node.step) & (value <= node.value ? 0 : 1)
    }
}

private enum Below: TreeBranch {
    @inline(__always)
    static func steps(_ value: Float, _ node: TreeEnsemble.Node) -> Int32 {
        Int32(node.step) & (value < node.value ? 0 : 1)
    }
}

private enum AtMostOrMissing: TreeBranch {
    @inline(__always)
    static func steps(_ value: Float, _ node: TreeEnsemble.Node) -> Int32 {
        AtMost.steps(value, node) & ~(Int32(node.takesMissing) & (value.isNaN ? 1 : 0))
    }
}

private enum BelowOrMissing: TreeBranch {
    @inline(__always)
    static func steps(_ value: Float, _ node: TreeEnsemble.Node) -> Int32 {
        Below.steps(value, node) & ~(Int32(node.takesMissing) & (value.isNaN ? 1 : 0))
    }
}
