internal import SlipwayDomain
internal import SlipwayStore

extension Tracking {
    /// The tag in which clients before MLflow 3 keep what models a run logged, as a JSON list.
    static let modelHistoryTag = "mlflow.log-model.history"

    /// Adds a model, described as an MLmodel file does in JSON, to the run's list of models.
    package func recordModel(_ caller: Caller, run id: String, json text: String) async throws {
        try TrackingRules.checkID(id, "run")
        let model: JSONValue
        do {
            model = try JSONValue(parsing: Array(text.utf8))
        } catch {
            throw ServiceError.invalid("model_json is not JSON: send the model as an MLmodel file describes it")
        }
        let entry = try Self.historyEntry(of: model)
        try await write { writer in
            let run = try Self.requireRun(id, in: writer)
            guard !run.info.isDeleted else { throw Self.deleted(id) }
            var models: [JSONValue] = []
            if let known = try RunData.tag(Self.modelHistoryTag, of: run.number, in: writer) {
                guard let list = (try? JSONValue(parsing: Array(known.utf8)))?.array else {
                    throw ServiceError.invalid(
                        "the tag \(Self.modelHistoryTag) of run '\(id)' holds no JSON list: delete the tag first"
                    )
                }
                models = list
            }
            let value = try CanonicalJSON.text(of: .array(models + [entry]))
            let tag = Tag(key: Self.modelHistoryTag, value: value)
            try TrackingRules.checkLength(value, TrackingRules.longestRunTag, "the run's list of models")
            try RunData.setTags([tag], on: run.number, in: writer)
        }
    }

    /// What the list keeps of a model: where it is, and its flavors without their settings.
    private static func historyEntry(of model: JSONValue) throws(ServiceError) -> JSONValue {
        let needed = ["artifact_path", "flavors", "run_id", "utc_time_created"]
        let missing = needed.filter { model[$0] == nil }
        guard model.object != nil, missing.isEmpty else {
            throw .invalid("model_json has no \(missing.joined(separator: ", no ")): send the whole model")
        }
        guard let flavors = model["flavors"]?.object else {
            throw .invalid("'flavors' in model_json must be an object")
        }
        var entry: [String: JSONValue] = [:]
        for name in needed + ["model_uuid"] { entry[name] = model[name] }
        entry["flavors"] = .object(
            flavors.mapValues { flavor in
                guard var settings = flavor.object else { return flavor }
                settings["config"] = nil
                return .object(settings)
            }
        )
        return .object(entry)
    }
}
