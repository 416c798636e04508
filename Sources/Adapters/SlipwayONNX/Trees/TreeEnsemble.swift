/// Decision trees as they are walked: the nodes of one tree stand together, and the two that a node leads to side by side.
///
/// A leaf leads to itself, so that rows which arrive early go on without a question being asked.
struct TreeEnsemble: Sendable {
    /// A step of the walk: to `first` where the feature is small, to the node after it where it is not.
    struct Node: Sendable {
        var threshold: Float = 0
        var first: Int32 = 0
        var feature: UInt16 = 0
        /// 1 where a missing value (NaN) is taken for a small one.
        var takesMissing: UInt8 = 0
        /// How far the node after `first` is: 1, and 0 for a leaf.
        var step: UInt8 = 0
    }

    /// What a leaf adds to the score of a class.
    struct Weight: Sendable {
        let target: Int32
        let value: Float
    }

    /// Which values are small.
    enum Rule: String, Sendable {
        case atMost = "BRANCH_LEQ"
        case below = "BRANCH_LT"
    }

    private(set) var nodes: [Node] = []
    /// Where each tree begins, and how many steps lead to its deepest leaf.
    private(set) var roots: [Int32] = []
    private(set) var depths: [Int] = []
    /// The weights of node n are those from `firstWeights[n]` to before `firstWeights[n + 1]`; only leaves have any.
    private(set) var firstWeights: [Int32] = []
    private(set) var weights: [Weight] = []
    let rule: Rule
    let takesMissing: Bool
    /// How many scores each row gets.
    let targets: Int
    /// The least number of features that a row must have.
    private(set) var features = 0

    /// The trees of an operation `TreeEnsembleClassifier` or `TreeEnsembleRegressor` (ONNX-ML 1 to 4), whose weights are in the
    /// attributes that begin with `prefix`.
    ///
    /// Nil for what is not walked here: numbers of 64 bits, branches of several kinds, anything that is no tree.
    init?(_ node: ONNXGraph.Node, prefix: String, targets: Int) {
        guard !node.attributes.keys.contains(where: { $0.hasSuffix("_as_tensor") }),
            let described = Described(node, prefix: prefix, targets: targets)
        else { return nil }
        rule = described.rule
        takesMissing = described.missing.contains(1)
        self.targets = targets
        nodes.reserveCapacity(described.count)
        firstWeights.reserveCapacity(described.count + 1)
        for tree in described.trees {
            guard lay(tree, of: described) else { return nil }
        }
        firstWeights.append(Int32(weights.count))
    }

    /// The thresholds of each feature, as many as tell it from others.
    var thresholds: [[Float]] {
        var found = [[Float]](repeating: [], count: features)
        for node in nodes where node.step > 0 && found[Int(node.feature)].count < Self.mostThresholds {
            found[Int(node.feature)].append(node.threshold)
        }
        return found
    }

    private static let mostThresholds = 1000

    /// Lays one tree out, level by level. False when it is none: a node that two lead to, or one that is missing.
    private mutating func lay(_ tree: Range<Int>, of described: Described) -> Bool {
        let root = nodes.count
        roots.append(Int32(root))
        var order = [tree.lowerBound]
        var levels = [0]
        var isTaken = [Bool](repeating: false, count: tree.count)
        isTaken[0] = true
        var next = 0
        while next < order.count {
            let from = order[next]
            var node = Node()
            if described.isLeaf[from] {
                node.first = Int32(root + next)
                let own = described.weights[from] ?? []
                // A leaf without a weight, or with two for the only score, is for ONNX Runtime to judge.
                guard targets == 1 ? own.count == 1 : !own.isEmpty else { return false }
                firstWeights.append(Int32(weights.count))
                weights += own
            } else {
                node.threshold = described.values[from]
                node.feature = described.features[from]
                node.takesMissing = described.missing.isEmpty ? 0 : described.missing[from]
                node.first = Int32(root + order.count)
                node.step = 1
                features = max(features, Int(node.feature) + 1)
                firstWeights.append(Int32(weights.count))
                for id in [described.whenTrue[from], described.whenFalse[from]] {
                    guard let child = described.node(id, of: tree), !isTaken[child - tree.lowerBound] else { return false }
                    isTaken[child - tree.lowerBound] = true
                    order.append(child)
                    levels.append(levels[next] + 1)
                }
            }
            nodes.append(node)
            next += 1
        }
        depths.append(levels.last ?? 0)
        return true
    }
}

