/// The element types that Slipway's inference doors accept (Open Inference Protocol names).
package enum TensorType: String, Sendable, CaseIterable {
    case fp32 = "FP32"
    case fp64 = "FP64"
    case int32 = "INT32"
    case int64 = "INT64"
    case bool = "BOOL"
    case bytes = "BYTES"
}

/// The elements of a tensor, row-major.
package enum TensorData: Sendable, Equatable {
    case fp32([Float])
    case fp64([Double])
    case int32([Int32])
    case int64([Int64])
    case bool([Bool])
    case bytes([String])

    package var type: TensorType {
        switch self {
        case .fp32: .fp32
        case .fp64: .fp64
        case .int32: .int32
        case .int64: .int64
        case .bool: .bool
        case .bytes: .bytes
        }
    }

    package var count: Int {
        switch self {
        case .fp32(let values): values.count
        case .fp64(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .bool(let values): values.count
        case .bytes(let values): values.count
        }
    }

    /// The element at `index` as a number; nil for text.
    package func number(at index: Int) -> Double? {
        switch self {
        case .fp32(let values): Double(values[index])
        case .fp64(let values): values[index]
        case .int32(let values): Double(values[index])
        case .int64(let values): Double(values[index])
        case .bool(let values): values[index] ? 1 : 0
        case .bytes: nil
        }
    }

    /// The element at `index` as text.
    package func text(at index: Int) -> String {
        switch self {
        case .bytes(let values): values[index]
        case .int32(let values): String(values[index])
        case .int64(let values): String(values[index])
        case .bool(let values): String(values[index])
        default: number(at: index).map { $0.description } ?? ""
        }
    }
}

/// A named tensor.
package struct Tensor: Sendable, Equatable {
    package let name: String
    /// Lengths of the dimensions; their product is the number of elements.
    package let shape: [Int]
    package let data: TensorData

    package init(name: String, shape: [Int], data: TensorData) {
        self.name = name
        self.shape = shape
        self.data = data
    }
}

/// What a model says of one of its inputs or outputs; -1 is a free dimension.
package struct TensorSignature: Sendable, Equatable {
    package let name: String
    package let type: TensorType
    package let shape: [Int]

    package init(name: String, type: TensorType, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }
}
