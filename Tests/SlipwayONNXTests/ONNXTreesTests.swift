import Foundation
import SlipwayService
import SlipwayStatistics
import Testing

@testable import SlipwayONNX

@Suite("Models of trees, walked without ONNX Runtime")
struct ONNXTreesTests {
    private static func session(_ bytes: [UInt8]) throws -> (session: ONNXSession, labels: [String: [String]]) {
        let session = try ONNXSession(model: bytes, runtime: .load())
        return (session, ONNXWarmUp.run(session))
    }

    private static func trees(_ bytes: [UInt8]) throws -> (trees: ONNXTrees?, session: ONNXSession) {
        let (session, labels) = try session(bytes)
        return (ONNXTrees(model: bytes, session: session, columnLabels: labels), session)
    }

    private static func rows(_ count: Int, _ width: Int, seed: UInt64 = 1) -> ONNXTensor {
        var generator = SplitMix64(seed: seed)
        let cells = (0..<count * width).map { _ in Float(generator.unit() * 8 - 4) }
        return ONNXTensor(name: "X", shape: [count, width], data: .float(cells))
    }

    @Test(
        "What scikit-learn, LightGBM and XGBoost export is walked, and gives ONNX Runtime's bits",
        arguments: [
            "scikit-boosting-two", "scikit-boosting-three", "scikit-boosting-number", "scikit-forest-two",
            "scikit-forest-three", "scikit-forest-number", "scikit-tree", "lightgbm-two-missing", "lightgbm-three",
            "lightgbm-number", "xgboost-two-missing", "xgboost-three", "xgboost-number",
        ]
    )
    func exporters(name: String) throws {
        let bytes = [UInt8](try ONNXFixture.data("trees/\(name).onnx"))
        let (found, session) = try Self.trees(bytes)
        let trees = try #require(found)
        #expect(trees.agrees(with: session))
        let question = Self.rows(9, session.inputs[0].shape[1])
        #expect(try trees.run([question], outputs: nil) == session.run(inputs: [question]))
    }

    @Test("Random trees give ONNX Runtime's bits", arguments: TreeModelWriter.Shape.allCases)
    func random(shape: TreeModelWriter.Shape) throws {
        for seed in UInt64(0)..<25 {
            var generator = SplitMix64(seed: seed)
            let (found, session) = try Self.trees(TreeModelWriter(shape, using: &generator).bytes)
            let trees = try #require(found, "seed \(seed)")
            #expect(trees.agrees(with: session), "seed \(seed)")
        }
    }

    @Test("A model that answers otherwise is found out: by its scores, and by its labels alone")
    func otherModel() throws {
        var generator = SplitMix64(seed: 3)
        var model = TreeModelWriter(.either, using: &generator)
        let (found, session) = try Self.trees(model.bytes)
        let trees = try #require(found)
        #expect(trees.agrees(with: session))
        model.integers["classlabels_int64s"] = [-7, 13]
        #expect(!trees.agrees(with: try Self.session(model.bytes).session))
        model.integers["classlabels_int64s"] = [-7, 12]
        model.trees[0].nodes = [.leaf([(target: 0, value: -0.126)])]
        #expect(!trees.agrees(with: try Self.session(model.bytes).session))
    }

    /// A tree of one branch.
    private static func stump() -> TreeModelWriter {
        var model = TreeModelWriter()
        model.integers["classlabels_int64s"] = [0, 1]
        model.trees = [
            .init(nodes: [
                .branch(feature: 1, threshold: 0.5, whenTrue: 1, whenFalse: 2, takesMissing: false),
                .leaf([(0, -1)]), .leaf([(0, 1)]),
            ])
        ]
        return model
    }

    @Test("What ONNX Runtime has rules of its own for is left to it")
    func leftAlone() throws {
        #expect(try Self.trees(Self.stump().bytes).trees != nil)
        let changes: [(String, (inout TreeModelWriter) -> Void)] = [
            ("another comparison", { $0.mode = "BRANCH_GT" }),
            ("another transform", { $0.text["post_transform"] = "PROBIT" }),
            ("two base values", { $0.floats["base_values"] = [0.5, 0.5] }),
            ("votes for the second class", { $0.trees[0].nodes[1] = .leaf([(1, 1)]) }),
            (
                "shares with a transform",
                {
                    $0.text["post_transform"] = "LOGISTIC"
                    $0.trees[0].nodes[1] = .leaf([(0, 0.5)])
                }
            ),
            ("two votes of a leaf", { $0.trees[0].nodes[1] = .leaf([(0, 1), (0, -2)]) }),
        ]
        for (what, change) in changes {
            var model = Self.stump()
            change(&model)
            let (trees, session) = try Self.trees(model.bytes)
            #expect(trees == nil, "\(what)")
            #expect(try session.run(inputs: [Self.rows(2, 3)]).count == 2, "\(what)")
        }
    }

