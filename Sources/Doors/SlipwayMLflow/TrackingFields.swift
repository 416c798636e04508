internal import SlipwayDomain
internal import SlipwayJSON

extension MLflowRequest {
    /// The run that the call is about; old clients call the field `run_uuid`.
    func runID() throws -> String {
        let names = try [text("run_id"), text("run_uuid")].compactMap(\.self).filter { !$0.isEmpty }
        guard let id = names.first else { throw Self.missing("run_id") }
        // Old clients send both, and both alike.
        guard names.allSatisfy({ $0 == id }) else {
            throw MLflowError.invalid("'run_id' and 'run_uuid' name different runs: send one of them")
        }
        return id
    }

    /// A list of keys with values; a missing value is an empty text.
    func tags(_ name: String) throws -> [Tag] {
        try elements(name).map { node in
            guard node.kind == .object else { throw Self.wrongType(name, "a list of objects") }
            return try Self.tag(node, in: name)
        }
    }

    /// The key and value of the call itself.
    func tag() throws -> Tag {
        Tag(key: try requiredText("key"), value: try text("value") ?? "")
    }

    private static func tag(_ node: JSONNode, in list: String) throws -> Tag {
        var key: String?
        var value: String?
        for member in node.members where !member.value.isNull {
            switch member.name {
            case "key": key = try unset(key, "key", member.value.string)
            case "value": value = try unset(value, "value", member.value.string)
            default: continue
            }
        }
        guard let key, !key.isEmpty else { throw missing("\(list).key") }
        return Tag(key: key, value: value ?? "")
    }

    /// A new value for a field that must not have one yet.
    static func unset<Value>(
        _ old: Value?,
        _ name: String,
        _ new: Value?,
        wanted: String = "a string"
    ) throws -> Value {
        guard old == nil else { throw twice(name) }
        guard let new else { throw wrongType(name, wanted) }
        return new
    }

    func view(_ name: String) throws -> LifecycleView {
        switch try oneOf(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"], name) {
        case "DELETED_ONLY": .deleted
        case "ALL": .all
        default: .active
        }
    }

    func instant(_ name: String) throws -> Instant? {
        try integer(name).map { Instant(milliseconds: $0) }
    }

    /// A value of an enumeration by its name, or nil when unset.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type,
        _ name: String
    ) throws -> Choice? where Choice.RawValue == String {
        try oneOf(type.allCases.map(\.rawValue), name).flatMap { Choice(rawValue: $0) }
    }
}

extension MetricPoint {
    /// Reads a point in one pass over its object; this is where a large log-batch spends its time.
    init(_ node: JSONNode) throws {
        guard node.kind == .object else { throw MLflowError.invalid("a metric must be an object") }
        var key: String?
        var value: Double?
        var timestamp: Int64?
        var step: Int64?
        var model: String?
        var datasetName: String?
        var datasetDigest: String?
        for member in node.members where !member.value.isNull {
            let field = member.value
            switch member.name {
            case "key": key = try MLflowRequest.unset(key, "key", field.string)
            case "value": value = try MLflowRequest.unset(value, "value", field.protobufDouble, wanted: "a number")
            case "timestamp":
                timestamp = try MLflowRequest.unset(
                    timestamp,
                    "timestamp",
                    field.protobufInteger,
                    wanted: "a 64-bit integer"
                )
            case "step":
                step = try MLflowRequest.unset(step, "step", field.protobufInteger, wanted: "a 64-bit integer")
            case "model_id", "modelId": model = try MLflowRequest.unset(model, "model_id", field.string)
            case "dataset_name", "datasetName":
                datasetName = try MLflowRequest.unset(datasetName, "dataset_name", field.string)
            case "dataset_digest", "datasetDigest":
                datasetDigest = try MLflowRequest.unset(datasetDigest, "dataset_digest", field.string)
            default: continue
            }
        }
        guard let key, !key.isEmpty else { throw MLflowRequest.missing("key") }
        guard let value else { throw MLflowRequest.missing("value") }
        guard let timestamp else { throw MLflowRequest.missing("timestamp") }
        self.init(
            key: key,
            value: value,
            timestamp: timestamp,
            step: step ?? 0,
            model: model.flatMap { $0.isEmpty ? nil : $0 },
            datasetName: datasetName,
            datasetDigest: datasetDigest
        )
    }
}
