internal import FoundationEssentials
internal import GRPCCore
internal import SlipwayService

/// Elements as the protocol's raw contents hold them: little-endian, row-major, without padding; BOOL is one byte, and
/// each of BYTES is its length in 4 bytes and then itself.
///
/// Every machine that Slipway runs on keeps its numbers in this order already, so that whole tensors are copied at once.
enum RawContents {
    static func tensor(
        _ bytes: Data,
        as type: TensorType,
        count: Int,
        name: String
    ) throws(RPCError) -> TensorData {
        if type == .bytes { return .bytes(try texts(bytes, count: count, name: name)) }
        let (size, overflow) = count.multipliedReportingOverflow(by: type.width)
        guard !overflow, bytes.count == size else {
            throw .invalid(
                "input '\(name.prefix(80))' has \(bytes.count) raw bytes, its shape and \(type.rawValue) ask for "
                    + (overflow ? "more than there can be" : "\(size)")
            )
        }
        return switch type {
        case .fp32: .fp32(scalars(bytes, count: count))
        case .fp64: .fp64(scalars(bytes, count: count))
        case .int32: .int32(scalars(bytes, count: count))
        case .int64: .int64(scalars(bytes, count: count))
        case .bool: .bool(bytes.map { $0 != 0 })
        case .bytes: .bytes([])
        }
    }

    private static func scalars<Value: BitwiseCopyable>(_ bytes: Data, count: Int) -> [Value] {
        bytes.withUnsafeBytes { source in
            [Value](unsafeUninitializedCapacity: count) { target, filled in
                UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                filled = count
            }
        }
    }

    private static func texts(_ bytes: Data, count: Int, name: String) throws(RPCError) -> [String] {
        var texts: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard texts.count < count, rest.count >= 4 else { break }
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= length else {
                throw .invalid(
                    "element \(texts.count) of input '\(name.prefix(80))' is \(length) bytes long, but \(rest.count) follow"
                )
            }
            guard let text = String(validating: rest.prefix(length), as: UTF8.self) else {
                throw .invalid("element \(texts.count) of input '\(name.prefix(80))' is not UTF-8 text")
            }
            texts.append(text)
            rest = rest.dropFirst(length)
        }
        guard texts.count == count, rest.isEmpty else {
            throw .invalid(
                "input '\(name.prefix(80))' has \(texts.count) raw elements and \(rest.count) bytes after them, "
                    + "its shape asks for \(count) elements"
            )
        }
        return texts
    }

    static func bytes(of data: TensorData) -> Data {
        switch data {
        case .fp32(let values): return scalars(values)
        case .fp64(let values): return scalars(values)
        case .int32(let values): return scalars(values)
        case .int64(let values): return scalars(values)
        case .bool(let values): return Data(values.map { $0 ? 1 : 0 })
        case .bytes(let values):
            var bytes = Data()
            for value in values {
                let length = UInt32(value.utf8.count)
                bytes.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
                bytes.append(contentsOf: value.utf8)
            }
            return bytes
        }
    }

    private static func scalars<Value: BitwiseCopyable>(_ values: [Value]) -> Data {
        values.withUnsafeBytes { Data($0) }
    }
}

extension TensorType {
    /// Bytes of one element; 0 where each has its own length.
    var width: Int {
        switch self {
        case .bool: 1
        case .int32, .fp32: 4
        case .int64, .fp64: 8
        case .bytes: 0
        }
    }
}
