internal import SlipwayStatistics

extension ONNXTrees {
    /// How many rows are asked about at a time: ONNX Runtime adds up in several ways, by their number.
    private static let batches = [1, 1, 1, 1, 1, 1, 1, 1, 7, 40, 100, 300]
    private static let rows = batches.reduce(0, +)
    private static let timeoutMilliseconds = 5_000

    /// Whether both ways give the same bits for rows that lie on the thresholds of the trees, right beside them, and
    /// where no number is.
    func agrees(with session: ONNXSession) -> Bool {
        var generator = SplitMix64(seed: 34)
        let values = ensemble.thresholds
        let width = max(session.inputs[0].shape[1], values.count, 1)
        let fixed = session.inputs[0].shape[0]
        // A model that takes one number of rows only is asked as often as the others.
        let batches = fixed < 0 ? Self.batches : [Int](repeating: fixed, count: max(8, Self.rows / max(1, fixed)))
        guard fixed <= Self.rows else { return false }
        for rows in batches {
            var cells: [Float] = []
            for _ in 0..<rows {
                for feature in 0..<width {
                    cells.append(Self.cell(feature < values.count ? values[feature] : [], &generator))
                }
            }
            let question = ONNXTensor(name: session.inputs[0].name, shape: [rows, width], data: .float(cells))
            guard let own = try? run([question], outputs: nil, timeoutMilliseconds: Self.timeoutMilliseconds),
                let theirs = try? session.run(inputs: [question], timeoutMilliseconds: Self.timeoutMilliseconds),
                own.count == theirs.count, zip(own, theirs).allSatisfy({ $0.isSame(as: $1) })
            else { return false }
        }
        return true
    }

    private static func cell(_ thresholds: [Float], _ generator: inout SplitMix64) -> Float {
        let odd: [Float] = [0, -0.0, 1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude]
        guard let threshold = thresholds.randomElement(using: &generator), Int.random(in: 0..<32, using: &generator) > 0
        else { return odd.randomElement(using: &generator) ?? 0 }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return threshold
        case 1: return threshold.nextUp
        case 2: return threshold.nextDown
        default: return threshold * Float.random(in: 0.5..<2, using: &generator)
        }
    }
}

extension ONNXTensor {
    /// Whether another tensor has the same bits: no number is another one, and 0 is not -0.
    fileprivate func isSame(as other: ONNXTensor) -> Bool {
        guard name == other.name, shape == other.shape, columnLabels == other.columnLabels else { return false }
        guard case (.float(let mine), .float(let theirs)) = (data, other.data) else { return data == other.data }
        return mine.elementsEqual(theirs) { $0.bitPattern == $1.bitPattern }
    }
}
