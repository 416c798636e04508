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
