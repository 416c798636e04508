/// Runs a model once with rows of nothing before it takes traffic: the first run allocates, and it tells the classes of
/// scikit-learn's ZipMap, which no model says beforehand.
enum ONNXWarmUp {
    /// More elements than this are not made up.
    private static let mostElements = 4_000_000
    private static let timeoutMilliseconds = 5_000

    /// The classes of each output that comes as a sequence of maps; empty when the model does not take rows of nothing.
    static func run(_ session: ONNXSession) -> [String: [String]] {
        var inputs: [ONNXTensor] = []
        for input in session.inputs {
            let shape = input.shape.map { max(1, $0) }
            var count = 1
            for length in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: length)
                guard !overflow, product <= mostElements else { return [:] }
                count = product
            }
            let data: ONNXTensor.Data =
                input.elementType == .string
                ? .string([String](repeating: "", count: count))
                : .raw(input.elementType, [UInt8](repeating: 0, count: count * input.elementType.width)[...])
            inputs.append(ONNXTensor(name: input.name, shape: shape, data: data))
        }
        // Whether the model works is for its evaluation to say: one that wants other rows is merely not warm.
        let outputs = (try? session.run(inputs: inputs, timeoutMilliseconds: timeoutMilliseconds)) ?? []
        var labels: [String: [String]] = [:]
        for output in outputs { labels[output.name] = output.columnLabels }
        return labels
    }
}
