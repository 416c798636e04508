import Foundation

/// Writes models of trees as protobuf, so that a test can make any that it wants.
struct TreeModelWriter {
    var kind = "TreeEnsembleClassifier"
    var features = 3
    var trees: [Tree] = []
    /// Floats, integers and texts by the name of the attribute, beside those of the trees.
    var floats: [String: [Float]] = [:]
    var integers: [String: [Int64]] = [:]
    var text: [String: String] = [:]
    var texts: [String: [String]] = [:]
    var number: [String: Int64] = [:]
    var mode = "BRANCH_LEQ"
    /// The only number of rows that the model takes; nil for any.
    var batch: Int?
    /// The number of the first tree.
    var firstTree: Int64 = 0
    /// The domain of an Identity behind the scores; nil for none.
    var identity: String?

    /// Nodes in the order of their numbers.
    struct Tree {
        var nodes: [Node] = []
    }

    enum Node {
        case branch(feature: Int64, threshold: Float, whenTrue: Int64, whenFalse: Int64, takesMissing: Bool)
        case leaf([(target: Int64, value: Float)])
    }

    var bytes: [UInt8] {
        let isClassifier = kind == "TreeEnsembleClassifier"
        let scores = identity == nil ? "scores" : "passed"
        var graph = field(1, node(outputs: isClassifier ? ["label", scores] : [scores]))
        graph += field(2, Array("trees".utf8))
        if let identity {
            let names = field(1, Array("passed".utf8)) + field(2, Array("scores".utf8))
            graph += field(1, names + field(4, Array("Identity".utf8)) + field(7, Array(identity.utf8)))
        }
        graph += field(11, value("X", 1, [features]))
        if isClassifier {
            graph += field(12, value("label", texts["classlabels_strings"] == nil ? 7 : 8, []))
        }
        graph += field(12, value("scores", 1, [nil]))
        let ml = field(1, Array("ai.onnx.ml".utf8)) + key(2, 0) + varint(3)
        return key(1, 0) + varint(8) + field(7, graph) + field(8, key(2, 0) + varint(17)) + field(8, ml)
    }

    private func node(outputs: [String]) -> [UInt8] {
        var node = field(1, Array("X".utf8)) + outputs.flatMap { field(2, Array($0.utf8)) } + field(4, Array(kind.utf8))
        var numbers = integers
        var values: [Float] = []
        var modes: [String] = []
        var weights: [Float] = []
        let prefix = kind == "TreeEnsembleClassifier" ? "class" : "target"
        for (tree, content) in trees.enumerated() {
            for (number, one) in content.nodes.enumerated() {
                func add(_ name: String, _ value: Int64) { numbers[name, default: []].append(value) }
                add("nodes_treeids", Int64(tree) + firstTree)
                add("nodes_nodeids", Int64(number))
                switch one {
                case .branch(let feature, let threshold, let whenTrue, let whenFalse, let takesMissing):
                    modes.append(mode)
                    values.append(threshold)
                    add("nodes_featureids", feature)
                    add("nodes_truenodeids", whenTrue)
                    add("nodes_falsenodeids", whenFalse)
                    add("nodes_missing_value_tracks_true", takesMissing ? 1 : 0)
                case .leaf(let own):
                    modes.append("LEAF")
                    values.append(0)
                    for name in ["featureids", "truenodeids", "falsenodeids", "missing_value_tracks_true"] {
                        add("nodes_\(name)", 0)
                    }
                    for weight in own {
                        add("\(prefix)_treeids", Int64(tree) + firstTree)
                        add("\(prefix)_nodeids", Int64(number))
                        add("\(prefix)_ids", weight.target)
                        weights.append(weight.value)
                    }
                }
            }
        }
        for (name, value) in numbers {
            node += field(5, attribute(name, type: 7) + value.flatMap { key(8, 0) + varint($0) })
        }
        let ofNodes = ["nodes_values": values, "\(prefix)_weights": weights]
        for (name, value) in floats.merging(ofNodes, uniquingKeysWith: { $1 }) {
            node += field(5, attribute(name, type: 6) + value.flatMap { key(7, 5) + four($0) })
        }
        for (name, value) in texts.merging(["nodes_modes": modes], uniquingKeysWith: { $1 }) {
            node += field(5, attribute(name, type: 8) + value.flatMap { field(9, Array($0.utf8)) })
        }
        for (name, value) in text { node += field(5, attribute(name, type: 3) + field(4, Array(value.utf8))) }
        for (name, value) in number { node += field(5, attribute(name, type: 2) + key(3, 0) + varint(value)) }
        return node + field(7, Array("ai.onnx.ml".utf8))
    }

    private func attribute(_ name: String, type: Int64) -> [UInt8] {
        field(1, Array(name.utf8)) + key(20, 0) + varint(type)
    }

