package import SlipwayDomain

/// Making declarations out of what upstreams say of themselves.
extension UpstreamDeclaration {
    /// Enough to ask an upstream what it is: its signature is not known yet.
    package init(asking url: String, dialect: Dialect, model: String, version: String?) throws(ServiceError) {
        guard dialect != .mlflow else {
            throw .invalid("MLflow's /invocations says nothing of its model: write the declaration by hand")
        }
        var root: [String: JSONValue] = ["model": .string(model)]
        if let version { root["version"] = .string(version) }
        self.url = try Self.url(.string(url))
        self.dialect = dialect
        (self.model, self.version) = try Self.names(root, dialect)
        (inputs, outputs, properties) = ([], [], [:])
        (check, limits, hedgeQuantile) = (nil, Limits(), nil)
    }

    /// The file of a version that runs on this upstream, which said this of its model.
    package func file(_ told: UpstreamDescription) throws(ServiceError) -> JSONValue {
        guard !told.inputs.isEmpty, !told.outputs.isEmpty else {
            throw .invalid(
                "the upstream tells no inputs and outputs of '\(model)': write them into the declaration by hand, with a "
                    + "\"check\""
            )
        }
        var members: [String: JSONValue] = [
            "apiVersion": .string(Self.apiVersion), "kind": "Upstream", "url": .string(url.text),
            "protocol": .string(dialect.rawValue), "model": .string(model),
            "inputs": Self.list(told.inputs), "outputs": Self.list(told.outputs),
        ]
        if let version { members["version"] = .string(version) }
        if !told.properties.isEmpty { members["properties"] = .object(told.properties.mapValues(JSONValue.string)) }
        return .object(members)
    }

    private static func list(_ signatures: [TensorSignature]) -> JSONValue {
        .array(
            signatures.map { signature in
                [
                    "name": .string(signature.name), "datatype": .string(signature.type.rawValue),
                    "shape": .array(signature.shape.map { .integer(Int64($0 < 0 ? -1 : $0)) }),
                ]
            }
        )
    }
}