    @Test("A graph that is no tree is never walked")
    func noTree() throws {
        func ensemble(_ change: (inout TreeModelWriter) -> Void) throws -> TreeEnsemble? {
            var model = Self.stump()
            change(&model)
            let node = try #require(model.bytes.withUnsafeBytes { ONNXGraph(model: $0)?.nodes.first })
            return TreeEnsemble(node, prefix: "class", targets: 1)
        }
        func branch(_ whenTrue: Int64, _ whenFalse: Int64, feature: Int64 = 1) -> TreeModelWriter.Node {
            .branch(feature: feature, threshold: 0, whenTrue: whenTrue, whenFalse: whenFalse, takesMissing: false)
        }
        #expect(try ensemble { _ in } != nil)
        #expect(try ensemble { $0.trees[0].nodes[0] = branch(1, 1) } == nil, "one node twice")
        #expect(try ensemble { $0.trees[0].nodes[0] = branch(0, 2) } == nil, "a circle")
        #expect(try ensemble { $0.trees[0].nodes[2] = branch(0, 1) } == nil, "a longer circle")
        #expect(try ensemble { $0.trees[0].nodes[0] = branch(1, 3) } == nil, "a node that is not there")
        #expect(try ensemble { $0.trees[0].nodes[0] = branch(1, -1) } == nil, "a negative number")
        #expect(try ensemble { $0.trees[0].nodes[0] = branch(1, 2, feature: -1) } == nil, "a negative feature")
        #expect(try ensemble { $0.trees[0].nodes[0] = branch(1, 2, feature: 70_000) } == nil, "a far feature")
        #expect(try ensemble { $0.trees[0].nodes[1] = .leaf([]) } == nil, "a leaf that says nothing")
        #expect(try ensemble { $0.trees[0].nodes[1] = .leaf([(4, 1)]) } == nil, "a vote for no class")
        #expect(try ensemble { $0.trees = [] } == nil, "no trees")
        #expect(try ensemble { $0.firstTree = -1 } == nil, "a negative tree")
        #expect(try ensemble { $0.trees[0].nodes.append(.leaf([(0, 1)])) } == nil, "a node that nothing leads to")
        #expect(try ensemble { $0.trees[0].nodes[1] = .leaf([(0, .nan)]) } == nil, "a vote that is no number")
        #expect(try ensemble { $0.trees = [.chain(100)] } != nil)
        #expect(try ensemble { $0.trees = [.chain(101)] } == nil, "a chain")
    }

    @Test("Rows that leave a long chain early and late get ONNX Runtime's answers")
    func chain() throws {
        var model = Self.stump()
        model.trees = [.chain(100), .chain(7), .chain(8), .chain(9)]
        let (found, session) = try Self.trees(model.bytes)
        let trees = try #require(found)
        #expect(trees.agrees(with: session))
        let cells = (0..<130).flatMap { row -> [Float] in [0, Float(row) - 15, 0] }
        let question = ONNXTensor(name: "X", shape: [130, 3], data: .float(cells))
        #expect(try trees.run([question], outputs: nil) == session.run(inputs: [question]))
    }

    @Test("A model that takes one number of rows only is proven with it", arguments: [1, 2, 8, 11, 456])
    func fixedBatch(rows: Int) throws {
        var model = Self.stump()
        model.batch = rows
        let (found, session) = try Self.trees(model.bytes)
        let trees = try #require(found)
        #expect(trees.agrees(with: session) == (rows <= 455))
        model.trees[0].nodes[1] = .leaf([(0, -2)])
        #expect(!trees.agrees(with: try Self.session(model.bytes).session))
    }

    @Test("Who goes without a vote for a class in some rows is left to ONNX Runtime, which never chooses that class")
    func missingVotes() throws {
        var model = Self.stump()
        model.integers["classlabels_int64s"] = [0, 1, 2]
        model.trees[0].nodes[1] = .leaf([(0, -1), (1, -1), (2, -1)])
        model.trees[0].nodes[2] = .leaf([(0, -1)])
        #expect(try Self.trees(model.bytes).trees == nil)
        model.floats["base_values"] = [0, 0, 0]
        let (found, session) = try Self.trees(model.bytes)
        #expect(try #require(found).agrees(with: session))
    }

    @Test("An operation behind the trees is believed by its domain, and none where the model has functions of its own")
    func domains() throws {
        var model = Self.stump()
        model.identity = ""
        #expect(try Self.trees(model.bytes).trees != nil)
        func isRead(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { ONNXGraph(model: $0) } != nil }
        #expect(isRead(model.bytes))
        // Field 25, two bytes: a function with a name of none.
        #expect(!isRead(model.bytes + [0xCA, 0x01, 0x02, 0x0A, 0x00]))
        let (session, labels) = try Self.session(model.bytes)
        model.identity = "elsewhere"
        #expect(ONNXTrees(model: model.bytes, session: session, columnLabels: labels) == nil)
    }

