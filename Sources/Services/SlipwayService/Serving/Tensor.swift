/// The elements of a tensor, row-major: in Swift's own types where JSON or the code makes them, as raw bytes where they
/// came so or where the type is rare. Raw bytes may hold any type.
package enum TensorData: Sendable, Equatable {
    case fp32([Float])
    case fp64([Double])
    case int32([Int32])
    case int64([Int64])
    case bool([Bool])
    case bytes([String])
    case raw(TensorBytes)

    package var type: TensorType {
        switch self {
        case .fp32: .fp32
        case .fp64: .fp64
        case .int32: .int32
        case .int64: .int64
        case .bool: .bool
        case .bytes: .bytes
        case .raw(let raw): raw.type
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
        case .raw(let raw): raw.count
        }
    }

    /// The elements as raw bytes, whatever they are now.
    package var raw: TensorBytes {
        switch self {
        case .fp32(let values): TensorBytes(values, of: .fp32)
        case .fp64(let values): TensorBytes(values, of: .fp64)
        case .int32(let values): TensorBytes(values, of: .int32)
        case .int64(let values): TensorBytes(values, of: .int64)
        case .bool(let values): TensorBytes(values, of: .bool)
        case .bytes(let values): TensorBytes(texts: values)
        case .raw(let raw): raw
        }
    }

    /// Raw bytes as the doors decode them: BYTES that are UTF-8 text become strings, all else stays as it came.
    package init(decoding raw: TensorBytes) throws(ServiceError) {
        guard raw.type == .bytes else {
            self = .raw(raw)
            return
        }
        var texts: [String] = []
        texts.reserveCapacity(raw.count)
        for element in try TensorBytes.texts(in: raw.bytes) {
            guard let text = String(validating: element, as: UTF8.self) else {
                self = .raw(raw)
                return
            }
            texts.append(text)
        }
        self = .bytes(texts)
    }

    /// Numbers as elements of `type`; nil when one of them has no place in it, or for BYTES.
    package init?(_ numbers: [Double], as type: TensorType) {
        func whole<Element: FixedWidthInteger>(_: Element.Type) -> [Element]? {
            var values: [Element] = []
            values.reserveCapacity(numbers.count)
            for number in numbers {
                guard let value = Element(exactly: number) else { return nil }
                values.append(value)
            }
            return values
        }
        func raw<Element: BitwiseCopyable>(_ values: [Element]?) -> TensorData? {
            values.map { .raw(TensorBytes($0, of: type)) }
        }
        let made: TensorData? =
            switch type {
            case .fp32: .fp32(numbers.map { Float($0) })
            case .fp64: .fp64(numbers)
            case .fp16: raw(numbers.map { Float16($0).bitPattern })
            case .bf16: raw(numbers.map { Self.bfloat16(Float($0)) })
            case .int32: whole(Int32.self).map { .int32($0) }
            case .int64: whole(Int64.self).map { .int64($0) }
            case .int8: raw(whole(Int8.self))
            case .int16: raw(whole(Int16.self))
            case .uint8: raw(whole(UInt8.self))
            case .uint16: raw(whole(UInt16.self))
            case .uint32: raw(whole(UInt32.self))
            case .uint64: raw(whole(UInt64.self))
            case .bool: .bool(numbers.map { $0 != 0 })
            case .bytes: nil
            }
        guard let made else { return nil }
        self = made
    }

    /// The upper half of a 32-bit float, rounded to the nearest, ties to even; NaN stays NaN.
    private static func bfloat16(_ value: Float) -> UInt16 {
        guard !value.isNaN else { return 0x7FC0 }
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
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
        case .raw(let raw): raw.number(at: index)
        }
    }

    /// The element at `index` as text.
    package func text(at index: Int) -> String {
        switch self {
        case .bytes(let values): values[index]
        case .int32(let values): String(values[index])
        case .int64(let values): String(values[index])
        case .bool(let values): String(values[index])
        case .raw(let raw) where raw.type == .bool: String(raw.number(at: index) == 1)
        case .raw(let raw):
            raw.wholeNumber(at: index).map { String($0) } ?? raw.number(at: index).map { $0.description } ?? ""
        case .fp32, .fp64: number(at: index).map { $0.description } ?? ""
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
