/// Elements of any type as the protocol's binary extension has them: little-endian, row-major, without gaps; BOOL is
/// one byte of 0 or 1, BYTES is a length of 32 bits and then that many bytes.
///
/// The bytes may be a part of a request's body, which is then not copied.
package struct TensorBytes: Sendable, Equatable {
    package let type: TensorType
    package let bytes: ArraySlice<UInt8>
    /// How many elements there are.
    package let count: Int

    /// Takes bytes that came from outside; refused when they are not whole elements of the type.
    package init(_ bytes: ArraySlice<UInt8>, of type: TensorType) throws(ServiceError) {
        if let width = type.width {
            guard bytes.count % width == 0 else {
                throw .invalid("\(bytes.count) bytes are no whole number of \(type.rawValue) elements")
            }
            count = bytes.count / width
            if type == .bool, !bytes.allSatisfy({ $0 < 2 }) {
                throw .invalid("a BOOL is a byte of 0 or 1")
            }
        } else {
            count = try Self.texts(in: bytes).count
        }
        self.type = type
        self.bytes = bytes
    }

    /// Bytes that are known to be whole elements.
    package init(_ bytes: [UInt8], of type: TensorType, count: Int) {
        self.type = type
        self.bytes = bytes[...]
        self.count = count
    }

    /// Numbers as bytes. Every machine that Slipway runs on is little-endian.
    package init<Element: BitwiseCopyable>(_ values: [Element], of type: TensorType) {
        self.init(values.withUnsafeBytes { Array($0) }, of: type, count: values.count)
    }

    /// Texts as BYTES.
    package init(texts: [String]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.reduce(0) { $0 + 4 + $1.utf8.count })
        for text in texts {
            withUnsafeBytes(of: UInt32(clamping: text.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: text.utf8)
        }
        self.init(bytes, of: .bytes, count: texts.count)
    }

    /// The elements of BYTES, each without its length.
    package static func texts(in bytes: ArraySlice<UInt8>) throws(ServiceError) -> [ArraySlice<UInt8>] {
        var elements: [ArraySlice<UInt8>] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            guard bytes.endIndex - position >= 4 else {
                throw .invalid("BYTES end within the length of element \(elements.count)")
            }
            let length = (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
            position += 4
            guard bytes.endIndex - position >= length else {
                throw .invalid("element \(elements.count) of BYTES says \(length) bytes, more than there are")
            }
            elements.append(bytes[position..<(position + length)])
            position += length
        }
        return elements
    }

    /// The element at `index` as a number; nil for BYTES.
    package func number(at index: Int) -> Double? {
        bytes.withUnsafeBytes { buffer in
            func load<Element: BitwiseCopyable>(_: Element.Type) -> Element {
                buffer.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
            }
            return switch type {
            case .fp32: Double(load(Float.self))
            case .fp64: load(Double.self)
            case .fp16: Double(Float16(bitPattern: load(UInt16.self)))
            case .bf16: Double(Float(bitPattern: UInt32(load(UInt16.self)) << 16))
            case .int8: Double(load(Int8.self))
            case .int16: Double(load(Int16.self))
            case .int32: Double(load(Int32.self))
            case .int64: Double(load(Int64.self))
            case .uint8, .bool: Double(load(UInt8.self))
            case .uint16: Double(load(UInt16.self))
            case .uint32: Double(load(UInt32.self))
            case .uint64: Double(load(UInt64.self))
            case .bytes: nil
            }
        }
    }

    /// The element at `index` of a whole-number type with all its digits; nil for other types.
    package func wholeNumber(at index: Int) -> Int128? {
        bytes.withUnsafeBytes { buffer in
            func load<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) -> Int128 {
                Int128(buffer.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
            }
            return switch type {
            case .int8: load(Int8.self)
            case .int16: load(Int16.self)
            case .int32: load(Int32.self)
            case .int64: load(Int64.self)
            case .uint8: load(UInt8.self)
            case .uint16: load(UInt16.self)
            case .uint32: load(UInt32.self)
            case .uint64: load(UInt64.self)
            case .fp32, .fp64, .fp16, .bf16, .bool, .bytes: nil
            }
        }
    }
}
