/// The attributes of an operation of trees, checked as far as one can without following a branch.
struct TreeDescription {
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
    /// How many weights there are; none may be left over.
    let weightCount: Int
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
            missing.isEmpty || missing.count == count,
            // ONNX Runtime takes the first negative number for one of its own.
            treeIDs.allSatisfy({ $0 >= 0 })
        else { return nil }

        isLeaf = modes.map { $0 == "LEAF" }
        let branches = Set(modes).subtracting(["LEAF"])
        guard branches.count <= 1, let rule = TreeEnsemble.Rule(rawValue: branches.first ?? "BRANCH_LEQ") else {
            return nil
        }
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
            weightTrees.count <= Self.mostNodes, weightValues.allSatisfy(\.isFinite)
        else { return nil }
        weightCount = weightTrees.count
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
