internal import SlipwayJSON
internal import SlipwayService

/// Reads an inference request; whatever is not exactly of the protocol is refused with a sentence.
struct InferenceDecoder {
    /// The binary tensors that were not given to an input yet; nil when the request has none.
    private var tail: ArraySlice<UInt8>?
    private var id: String?
    private var key: String?
    private var inputs: [Tensor]?
    private var outputs: [String]?
    private var timeoutMilliseconds: Int?
    private var form = AnswerForm()

    /// The question in a body that has JSON.
    static func question(
        _ root: JSONNode,
        tail: ArraySlice<UInt8>?,
        headerKey: String?
    ) throws(ServiceError) -> InferenceQuestion {
        var decoder = InferenceDecoder(tail: tail, key: headerKey)
        return try decoder.read(root)
    }

    /// The question in a raw request: the whole body is the model's only input, for a batch of one, and all outputs
    /// are wanted as binary data.
    static func rawQuestion(
        _ bytes: ArraySlice<UInt8>,
        signatures: [TensorSignature],
        headerKey: String?
    ) throws(ServiceError) -> InferenceQuestion {
        guard let signature = signatures.first, signatures.count == 1 else {
            throw .invalid("a raw request needs a model with one input, this one has \(signatures.count)")
        }
        let tensor: Tensor
        if let width = signature.type.width {
            let raw = try named(signature.name) { () throws(ServiceError) in try TensorBytes(bytes, of: signature.type)
            }
            let shape = try rawShape(signature, elements: bytes.count / width)
            tensor = Tensor(name: signature.name, shape: shape, data: .raw(raw))
        } else {
            // The whole body is one text.
            guard signature.shape.allSatisfy({ abs($0) == 1 }), let text = String(validating: bytes, as: UTF8.self)
            else {
                throw .invalid("a raw request for BYTES needs an input of one element, and UTF-8 text")
            }
            tensor = Tensor(name: signature.name, shape: signature.shape.map { _ in 1 }, data: .bytes([text]))
        }
        return InferenceQuestion(
            request: InferenceRequest(id: nil, key: headerKey, inputs: [tensor], outputs: nil),
            form: AnswerForm(isBinary: true)
        )
    }

    /// The model's shape for one row; one more free dimension follows from the number of elements.
    private static func rawShape(_ signature: TensorSignature, elements: Int) throws(ServiceError) -> [Int] {
        var shape = signature.shape
        if shape.count > 1, shape[0] < 0 { shape[0] = 1 }
        let free = shape.indices.filter { shape[$0] < 0 }
        let (fixed, overflow) = shape.reduce((1, false)) { product, length in
            guard length >= 0 else { return product }
            let (next, overflow) = product.0.multipliedReportingOverflow(by: length)
            return (next, product.1 || overflow)
        }
        let refusal = ServiceError.invalid(
            "\(elements) elements are no single row of the input '\(signature.name)': it has the shape \(signature.shape)"
        )
        guard !overflow, fixed > 0, free.count <= 1 else { throw refusal }
        guard let place = free.first else {
            guard fixed == elements else { throw refusal }
            return shape
        }
        guard elements > 0, elements % fixed == 0 else { throw refusal }
        shape[place] = elements / fixed
        return shape
    }

    private init(tail: ArraySlice<UInt8>?, key: String?) {
        self.tail = tail
        self.key = key
    }

    private mutating func read(_ root: JSONNode) throws(ServiceError) -> InferenceQuestion {
        guard root.kind == .object else { throw .invalid("the body must be a JSON object with 'inputs'") }
        for member in root.members {
            if member.isNamed("inputs") {
                guard inputs == nil else { throw .invalid("'inputs' stands twice") }
                inputs = try tensors(member.value)
            } else if member.isNamed("id") {
                guard let text = member.value.string else { throw .invalid("'id' must be a string") }
                id = text
            } else if member.isNamed("outputs") {
                guard outputs == nil else { throw .invalid("'outputs' stands twice") }
                outputs = try names(member.value)
            } else if member.isNamed("parameters") {
                try readParameters(member.value)
            }
        }
        guard let inputs else { throw .invalid("'inputs' is missing: send a list of tensors") }
        guard !inputs.isEmpty else { throw .invalid("'inputs' is an empty list: send the model's tensors") }
        if let tail, !tail.isEmpty {
            throw .invalid("\(tail.count) bytes follow the last binary tensor: each needs its own 'binary_data_size'")
        }
        return InferenceQuestion(
            request: InferenceRequest(
                id: id,
                key: key,
                inputs: inputs,
                outputs: outputs,
                timeoutMilliseconds: timeoutMilliseconds
            ),
            form: form
        )
    }

