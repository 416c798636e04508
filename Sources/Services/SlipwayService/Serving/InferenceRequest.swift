/// A question to a model, as any inference door decodes it.
package struct InferenceRequest: Sendable {
    /// The client's own name for the request; echoed.
    package let id: String?
    /// What keeps one entity with one version while a release is under way.
    package let key: String?
    package let inputs: [Tensor]
    /// The wanted outputs in order; nil for all.
    package let outputs: [String]?
    /// How long the client waits at most; nil for as long as the server lets a model run.
    package let timeoutMilliseconds: Int?
    /// The version that a tester asks for.
    package var target: VersionTarget?
    /// Looks a header up by its lower-case name; nil when the door has none to show.
    package var header: (@Sendable (String) -> String?)?

    /// How many rows it asks about, going by the first input.
    var rows: Int { inputs.first?.shape.first ?? 1 }

    package init(
        id: String?,
        key: String?,
        inputs: [Tensor],
        outputs: [String]?,
        timeoutMilliseconds: Int? = nil,
        target: VersionTarget? = nil,
        header: (@Sendable (String) -> String?)? = nil
    ) {
        self.target = target
        self.header = header
        self.id = id
        self.key = key
        self.inputs = inputs
        self.outputs = outputs
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

extension InferenceRequest {
    /// Takes over what the headers, or gRPC's metadata, say of who asks: testers choose a version by one of them, and
    /// probes say that they are probes.
    package mutating func mark(_ header: @escaping @Sendable (String) -> String?) throws(ServiceError) {
        if let text = header(VersionTarget.header) {
            guard let target = VersionTarget(text) else {
                throw .invalid(
                    "the header \(VersionTarget.header) is '\(text.prefix(40))': write candidate, stable or a version's number"
                )
            }
            self.target = target
        }
        self.header = header
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
