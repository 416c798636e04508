/// Checks a question against what the model says of its inputs.
enum InferenceCheck {
    /// The most elements that one request may hold.
    static let mostElements = 4_000_000

    /// Whether the model takes the question.
    static func takes(_ request: InferenceRequest, _ model: any LoadedModel) -> Bool {
        do {
            try check(request, against: model)
            return true
        } catch {
            return false
        }
    }

    static func check(_ request: InferenceRequest, against model: any LoadedModel) throws(ServiceError) {
        try check(request, inputs: model.inputs, outputs: model.outputs)
    }

    static func check(
        _ request: InferenceRequest,
        inputs signatures: [TensorSignature],
        outputs known: [TensorSignature]
    ) throws(ServiceError) {
        for input in request.inputs {
            guard let signature = signatures.first(where: { $0.name == input.name }) else {
                throw .invalid("the model has no input '\(input.name.prefix(80))': it takes \(text(signatures))")
            }
            try check(input, against: signature)
        }
        for signature in signatures {
            let count = request.inputs.count { $0.name == signature.name }
            guard count == 1 else {
                throw .invalid(
                    "the input '\(signature.name)' stands \(count) times in the request: the model takes "
                        + text(signatures)
                )
            }
        }
        guard let outputs = request.outputs else { return }
        for (index, name) in outputs.enumerated() {
            guard known.contains(where: { $0.name == name }) else {
                let known = known.map(\.name).joined(separator: ", ")
                throw .invalid("the model has no output '\(name.prefix(80))': it gives \(known)")
            }
            guard !outputs[..<index].contains(name) else {
                throw .invalid("the output '\(name.prefix(80))' is asked for twice")
            }
        }
    }

    private static func check(_ input: Tensor, against signature: TensorSignature) throws(ServiceError) {
        guard input.data.type == signature.type else {
            throw .invalid(
                "input '\(input.name)' is \(input.data.type.rawValue), the model takes \(signature.type.rawValue)"
            )
        }
        guard input.shape.count == signature.shape.count,
            zip(input.shape, signature.shape).allSatisfy({ $1 < 0 || $0 == $1 })
        else {
            throw .invalid(
                "input '\(input.name)' has shape \(text(input.shape)), the model takes \(text(signature.shape))"
            )
        }
        guard input.data.count <= mostElements else {
            throw .invalid(
                "input '\(input.name)' has \(input.data.count) elements, more than the limit of \(mostElements): "
                    + "send fewer rows"
            )
        }
        guard input.shape.allSatisfy({ $0 > 0 && $0 <= mostElements }) else {
            throw .invalid("input '\(input.name)' has shape \(text(input.shape)): send at least one row")
        }
    }

    private static func text(_ shape: [Int]) -> String { "[\(shape.map(String.init).joined(separator: ","))]" }

    private static func text(_ signatures: [TensorSignature]) -> String {
        signatures.map { "\($0.name) \($0.type.rawValue)\(text($0.shape))" }.joined(separator: ", ")
    }
}
