/// A named tensor that goes into or comes out of a model.
package struct ONNXTensor: Sendable, Equatable {
    /// The elements, row by row.
    package enum Data: Sendable, Equatable {
        case float([Float])
        case double([Double])
        case int8([Int8])
        case int16([Int16])
        case int32([Int32])
        case int64([Int64])
        case uint8([UInt8])
        case uint16([UInt16])
        case uint32([UInt32])
        case uint64([UInt64])
        case bool([Bool])
        case string([String])
        /// Elements of any type but string as bytes, little-endian and without gaps.
        case raw(ONNXElementType, ArraySlice<UInt8>)
    }

    /// The name that the model gives to this input or output.
    package var name: String
    /// The length of each dimension; empty for a scalar.
    package var shape: [Int]
    /// The elements.
    package var data: Data
    /// The class of each column, when the tensor was flattened from a sequence of maps (scikit-learn's ZipMap).
    package var columnLabels: [String]?

    /// Makes a tensor; whether it fits a model is checked when it is run.
    package init(name: String, shape: [Int], data: Data, columnLabels: [String]? = nil) {
        self.name = name
        self.shape = shape
        self.data = data
        self.columnLabels = columnLabels
    }
}

extension ONNXTensor.Data {
    /// The type of the elements.
    package var elementType: ONNXElementType {
        switch self {
        case .float: .float
        case .double: .double
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .bool: .bool
        case .string: .string
        case .raw(let type, _): type
        }
    }

    /// The number of elements.
    package var count: Int {
        switch self {
        case .float(let values): values.count
        case .double(let values): values.count
        case .int8(let values): values.count
        case .int16(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .uint8(let values): values.count
        case .uint16(let values): values.count
        case .uint32(let values): values.count
        case .uint64(let values): values.count
        case .bool(let values): values.count
        case .string(let values): values.count
        case .raw(let type, let bytes): bytes.count / type.width
        }
    }

    /// Lends the bytes of the elements for the length of `body`, without a copy; strings have none.
    @inline(__always)
    func withElementBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .float(let values): values.withUnsafeBytes(body)
        case .double(let values): values.withUnsafeBytes(body)
        case .int8(let values): values.withUnsafeBytes(body)
        case .int16(let values): values.withUnsafeBytes(body)
        case .int32(let values): values.withUnsafeBytes(body)
        case .int64(let values): values.withUnsafeBytes(body)
        case .uint8(let values): values.withUnsafeBytes(body)
        case .uint16(let values): values.withUnsafeBytes(body)
        case .uint32(let values): values.withUnsafeBytes(body)
        case .uint64(let values): values.withUnsafeBytes(body)
        case .bool(let values): values.withUnsafeBytes(body)
        case .string: body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .raw(let type, let bytes):
            bytes.withUnsafeBytes { lent in
                // The elements may begin anywhere in a request's body; the library wants them aligned.
                guard Int(bitPattern: lent.baseAddress) % type.width != 0 else { return body(lent) }
                return withUnsafeTemporaryAllocation(byteCount: lent.count, alignment: type.width) { aligned in
                    aligned.copyMemory(from: lent)
                    return body(UnsafeRawBufferPointer(aligned))
                }
            }
        }
    }

    /// Copies `count` elements of a type other than string out of the library's memory.
    init(copying source: UnsafeRawPointer, count: Int, type: ONNXElementType) {
        func elements<Element>(_: Element.Type) -> [Element] {
            Array(UnsafeBufferPointer(start: source.assumingMemoryBound(to: Element.self), count: count))
        }
        switch type {
        case .float: self = .float(elements(Float.self))
        case .double: self = .double(elements(Double.self))
        case .int8: self = .int8(elements(Int8.self))
        case .int16: self = .int16(elements(Int16.self))
        case .int32: self = .int32(elements(Int32.self))
        case .int64: self = .int64(elements(Int64.self))
        case .uint8: self = .uint8(elements(UInt8.self))
        case .uint16: self = .uint16(elements(UInt16.self))
        case .uint32: self = .uint32(elements(UInt32.self))
        case .uint64: self = .uint64(elements(UInt64.self))
        // A byte other than 0 and 1 is no Swift Bool, and a broken model could leave one.
        case .bool: self = .bool(elements(UInt8.self).map { $0 != 0 })
        case .string: self = .string([])
        case .float16, .bfloat16:
            let bytes = UnsafeRawBufferPointer(start: source, count: count * type.width)
            self = .raw(type, Array(bytes)[...])
        }
    }
}
