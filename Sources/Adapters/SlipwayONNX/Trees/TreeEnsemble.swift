/// Decision trees as they are walked: the nodes of one tree stand together, and the two that a node leads to side by side.
///
/// A leaf leads to itself, so that rows which arrive early go on without a question being asked.
struct TreeEnsemble: Sendable {
    /// A step of the walk: to `first` where the feature is small, to the node after it where it is not.
    struct Node: Sendable {
        /// The threshold of a branch; the vote of a leaf that has one.
        var value: Float = 0
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
    /// The class that each tree votes for, when every leaf has one vote and all of a tree are for the same class.
    private(set) var votedFor: [Int32]? = []
    /// Otherwise: the weights of node n are those from `firstWeights[n]` to before `firstWeights[n + 1]`; only leaves have any.
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
            let described = TreeDescription(node, prefix: prefix, targets: targets)
        else { return nil }
        rule = described.rule
        takesMissing = described.missing.contains(1)
        self.targets = targets
        nodes.reserveCapacity(described.count)
        firstWeights.reserveCapacity(described.count + 1)
        for tree in described.trees {
            let first = weights.count
            guard lay(tree, of: described) else { return nil }
            // A tree of n nodes has (n + 1) / 2 leaves, and each has a vote.
            let leaves = (nodes.count - Int(roots[roots.count - 1]) + 1) / 2
            let votes = weights[first...]
            if votes.count == leaves, votes.allSatisfy({ $0.target == votes[first].target }) {
                votedFor?.append(votes[first].target)
            } else {
                votedFor = nil
            }
        }
        firstWeights.append(Int32(weights.count))
        // What no walk comes to, a node or a vote, means something only to ONNX Runtime.
        guard nodes.count == described.count, weights.count == described.weightCount else { return nil }
        if votedFor != nil { (firstWeights, weights) = ([], []) }
    }

    /// The thresholds of each feature, as many as tell it from others.
    var thresholds: [[Float]] {
        var found = [[Float]](repeating: [], count: features)
        for node in nodes where node.step > 0 && found[Int(node.feature)].count < Self.mostThresholds {
            found[Int(node.feature)].append(node.value)
        }
        return found
    }

    private static let mostThresholds = 1000

    /// Deeper trees are chains, in which most rows end early: to walk all as far as the deepest would take longer.
    private static let deepest = 100

    /// How many steps a row takes through all trees, at most.
    var steps: Int { depths.reduce(0, +) }

    /// The classes that every row votes for: there is a tree all of whose leaves do.
    var alwaysVoted: Set<Int32> {
        if let votedFor { return Set(votedFor) }
        var found: Set<Int32> = []
        for (index, root) in roots.enumerated() {
            let end = index + 1 < roots.count ? Int(roots[index + 1]) : nodes.count
            var common: Set<Int32>?
            for leaf in Int(root)..<end where nodes[leaf].step == 0 {
                let own = Set(weights[Int(firstWeights[leaf])..<Int(firstWeights[leaf + 1])].map(\.target))
                common = common?.intersection(own) ?? own
                if common?.isEmpty ?? true { break }
            }
            found.formUnion(common ?? [])
        }
        return found
    }

    /// Lays one tree out, level by level. False when it is none: a node that two lead to, or one that is missing.
    private mutating func lay(_ tree: Range<Int>, of described: TreeDescription) -> Bool {
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
                node.value = own[0].value
                firstWeights.append(Int32(weights.count))
                weights += own
            } else {
                node.value = described.values[from]
                node.feature = described.features[from]
                node.takesMissing = described.missing.isEmpty ? 0 : described.missing[from]
                node.first = Int32(root + order.count)
                node.step = 1
                features = max(features, Int(node.feature) + 1)
                firstWeights.append(Int32(weights.count))
                for id in [described.whenTrue[from], described.whenFalse[from]] {
                    guard let child = described.node(id, of: tree), !isTaken[child - tree.lowerBound] else {
                        return false
                    }
                    isTaken[child - tree.lowerBound] = true
                    order.append(child)
                    levels.append(levels[next] + 1)
                }
            }
            nodes.append(node)
            next += 1
        }
        depths.append(levels.last ?? 0)
        return depths[depths.count - 1] <= Self.deepest
    }
}
