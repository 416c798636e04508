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
        ONNXModelScan(bytes: model).scan(.model, from: 0, to: model.count, depth: 0)
    }

    private func scan(_ message: Message, from start: Int, to end: Int, depth: Int) -> Verdict {
        guard depth <= Self.maximumDepth else { return .malformed }
        var position = start
        while position < end {
            guard let tag = varint(at: &position, end: end) else { return .malformed }
            let field = tag >> 3
            switch tag & 7 {
            case 0:
                guard let value = varint(at: &position, end: end) else { return .malformed }
                if message == .tensor, field == Self.dataLocationField, value != 0 { return .refersToFiles }
            case 1:
                position += 8
            case 2:
                guard let length = varint(at: &position, end: end), length <= UInt64(end - position) else {
                    return .malformed
                }
                let next = position + Int(length)
                if message == .tensor, field == Self.externalDataField { return .refersToFiles }
                if let child = message.child(field: field) {
                    let verdict = scan(child, from: position, to: next, depth: depth + 1)
                    guard verdict == .selfContained else { return verdict }
                }
                position = next
            case 5:
                position += 4
            default:
                return .malformed
            }
        }
        return position == end ? .selfContained : .malformed
    }

    private func varint(at position: inout Int, end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
