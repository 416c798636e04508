/// The type of a tensor's elements; the raw value is ONNX's own number for it.
package enum ONNXElementType: Int32, Sendable, Equatable, CaseIterable {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case float16 = 10
    case double = 11
    case uint32 = 12
    case uint64 = 13
    case bfloat16 = 16

    /// The bytes of one element; 0 for strings.
    var width: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .float, .int32, .uint32: 4
        case .double, .int64, .uint64: 8
        case .string: 0
        }
    }

    /// The name that the Open Inference Protocol gives to this type.
    package var openInferenceName: String {
        switch self {
        case .float: "FP32"
        case .double: "FP64"
        case .float16: "FP16"
        case .bfloat16: "BF16"
        case .int8: "INT8"
        case .int16: "INT16"
        case .int32: "INT32"
        case .int64: "INT64"
        case .uint8: "UINT8"
        case .uint16: "UINT16"
        case .uint32: "UINT32"
        case .uint64: "UINT64"
        case .bool: "BOOL"
        case .string: "BYTES"
        }
    }
}

/// The kind of a value that goes into or comes out of a model; the raw value is ONNX's own number for it.
enum ONNXValueKind: Int32 {
    case tensor = 1
    case sequence = 2
    case map = 3
    case opaque = 4
    case sparseTensor = 5
    case optional = 6
}
