package import SlipwayJSON

/// Where a tensor stands in a text, for the sentences about it.
package enum TensorRole: String, Sendable {
    case input, output
}

/// A tensor as its JSON object describes it, before its data are read.
package struct TensorParts {
    package let role: TensorRole
    package let name: String
    package let type: TensorType
    package let shape: [Int]
    /// The product of the shape.
    package let count: Int
    /// The data in JSON; nil when there are none.
    package let data: JSONNode?
    /// The bytes of it in the binary part of the body; nil when it is not there.
    package let binarySize: Int?

    package init(_ node: JSONNode, role: TensorRole = .input) throws(ServiceError) {
        let word = role.rawValue
        guard node.kind == .object else { throw .invalid("each of '\(word)s' needs a string 'name'") }
        var name: String?
        var typeName: String?
        var shapeNode: JSONNode?
        var data: JSONNode?
        var parameters: JSONNode?
        for member in node.members {
            if member.isNamed("name") {
                name = member.value.string
            } else if member.isNamed("datatype") {
                typeName = member.value.string
            } else if member.isNamed("shape") {
                shapeNode = member.value
            } else if member.isNamed("data") {
                guard data == nil else { throw .invalid("an \(word) has 'data' twice") }
                data = member.value
            } else if member.isNamed("parameters") {
                parameters = member.value
            }
        }
        guard let name else { throw .invalid("each of '\(word)s' needs a string 'name'") }
        guard let typeName else { throw .invalid("\(word) '\(name)' needs a string 'datatype'") }
        guard let type = TensorType(rawValue: typeName) else {
            let known = TensorType.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("\(word) '\(name)' has datatype '\(typeName.prefix(40))': this server reads \(known)")
        }
        self.role = role
        self.name = name
        self.type = type
        self.data = data
        (shape, count) = try Self.shape(shapeNode, name, word)
        binarySize = try parameters.flatMap { (node) throws(ServiceError) in try Self.binarySize(node, name, word) }
    }

    private static func shape(_ node: JSONNode?, _ name: String, _ word: String) throws(ServiceError) -> ([Int], Int) {
        guard let node, node.kind == .array else {
            throw .invalid("\(word) '\(name)' needs a 'shape', a list of whole numbers")
        }
        var shape: [Int] = []
        var count = 1
        for element in node.elements {
            guard let length = element.integer, length >= 0, let size = Int(exactly: length), shape.count < 8 else {
                throw .invalid("the 'shape' of \(word) '\(name)' must be up to 8 whole numbers from 0")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw .invalid("the 'shape' of \(word) '\(name)' is too large") }
            count = product
            shape.append(size)
        }
        return (shape, count)
    }

    private static func binarySize(_ node: JSONNode, _ name: String, _ word: String) throws(ServiceError) -> Int? {
        guard node.kind == .object else { throw .invalid("the 'parameters' of \(word) '\(name)' must be an object") }
        var size: Int?
        for member in node.members {
            if member.isNamed("binary_data_size") {
                guard let bytes = member.value.integer.flatMap({ Int(exactly: $0) }), bytes >= 0 else {
                    throw .invalid("'binary_data_size' of \(word) '\(name)' must be a whole number of bytes")
                }
                size = bytes
            } else if member.isNamed("shared_memory_region") {
                throw .invalid(
                    "\(word) '\(name)' lies in shared memory, which this server does not read: send its data"
                )
            }
        }
        return size
    }

    /// The tensor with its data, which must be in the JSON.
    package func tensor() throws(ServiceError) -> Tensor {
        guard let data else { throw .invalid("\(role.rawValue) '\(name)' needs 'data'") }
        guard data.kind == .array else { throw .invalid("the 'data' of \(role.rawValue) '\(name)' must be a list") }
        let reader = TensorReader(role, name, shape: shape, count: count)
        return Tensor(name: name, shape: shape, data: try reader.read(data, as: type))
    }
}