    @Test("ZipMap's columns stay in their order only when its classes are sorted")
    func zipMap() {
        func areInOrder(_ classes: TreeOutcome.Classes, integers: [Int64] = [], texts: [String] = []) -> Bool {
            var node = ONNXGraph.Node()
            node.attributes["classlabels_int64s"] = ONNXGraph.Attribute(integers: integers)
            node.attributes["classlabels_strings"] = ONNXGraph.Attribute(texts: texts)
            return classes.areInOrder(as: node)
        }
        #expect(areInOrder(.integers([-1, 0, 2]), integers: [-1, 0, 2]))
        #expect(!areInOrder(.integers([2, 0, 1]), integers: [2, 0, 1]))
        #expect(!areInOrder(.integers([0, 1, 2]), integers: [0, 2, 1]))
        #expect(areInOrder(.texts(["1", "10", "2"]), texts: ["1", "10", "2"]))
        #expect(!areInOrder(.texts(["2", "10", "1"]), texts: ["2", "10", "1"]))
        #expect(!areInOrder(.texts(["e\u{301}", "z"]), texts: ["\u{E9}", "z"]))
        #expect(!areInOrder(.texts(["a", "b"])))
    }

    @Test("Questions that have to be refused are refused in the same words, and no rows get no answers")
    func refusals() throws {
        let engine = ONNXEngine()
        let model = try engine.load(Self.stump().bytes)
        #expect(throws: ServiceError.self) {
            try model.run([Self.tensor([2, 4], 8)], outputs: nil, timeoutMilliseconds: 1000)
        }
        #expect(throws: ServiceError.self) {
            try model.run([Self.tensor([2, 3], 5)], outputs: nil, timeoutMilliseconds: 1000)
        }
        #expect(throws: ServiceError.self) {
            try model.run([Self.tensor([2, 3], 6)], outputs: ["nothing"], timeoutMilliseconds: 1000)
        }
        #expect(throws: ServiceError.self) {
            try model.run([Self.tensor([2, 3], 6, name: "Y")], outputs: nil, timeoutMilliseconds: 1000)
        }
        let none = try model.run([Self.tensor([0, 3], 0)], outputs: nil, timeoutMilliseconds: 1000)
        #expect(none.map(\.data.count) == [0, 0])
        let one = try model.run([Self.tensor([2, 3], 6)], outputs: ["scores"], timeoutMilliseconds: 1000)
        #expect(one.map(\.name) == ["scores"] && one[0].data == .fp32([1, -1, 1, -1]))
    }

    private static func tensor(_ shape: [Int], _ count: Int, name: String = "X") -> Tensor {
        Tensor(name: name, shape: shape, data: .fp32([Float](repeating: 0, count: count)))
    }

    @Test("Bytes that came as they are, at any place, give the answer of numbers")
    func rawBytes() throws {
        let model = try ONNXEngine().load(Self.stump().bytes)
        let numbers: [Float] = [0, 0.5, 0, 0, 0.75, 0]
        for padding in 0..<4 {
            let bytes = [UInt8](repeating: 9, count: padding) + numbers.withUnsafeBytes { Array($0) }
            let raw = try TensorBytes(bytes[padding...], of: .fp32)
            let answers = try model.run(
                [Tensor(name: "X", shape: [2, 3], data: .raw(raw))],
                outputs: nil,
                timeoutMilliseconds: 1000
            )
            #expect(answers.map(\.data) == [.int64([0, 1]), .fp32([1, -1, -1, 1])])
        }
    }

    @Test("Many rows are cut off at their deadline")
    func deadline() throws {
        let (found, _) = try Self.trees(Self.stump().bytes)
        let trees = try #require(found)
        #expect(throws: ONNXError.timedOut(milliseconds: 0)) {
            try trees.run([Self.rows(1000, 3)], outputs: nil, timeoutMilliseconds: 0)
        }
        #expect(try trees.run([Self.rows(1000, 3)], outputs: nil, timeoutMilliseconds: 60_000)?.count == 2)
    }

    @Test("Cut off or changed anywhere, a model is refused or answers as ONNX Runtime does")
    func broken() throws {
        let bytes = Self.stump().bytes
        var generator = SplitMix64(seed: 11)
        for _ in 0..<400 {
            var changed = bytes
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            if Bool.random(using: &generator) {
                changed[place] = UInt8.random(in: 0...255, using: &generator)
            } else {
                changed = Array(bytes[..<place])
            }
            guard let (session, labels) = try? Self.session(changed),
                let trees = ONNXTrees(model: changed, session: session, columnLabels: labels),
                trees.agrees(with: session)
            else { continue }
            let question = Self.rows(3, max(session.inputs[0].shape[1], 1))
            guard let own = try trees.run([question], outputs: nil) else { continue }
            #expect(try own == session.run(inputs: [question]))
        }
    }
}
