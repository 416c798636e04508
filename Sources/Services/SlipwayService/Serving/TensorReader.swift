package import SlipwayJSON

/// Reads a tensor's data, flat or nested as its shape says.
package struct TensorReader {
    private let role: TensorRole
    private let name: String
    let shape: [Int]
    let count: Int

    /// What the tensor is called in sentences.
    private var place: String { "\(role.rawValue) '\(name)'" }

    package init(_ role: TensorRole, _ name: String, shape: [Int], count: Int) {
        self.role = role
        self.name = name
        self.shape = shape
        self.count = count
    }

    package func read(_ node: JSONNode, as type: TensorType) throws(ServiceError) -> TensorData {
        switch type {
        case .fp32:
            .fp32(
                try values(node, "numbers that fit 32 bits", all: { $0.append(to: &$1) }) { node in
                    guard let number = node.double else { return nil }
                    let value = Float(number)
                    return value.isFinite ? value : nil
                }
            )
        case .fp64: .fp64(try values(node, "numbers", all: { $0.append(to: &$1) }) { $0.double })
        case .int32: .int32(try values(node, "whole numbers of 32 bits") { $0.integer.flatMap { Int32(exactly: $0) } })
        case .int64: .int64(try values(node, "whole numbers of 64 bits", all: { $0.append(to: &$1) }) { $0.integer })
        case .bool: .bool(try values(node, "true or false") { $0.bool })
        case .bytes: .bytes(try values(node, "strings") { $0.string })
        case .int8: .raw(TensorBytes(try whole(node, Int8.self), of: type))
        case .int16: .raw(TensorBytes(try whole(node, Int16.self), of: type))
        case .uint8: .raw(TensorBytes(try whole(node, UInt8.self), of: type))
        case .uint16: .raw(TensorBytes(try whole(node, UInt16.self), of: type))
        case .uint32: .raw(TensorBytes(try whole(node, UInt32.self), of: type))
        case .uint64: .raw(TensorBytes(try whole(node, UInt64.self), of: type))
        case .fp16, .bf16:
            throw .invalid("\(place) is \(type.rawValue), which has no form in JSON: send it as binary data")
        }
    }

    private func whole<Value: FixedWidthInteger>(_ node: JSONNode, _: Value.Type) throws(ServiceError) -> [Value] {
        let sign = Value.isSigned ? "" : " from 0"
        return try values(node, "whole numbers of \(Value.bitWidth) bits\(sign)") { node in
            node.integer.flatMap { Value(exactly: $0) } ?? node.unsigned.flatMap { Value(exactly: $0) }
        }
    }

    /// `all` reads a flat list faster than element by element, and is false where one of them has to be found and named.
    private func values<Value>(
        _ node: JSONNode,
        _ wanted: String,
        all: ((JSONNode, inout [Value]) -> Bool)? = nil,
        _ read: (JSONNode) -> Value?
    ) throws(ServiceError) -> [Value] {
        var values: [Value] = []
        let isNested = shape.count > 1 && node.elements.first { _ in true }?.kind == .array
        if isNested {
            values.reserveCapacity(min(count, 1 << 16))
            try append(node, depth: 0, wanted, all, read, to: &values)
        } else {
            try appendFlat(node, wanted, all, read, to: &values)
        }
        guard values.count == count else {
            throw .invalid("\(place) has \(values.count) elements, its shape \(shape) asks for \(count)")
        }
        return values
    }

    private func append<Value>(
        _ node: JSONNode,
        depth: Int,
        _ wanted: String,
        _ all: ((JSONNode, inout [Value]) -> Bool)?,
        _ read: (JSONNode) -> Value?,
        to values: inout [Value]
    ) throws(ServiceError) {
        guard depth < shape.count - 1 else {
            return try appendFlat(node, wanted, all, read, to: &values, length: shape[depth])
        }
        var length = 0
        for element in node.elements {
            guard element.kind == .array else { throw ragged }
            try append(element, depth: depth + 1, wanted, all, read, to: &values)
            length += 1
        }
        guard length == shape[depth] else { throw ragged }
    }

    private func appendFlat<Value>(
        _ node: JSONNode,
        _ wanted: String,
        _ all: ((JSONNode, inout [Value]) -> Bool)?,
        _ read: (JSONNode) -> Value?,
        to values: inout [Value],
        length: Int? = nil
    ) throws(ServiceError) {
        let before = values.count
        if !(all?(node, &values) ?? false) {
            values.removeSubrange(before...)
            for element in node.elements {
                guard let value = read(element) else {
                    throw .invalid(
                        "element \(values.count) of \(place) is not one of: \(wanted); a null is not a value"
                    )
                }
                values.append(value)
            }
        }
        if let length, values.count - before != length { throw ragged }
    }

    private var ragged: ServiceError {
        .invalid("the nested 'data' of \(place) does not have the shape \(shape)")
    }
}