    /// The standard lets a server ignore parameters that it does not know; `key` is ours.
    private mutating func readParameters(_ node: JSONNode) throws(ServiceError) {
        guard node.kind == .object else { throw .invalid("'parameters' must be an object") }
        for member in node.members {
            if member.isNamed("key") {
                guard let text = member.value.string else { throw .invalid("the parameter 'key' must be a string") }
                key = text
            } else if member.isNamed("binary_data_output") {
                guard let flag = member.value.bool else {
                    throw .invalid("the parameter 'binary_data_output' must be true or false")
                }
                form.isBinary = flag
            } else if member.isNamed("timeout") {
                guard let microseconds = member.value.integer, microseconds >= 0 else {
                    throw .invalid("the parameter 'timeout' must be a whole number of microseconds")
                }
                // 0 means no wish.
                if microseconds > 0 { timeoutMilliseconds = Int((microseconds - 1) / 1000 + 1) }
            }
        }
    }

    private mutating func names(_ node: JSONNode) throws(ServiceError) -> [String]? {
        guard node.kind == .array else { throw .invalid("'outputs' must be a list of objects with 'name'") }
        var names: [String] = []
        for element in node.elements {
            guard let name = element["name"]?.string else { throw .invalid("each of 'outputs' needs a string 'name'") }
            if let parameters = element["parameters"] { try readParameters(parameters, ofOutput: name) }
            names.append(name)
        }
        return names
    }

    private mutating func readParameters(_ node: JSONNode, ofOutput name: String) throws(ServiceError) {
        guard node.kind == .object else { throw .invalid("the 'parameters' of output '\(name)' must be an object") }
        for member in node.members {
            if member.isNamed("binary_data") {
                guard let flag = member.value.bool else {
                    throw .invalid("'binary_data' of output '\(name)' must be true or false")
                }
                form.byName[name] = flag
            } else if member.isNamed("shared_memory_region") || member.isNamed("classification") {
                // An answer that was put elsewhere, or was of another kind, must not be left out silently.
                throw .invalid("output '\(name)' asks for '\(member.name)', which this server does not offer")
            }
        }
    }

    private mutating func tensors(_ node: JSONNode) throws(ServiceError) -> [Tensor] {
        guard node.kind == .array else { throw .invalid("'inputs' must be a list of tensors") }
        var tensors: [Tensor] = []
        for element in node.elements { tensors.append(try tensor(element)) }
        return tensors
    }

    private mutating func tensor(_ node: JSONNode) throws(ServiceError) -> Tensor {
        let parts = try TensorParts(node)
        guard let size = parts.binarySize else { return try parts.tensor() }
        guard parts.data == nil else {
            throw .invalid("input '\(parts.name)' has both 'data' and 'binary_data_size': send one of them")
        }
        guard let rest = tail else {
            throw .invalid(
                "input '\(parts.name)' is binary, but the request has no header Inference-Header-Content-Length"
            )
        }
        guard size <= rest.count else {
            throw .invalid("input '\(parts.name)' says \(size) bytes, but only \(rest.count) are left in the body")
        }
        tail = rest.dropFirst(size)
        if let width = parts.type.width {
            let (wanted, overflow) = parts.count.multipliedReportingOverflow(by: width)
            guard !overflow, wanted == size else {
                throw .invalid(
                    "input '\(parts.name)' says \(size) bytes, its shape \(parts.shape) of \(parts.type.rawValue) "
                        + "makes \(overflow ? "too many" : String(wanted))"
                )
            }
        }
        let data = try Self.named(parts.name) { () throws(ServiceError) in
            try TensorData(decoding: TensorBytes(rest.prefix(size), of: parts.type))
        }
        guard data.count == parts.count else {
            throw .invalid(
                "input '\(parts.name)' has \(data.count) elements, its shape \(parts.shape) asks for \(parts.count)"
            )
        }
        return Tensor(name: parts.name, shape: parts.shape, data: data)
    }

    /// An error about bytes says which input they belong to.
    private static func named<Value>(
        _ input: String,
        _ body: () throws(ServiceError) -> Value
    ) throws(ServiceError) -> Value {
        do {
            return try body()
        } catch {
            throw .invalid("input '\(input)': \(error.message)")
        }
    }
}
