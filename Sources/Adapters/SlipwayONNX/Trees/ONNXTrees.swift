/// A model that is nothing but decision trees, run without ONNX Runtime: many rows or trees at a time, which takes a fraction
/// of the time (ADR 34).
///
/// It is used only for models that it gives the very bits for that ONNX Runtime gives: see `agrees(with:)`.
struct ONNXTrees: Sendable {
    let ensemble: TreeEnsemble
    private let outcome: TreeOutcome
    private let input: ONNXValueInfo
    private let outputs: [Output]

    /// An output of the model.
    private struct Output: Sendable {
        let name: String
        let isLabel: Bool
        /// The classes of ZipMap's columns.
        let columnLabels: [String]?
    }

    /// Rows that are walked before the clock is looked at: at most so many as stay in the processor's nearest memory, and fewer
    /// where each takes long.
    private let rowsAtOnce: Int
    private static let mostRowsAtOnce = 128
    private static let mostStepsAtOnce = 4_000_000

    /// Larger models and wider rows are left to ONNX Runtime: to read and to prove them would take memory that nobody expects.
    private static let mostBytes = 128 << 20
    private static let widestRow = 10_000

    /// Nil when the model is more than trees, or trees of a kind that is not walked here.
    init?(model: [UInt8], session: ONNXSession, columnLabels: [String: [String]]) {
        guard !session.isOnGPU, model.count <= Self.mostBytes, session.inputs.count == 1,
            session.inputs[0].elementType == .float, session.inputs[0].shape.count == 2,
            session.inputs[0].shape[1] <= Self.widestRow,
            let nodes = model.withUnsafeBytes({ ONNXGraph(model: $0)?.nodes }),
            let trees = nodes.first(where: { $0.kind.hasPrefix("TreeEnsemble") && $0.domain == "ai.onnx.ml" }),
            trees.inputs == [session.inputs[0].name], let outcome = TreeOutcome(trees),
            let ensemble = TreeEnsemble(
                trees,
                prefix: outcome.classes == nil ? "target" : "class",
                targets: outcome.targets
            ), ensemble.features <= Self.widestRow,
            !outcome.needsEveryVote || ensemble.alwaysVoted.count == outcome.targets,
            // Swift holds names for equal that are written in different characters.
            nodes.allSatisfy({ ($0.inputs + $0.outputs).allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } } })
        else { return nil }
        var isLabel: [String: Bool] = [:]
        for (index, name) in trees.outputs.enumerated() { isLabel[name] = outcome.classes != nil && index == 0 }
        for node in nodes where node.outputs != trees.outputs {
            guard node.inputs.count == 1, node.outputs.count == 1, let passed = isLabel[node.inputs[0]],
                Self.passesOn(node, isLabel: passed, outcome.classes)
            else { return nil }
            isLabel[node.outputs[0]] = passed
        }
        var outputs: [Output] = []
        for output in session.outputs {
            guard let isLabel = isLabel[output.name] else { return nil }
            let labels = output.isSequenceOfMaps ? columnLabels[output.name] : nil
            guard output.isSequenceOfMaps == (labels != nil), labels.map({ $0.count == outcome.columns }) ?? true else {
                return nil
            }
            outputs.append(Output(name: output.name, isLabel: isLabel, columnLabels: labels))
        }
        self.ensemble = ensemble
        self.outcome = outcome
        self.outputs = outputs
        input = session.inputs[0]
        let eights = Self.mostStepsAtOnce / max(1, ensemble.steps) / 8
        rowsAtOnce = min(Self.mostRowsAtOnce, max(1, eights) * 8)
    }

    /// Whether an operation behind the trees gives on what they say as it is.
    private static func passesOn(_ node: ONNXGraph.Node, isLabel: Bool, _ classes: TreeOutcome.Classes?) -> Bool {
        switch (node.domain, node.kind) {
        case ("", "Identity"): return true
        case ("ai.onnx.ml", "ZipMap"): return !isLabel && classes?.areInOrder(as: node) ?? false
        case ("", "Cast"):
            // 7 stands for 64-bit integers, which the labels are.
            guard isLabel, case .integers = classes else { return false }
            return node.attributes["to"]?.integer == 7
        default: return false
        }
    }

    /// Scores; nil for what ONNX Runtime has to answer or to refuse: no rows, another shape, an unknown output.
    func run(
        _ tensors: [ONNXTensor],
        outputs names: [String]?,
        timeoutMilliseconds: Int? = nil
    ) throws(ONNXError) -> [ONNXTensor]? {
        guard tensors.count == 1, let tensor = tensors.first, tensor.name == input.name,
            tensor.data.elementType == .float, tensor.shape.count == 2, tensor.shape[0] > 0,
            tensor.shape[1] >= max(1, ensemble.features), input.shape[1] < 0 || tensor.shape[1] == input.shape[1],
            input.shape[0] < 0 || tensor.shape[0] == input.shape[0]
        else { return nil }
        let (rows, width) = (tensor.shape[0], tensor.shape[1])
        let (count, overflow) = rows.multipliedReportingOverflow(by: width)
        guard !overflow, count == tensor.data.count else { return nil }
        var wanted = outputs
        if let names {
            wanted = names.compactMap { name in outputs.first { $0.name == name } }
            guard wanted.count == names.count else { return nil }
        }
        // Few rows are over before anybody looks at the clock.
        let limit = rows > rowsAtOnce ? timeoutMilliseconds : nil
        let end = limit.map { ONNXWatchdog.now() + UInt64(max(0, min($0, 1 << 40))) * 1_000_000 }
        let found: [Float]? = tensor.data.withElementBytes { bytes in
            sums(of: bytes.assumingMemoryBound(to: Float.self), rows: rows, width: width, until: end)
        }
        guard let found else { throw .timedOut(milliseconds: timeoutMilliseconds ?? 0) }
        let (chosen, numbers) = outcome.finish(found)
        return wanted.map { output in
            if output.isLabel, let classes = outcome.classes {
                return ONNXTensor(name: output.name, shape: [rows], data: classes.names(chosen))
            }
            return ONNXTensor(
                name: output.name,
                shape: [rows, outcome.columns],
                data: .float(numbers),
                columnLabels: output.columnLabels
            )
        }
    }

    /// The sums of all trees; nil when the time is over before they are.
    private func sums(of values: UnsafeBufferPointer<Float>, rows: Int, width: Int, until end: UInt64?) -> [Float]? {
        var sums = [Float](repeating: 0, count: rows * ensemble.targets)
        let isDone = sums.withUnsafeMutableBufferPointer { sums in
            // Neither is empty: a row has at least one feature, and there are rows.
            guard let values = values.baseAddress, let sums = sums.baseAddress else { return false }
            for start in stride(from: 0, to: rows, by: rowsAtOnce) {
                if start > 0, let end, ONNXWatchdog.now() > end { return false }
                ensemble.addScores(
                    of: values + start * width,
                    count: min(rowsAtOnce, rows - start),
                    width: width,
                    to: sums + start * ensemble.targets
                )
            }
            return true
        }
        return isDone ? sums : nil
    }
}
