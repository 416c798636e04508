/// Reads the fields of one protobuf message, in the order in which they stand (protobuf.dev, "Encoding").
struct ProtobufReader {
    /// What a field holds; bytes are a place in the buffer: text, a message or packed numbers.
    enum Value {
        case number(UInt64)
        case eightBytes(UInt64)
        case bytes(Range<Int>)
        case fourBytes(UInt32)
    }

    private let bytes: UnsafeRawBufferPointer
    private let end: Int
    private var position: Int
    /// Whether the message ended in the middle of a field, or had one that protobuf does not know.
    private(set) var isBroken = false

    /// Reads the message at a place of a buffer.
    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; nil at the end, and where the message is broken.
    mutating func next() -> (number: UInt64, value: Value)? {
        guard !isBroken, position < end else { return nil }
        guard let tag = variable(), let value = value(ofWireType: tag & 7) else {
            isBroken = true
            return nil
        }
        return (tag >> 3, value)
    }

    private mutating func value(ofWireType type: UInt64) -> Value? {
        switch type {
        case 0: return variable().map(Value.number)
        case 1: return fixed(UInt64.self).map(Value.eightBytes)
        case 2:
            guard let length = variable(), length <= UInt64(end - position) else { return nil }
            defer { position += Int(length) }
            return .bytes(position..<position + Int(length))
        case 5: return fixed(UInt32.self).map(Value.fourBytes)
        default: return nil
        }
    }

    private mutating func fixed<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        let width = MemoryLayout<Number>.size
        guard end - position >= width else { return nil }
        defer { position += width }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    }

    /// A number in groups of seven bits, the lowest first.
    mutating func variable() -> UInt64? {
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
