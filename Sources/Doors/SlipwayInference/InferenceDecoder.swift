internal import SlipwayJSON
internal import SlipwayService

/// Reads an inference request; whatever is not exactly of the protocol is refused with a sentence.
enum InferenceDecoder {
    static func request(_ root: JSONNode, headerKey: String?) throws(ServiceError) -> InferenceRequest {
        guard root.kind == .object else { throw .invalid("the body must be a JSON object with 'inputs'") }
        var id: String?
        var key = headerKey
        var inputs: [Tensor]?
        var outputs: [String]?
        for member in root.members {
            if member.isNamed("inputs") {
                guard inputs == nil else { throw .invalid("'inputs' stands twice") }
                inputs = try tensors(member.value)
            } else if member.isNamed("id") {
                guard let text = member.value.string else { throw .invalid("'id' must be a string") }
                id = text
            } else if member.isNamed("outputs") {
                outputs = try names(member.value)
            } else if member.isNamed("parameters") {
                guard member.value.kind == .object else { throw .invalid("'parameters' must be an object") }
                // The standard lets a server ignore parameters that it does not know; `key` is ours.
                if let value = member.value["key"] {
                    guard let text = value.string else { throw .invalid("the parameter 'key' must be a string") }
                    key = text
                }
            }
        }
        guard let inputs, !inputs.isEmpty else { throw .invalid("'inputs' is missing: send a list of tensors") }
        return InferenceRequest(id: id, key: key, inputs: inputs, outputs: outputs)
    }

    private static func names(_ node: JSONNode) throws(ServiceError) -> [String] {
        guard node.kind == .array else { throw .invalid("'outputs' must be a list of objects with 'name'") }
        var names: [String] = []
        for element in node.elements {
            guard let name = element["name"]?.string else { throw .invalid("each of 'outputs' needs a string 'name'") }
            names.append(name)
        }
        return names
    }

    private static func tensors(_ node: JSONNode) throws(ServiceError) -> [Tensor] {
        guard node.kind == .array else { throw .invalid("'inputs' must be a list of tensors") }
        var tensors: [Tensor] = []
        for element in node.elements { tensors.append(try tensor(element)) }
        return tensors
    }

    private static func tensor(_ node: JSONNode) throws(ServiceError) -> Tensor {
        guard node.kind == .object, let name = node["name"]?.string else {
            throw .invalid("each of 'inputs' needs a string 'name'")
        }
        guard let typeName = node["datatype"]?.string else {
            throw .invalid("input '\(name)' needs a string 'datatype'")
        }
        guard let type = TensorType(rawValue: typeName) else {
            let known = TensorType.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("input '\(name)' has datatype '\(typeName.prefix(40))': this server reads \(known)")
        }
        guard let shapeNode = node["shape"], shapeNode.kind == .array else {
            throw .invalid("input '\(name)' needs a 'shape', a list of whole numbers")
        }
        var shape: [Int] = []
        var count = 1
        for element in shapeNode.elements {
            guard let length = element.integer, length >= 0, let size = Int(exactly: length), shape.count < 8 else {
                throw .invalid("the 'shape' of input '\(name)' must be up to 8 whole numbers from 0")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw .invalid("the 'shape' of input '\(name)' is too large") }
            count = product
            shape.append(size)
        }
        guard let data = node["data"] else { throw .invalid("input '\(name)' needs 'data'") }
        guard data.kind == .array else { throw .invalid("the 'data' of input '\(name)' must be a list") }
        let reader = TensorReader(name: name, shape: shape, count: count)
        return Tensor(name: name, shape: shape, data: try reader.read(data, as: type))
    }
}

/// Reads a tensor's data, flat or nested as its shape says.
struct TensorReader {
    let name: String
    let shape: [Int]
    let count: Int

    func read(_ node: JSONNode, as type: TensorType) throws(ServiceError) -> TensorData {
        switch type {
        case .fp32:
            .fp32(
                try values(node, "numbers that fit 32 bits") { node in
                    guard let number = node.double else { return nil }
                    let value = Float(number)
                    return value.isFinite ? value : nil
                }
            )
        case .fp64: .fp64(try values(node, "numbers") { $0.double })
        case .int32: .int32(try values(node, "whole numbers of 32 bits") { $0.integer.flatMap { Int32(exactly: $0) } })
        case .int64: .int64(try values(node, "whole numbers of 64 bits") { $0.integer })
        case .bool: .bool(try values(node, "true or false") { $0.bool })
        case .bytes: .bytes(try values(node, "strings") { $0.string })
        }
    }

    private func values<Value>(
        _ node: JSONNode,
        _ wanted: String,
        _ read: (JSONNode) -> Value?
    ) throws(ServiceError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(min(count, 1 << 16))
        let isNested = shape.count > 1 && node.elements.first { _ in true }?.kind == .array
        if isNested {
            try append(node, depth: 0, wanted, read, to: &values)
        } else {
            try appendFlat(node, wanted, read, to: &values)
        }
        guard values.count == count else {
            throw .invalid("input '\(name)' has \(values.count) elements, its shape \(shape) asks for \(count)")
        }
        return values
    }

    private func append<Value>(
        _ node: JSONNode,
        depth: Int,
        _ wanted: String,
        _ read: (JSONNode) -> Value?,
        to values: inout [Value]
    ) throws(ServiceError) {
        guard depth < shape.count - 1 else {
            return try appendFlat(node, wanted, read, to: &values, length: shape[depth])
        }
        var length = 0
        for element in node.elements {
            guard element.kind == .array else { throw ragged }
            try append(element, depth: depth + 1, wanted, read, to: &values)
            length += 1
        }
        guard length == shape[depth] else { throw ragged }
    }

    private func appendFlat<Value>(
        _ node: JSONNode,
        _ wanted: String,
        _ read: (JSONNode) -> Value?,
        to values: inout [Value],
        length: Int? = nil
    ) throws(ServiceError) {
        let before = values.count
        for element in node.elements {
            guard let value = read(element) else {
                throw .invalid(
                    "element \(values.count) of input '\(name)' is not one of: \(wanted); a null is not a value"
                )
            }
            values.append(value)
        }
        if let length, values.count - before != length { throw ragged }
    }

    private var ragged: ServiceError {
        .invalid("the nested 'data' of input '\(name)' does not have the shape \(shape)")
    }
}