/// The attributes of an operation of trees, checked as far as one can without following a branch.
private struct Described {
    let rule: TreeEnsemble.Rule
    /// The nodes of each tree, which stand together.
    let trees: [Range<Int>]
    let isLeaf: [Bool]
    let ids: [Int64]
    let whenTrue: [Int64]
    let whenFalse: [Int64]
    let features: [UInt16]
    let values: [Float]
    let missing: [UInt8]
    /// The weights of a node, in the order in which they are given.
    private(set) var weights: [Int: [TreeEnsemble.Weight]] = [:]

    var count: Int { ids.count }

    /// More nodes could not be counted by what leads to them.
    private static let mostNodes = 100_000_000

    init?(_ node: ONNXGraph.Node, prefix: String, targets: Int) {
        func integers(_ name: String) -> [Int64] { node.attributes[name]?.integers ?? [] }
        ids = integers("nodes_nodeids")
        whenTrue = integers("nodes_truenodeids")
        whenFalse = integers("nodes_falsenodeids")
        values = node.attributes["nodes_values"]?.floats ?? []
        let treeIDs = integers("nodes_treeids")
        let modes = node.attributes["nodes_modes"]?.texts ?? []
        features = integers("nodes_featureids").compactMap { UInt16(exactly: $0) }
        missing = integers("nodes_missing_value_tracks_true").map { $0 == 1 ? 1 : 0 }
        let count = ids.count
        guard (1...Self.mostNodes).contains(count),
            [whenTrue.count, whenFalse.count, values.count, treeIDs.count, modes.count, features.count]
                .allSatisfy({ $0 == count }),
            missing.isEmpty || missing.count == count
        else { return nil }

        isLeaf = modes.map { $0 == "LEAF" }
        let branches = Set(modes).subtracting(["LEAF"])
        guard branches.count <= 1, let rule = TreeEnsemble.Rule(rawValue: branches.first ?? "BRANCH_LEQ") else { return nil }
        self.rule = rule

        var trees: [Range<Int>] = []
        var placeOfTree: [Int64: Int] = [:]
        for index in 0..<count {
            if index > 0, treeIDs[index] == treeIDs[index - 1] {
                trees[trees.count - 1] = trees[trees.count - 1].lowerBound..<index + 1
            } else {
                guard placeOfTree.updateValue(trees.count, forKey: treeIDs[index]) == nil else { return nil }
                trees.append(index..<index + 1)
            }
        }
        self.trees = trees

        let weightTrees = integers("\(prefix)_treeids")
        let weightNodes = integers("\(prefix)_nodeids")
        let weightTargets = integers("\(prefix)_ids")
        let weightValues = node.attributes["\(prefix)_weights"]?.floats ?? []
        guard [weightNodes.count, weightTargets.count, weightValues.count].allSatisfy({ $0 == weightTrees.count }),
            weightTrees.count <= Self.mostNodes
        else { return nil }
        for index in weightTrees.indices {
            guard let tree = placeOfTree[weightTrees[index]], (0..<Int64(targets)).contains(weightTargets[index]),
                let place = self.node(weightNodes[index], of: trees[tree])
            else { return nil }
            let weight = TreeEnsemble.Weight(target: Int32(weightTargets[index]), value: weightValues[index])
            weights[place, default: []].append(weight)
        }
    }

    /// Where the node of a number stands. Exporters number the nodes of a tree in their order; all others are left to
    /// ONNX Runtime.
    func node(_ id: Int64, of tree: Range<Int>) -> Int? {
        guard (0..<Int64(tree.count)).contains(id), ids[tree.lowerBound + Int(id)] == id else { return nil }
        return tree.lowerBound + Int(id)
    }
}
