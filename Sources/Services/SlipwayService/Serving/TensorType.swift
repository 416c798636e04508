/// The element types of the Open Inference Protocol, by their names there.
package enum TensorType: String, Sendable, CaseIterable {
    case fp32 = "FP32"
    case fp64 = "FP64"
    case fp16 = "FP16"
    case bf16 = "BF16"
    case int8 = "INT8"
    case int16 = "INT16"
    case int32 = "INT32"
    case int64 = "INT64"
    case uint8 = "UINT8"
    case uint16 = "UINT16"
    case uint32 = "UINT32"
    case uint64 = "UINT64"
    case bool = "BOOL"
    case bytes = "BYTES"

    /// Whether scores come in it.
    var holdsScores: Bool { self == .fp32 || self == .fp64 }

    /// The bytes of one element; nil for BYTES, whose elements have lengths of their own.
    package var width: Int? {
        switch self {
        case .bool, .int8, .uint8: 1
        case .fp16, .bf16, .int16, .uint16: 2
        case .fp32, .int32, .uint32: 4
        case .fp64, .int64, .uint64: 8
        case .bytes: nil
        }
    }
}
