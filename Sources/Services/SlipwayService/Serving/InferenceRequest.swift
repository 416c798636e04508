/// A question to a model, as any inference door decodes it.
package struct InferenceRequest: Sendable {
    /// The client's own name for the request; echoed.
    package let id: String?
    /// What keeps one entity with one version while a release is under way.
    package let key: String?
    package let inputs: [Tensor]
    /// The wanted outputs in order; nil for all.
    package let outputs: [String]?
    /// The version that a tester asks for.
    package var target: VersionTarget?
    /// Looks a header up by its lower-case name; nil when the door has none to show.
    package var header: (@Sendable (String) -> String?)?

    package init(
        id: String?,
        key: String?,
        inputs: [Tensor],
        outputs: [String]?,
        target: VersionTarget? = nil,
        header: (@Sendable (String) -> String?)? = nil
    ) {
        self.target = target
        self.header = header
        self.id = id
        self.key = key
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// A model's answer.
package struct InferenceAnswer: Sendable {
    package let model: String
    package let version: Int
    /// The client's own name for the request.
    package let id: String?
    /// The name by which the label is given later; row n of several is called `<id>-<n>`, from 0.
    package let predictionID: String
    package let outputs: [Tensor]
}

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
        let wanted = model.inputs.map { "\($0.name) \($0.type.rawValue)\(shapeText($0.shape))" }.joined(separator: ", ")
        for input in request.inputs {
            guard let signature = model.inputs.first(where: { $0.name == input.name }) else {
                throw .invalid("the model has no input '\(input.name.prefix(80))': it takes \(wanted)")
            }
            try check(input, against: signature)
        }
        for signature in model.inputs {
            let count = request.inputs.count { $0.name == signature.name }
            guard count == 1 else {
                throw .invalid(
                    "the input '\(signature.name)' stands \(count) times in the request: the model takes \(wanted)"
                )
            }
        }
        for name in request.outputs ?? [] where !model.outputs.contains(where: { $0.name == name }) {
            let known = model.outputs.map(\.name).joined(separator: ", ")
            throw .invalid("the model has no output '\(name.prefix(80))': it gives \(known)")
        }
    }

    private static func check(_ input: Tensor, against signature: TensorSignature) throws(ServiceError) {
        let name = "input '\(input.name)'"
        guard input.data.type == signature.type else {
            throw .invalid("\(name) is \(input.data.type.rawValue), the model takes \(signature.type.rawValue)")
        }
        guard input.shape.count == signature.shape.count else {
            throw .invalid("\(name) has shape \(shapeText(input.shape)), the model takes \(shapeText(signature.shape))")
        }
        for (given, wanted) in zip(input.shape, signature.shape) where wanted >= 0 && given != wanted {
            throw .invalid("\(name) has shape \(shapeText(input.shape)), the model takes \(shapeText(signature.shape))")
        }
        guard input.data.count <= mostElements else {
            throw .invalid(
                "\(name) has \(input.data.count) elements, more than the limit of \(mostElements): send fewer rows"
            )
        }
        guard let rows = input.shape.first, rows <= mostElements, input.shape.allSatisfy({ $0 > 0 }) else {
            throw .invalid("\(name) has shape \(shapeText(input.shape)): send at least one row")
        }
    }

    private static func shapeText(_ shape: [Int]) -> String { "[\(shape.map(String.init).joined(separator: ","))]" }
}
