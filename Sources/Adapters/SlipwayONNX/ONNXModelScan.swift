/// Looks through a model's protobuf for tensors that are kept in other files, without loading it.
///
/// ONNX Runtime reads such files from the working directory even when the model is given as bytes (tried with 1.32.0),
/// so that an uploaded model could read a file of the server. Field numbers are those of ONNX's `onnx.proto`.
struct ONNXModelScan {
    /// What the scan says about a model.
    enum Verdict: Equatable {
        case selfContained
        case refersToFiles
        case malformed
    }

    /// The messages that can hold a tensor, directly or further down.
    private enum Message {
        case model, graph, training, function, node, attribute, sparseTensor, tensor

        /// The message in a field, if it can hold a tensor.
        func child(field: UInt64) -> Message? {
            switch (self, field) {
            case (.model, 7), (.attribute, 6), (.attribute, 11), (.training, 1), (.training, 2): .graph
            case (.model, 20): .training
            case (.model, 25): .function
            case (.graph, 1), (.function, 7): .node
            case (.node, 5), (.function, 11): .attribute
            case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparseTensor
            case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparseTensor, 1), (.sparseTensor, 2): .tensor
            default: nil
            }
        }
    }

    /// Protobuf itself stops at a depth of 100.
    private static let maximumDepth = 100
    private static let externalDataField: UInt64 = 13
    private static let dataLocationField: UInt64 = 14

    private let bytes: UnsafeRawBufferPointer

    /// Scans a whole model.
    static func verdict(on model: UnsafeRawBufferPointer) -> Verdict {
        ONNXModelScan(bytes: model).scan(.model, in: 0..<model.count, depth: 0)
    }

    private func scan(_ message: Message, in range: Range<Int>, depth: Int) -> Verdict {
        guard depth <= Self.maximumDepth else { return .malformed }
        var reader = ProtobufReader(bytes, in: range)
        while let (field, value) = reader.next() {
            switch value {
            case .number(let number):
                if message == .tensor, field == Self.dataLocationField, number != 0 { return .refersToFiles }
            case .bytes(let range):
                if message == .tensor, field == Self.externalDataField { return .refersToFiles }
                if let child = message.child(field: field) {
                    let verdict = scan(child, in: range, depth: depth + 1)
                    guard verdict == .selfContained else { return verdict }
                }
            case .fourBytes, .eightBytes: break
            }
        }
        return reader.isBroken ? .malformed : .selfContained
    }
}