    /// The description of an input or output of rows; each dimension that is nil is free.
    private func value(_ name: String, _ type: Int64, _ shape: [Int?]) -> [UInt8] {
        let dimensions = ([batch] + shape).flatMap { length in
            field(1, length.map { key(1, 0) + varint(Int64($0)) } ?? field(2, Array("n".utf8)))
        }
        let tensor = key(1, 0) + varint(type) + field(2, dimensions)
        return field(1, Array(name.utf8)) + field(2, field(1, tensor))
    }

    private func key(_ field: Int, _ wire: Int) -> [UInt8] { varint(Int64(field << 3 | wire)) }

    private func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        key(number, 2) + varint(Int64(content.count)) + content
    }

    private func four(_ value: Float) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }

    private func varint(_ value: Int64) -> [UInt8] {
        var rest = UInt64(bitPattern: value)
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

extension TreeModelWriter {
    /// What kinds of models exporters make.
    enum Shape: CaseIterable {
        case either, eitherShare, several, severalShares, number, mean
    }

    /// A model of random trees, some with a single leaf and some deep.
    init(_ shape: Shape, using generator: inout some RandomNumberGenerator) {
        features = Int.random(in: 1...9, using: &generator)
        mode = ["BRANCH_LEQ", "BRANCH_LT"].randomElement(using: &generator) ?? ""
        let classes = Int.random(in: 3...5, using: &generator)
        let isShare = shape == .eitherShare || shape == .severalShares
        let count = Int.random(in: 1...100, using: &generator)
        let hasBase = Bool.random(using: &generator)
        switch shape {
        case .either, .eitherShare:
            integers["classlabels_int64s"] = [-7, 12]
            if shape == .either, Bool.random(using: &generator) { text["post_transform"] = "LOGISTIC" }
            if hasBase { floats["base_values"] = [0.25] }
        case .several, .severalShares:
            texts["classlabels_strings"] = (0..<classes).map { "class \($0)" }
            if Bool.random(using: &generator) { text["post_transform"] = "SOFTMAX" }
            if hasBase { floats["base_values"] = (0..<classes).map { Float($0) / 8 - 0.25 } }
        case .number, .mean:
            kind = "TreeEnsembleRegressor"
            number["n_targets"] = 1
            if shape == .mean { text["aggregate_function"] = "AVERAGE" }
            if hasBase { floats["base_values"] = [-3.5] }
        }
        for tree in 0..<count {
            trees.append(
                .random(
                    depth: Int.random(in: 0...6, using: &generator),
                    features: features,
                    using: &generator
                ) { generator in
                    let value = Float.random(in: isShare ? 0...(1 / Float(count)) : -1...1, using: &generator)
                    switch shape {
                    case .several: return [(Int64(tree % classes), value)]
                    case .severalShares: return (0..<classes).map { (Int64($0), value / Float($0 + 1)) }
                    default: return [(0, value)]
                    }
                }
            )
        }
        // Every class of several has a vote, and a sum that can be below zero is not taken for a share.
        while shape == .several, trees.count < classes {
            trees.append(Tree(nodes: [.leaf([(Int64(trees.count), 0.5)])]))
        }
        if shape == .either { trees[0].nodes = [.leaf([(0, -0.125)])] }
    }
}

extension TreeModelWriter.Tree {
    /// A tree of so many branches, one under the other, at each of which rows of a small second feature end.
    static func chain(_ length: Int) -> Self {
        let branches = (0..<Int64(length)).map { step in
            TreeModelWriter.Node.branch(
                feature: 1,
                threshold: Float(step),
                whenTrue: Int64(length) + step,
                whenFalse: step + 1 < length ? step + 1 : Int64(2 * length),
                takesMissing: false
            )
        }
        return Self(nodes: branches + (0...length).map { .leaf([(0, Float($0 % 7) / 8 - 0.5)]) })
    }

    /// A tree whose branches end early now and then.
    static func random<Generator: RandomNumberGenerator>(
        depth: Int,
        features: Int,
        using generator: inout Generator,
        leaf: (inout Generator) -> [(target: Int64, value: Float)]
    ) -> Self {
        var nodes: [TreeModelWriter.Node?] = [nil]
        var open = [(place: 0, depth: depth)]
        while let (place, depth) = open.popLast() {
            guard depth > 0, place == 0 || Int.random(in: 0..<4, using: &generator) > 0 else {
                nodes[place] = .leaf(leaf(&generator))
                continue
            }
            let first = nodes.count
            nodes += [nil, nil]
            let isSwapped = Bool.random(using: &generator)
            nodes[place] = .branch(
                feature: Int64.random(in: 0..<Int64(features), using: &generator),
                threshold: Float.random(in: -2...2, using: &generator),
                whenTrue: Int64(isSwapped ? first + 1 : first),
                whenFalse: Int64(isSwapped ? first : first + 1),
                takesMissing: Int.random(in: 0..<4, using: &generator) == 0
            )
            open += [(first, depth - 1), (first + 1, depth - 1)]
        }
        return Self(nodes: nodes.compactMap { $0 })
    }
}
