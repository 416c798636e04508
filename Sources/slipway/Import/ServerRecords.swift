import SlipwayDomain
import SlipwayJSON

// How MLflow's REST API writes its records (mlflow-fields.md): protobuf's JSON, with 64-bit integers as numbers.

extension JSONNode {
    /// The token of the next page; nil on the last.
    var token: String? { self["next_page_token"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    func text(_ name: String) -> String { self[name]?.string ?? "" }

    /// A 64-bit integer, as a number or as a text.
    func integer(_ name: String) -> Int64? {
        guard let node = self[name] else { return nil }
        return node.integer ?? node.string.flatMap { Int64($0) } ?? node.double.flatMap { Int64(exactly: $0) }
    }

    func instant(_ name: String) -> Instant { Instant(milliseconds: integer(name) ?? 0) }

    func tags(_ name: String) -> [Tag] {
        self[name].elements.map { Tag(key: $0.text("key"), value: $0.text("value")) }.sorted { $0.key < $1.key }
    }

    func required(_ name: String) throws -> String {
        guard let text = self[name]?.string, !text.isEmpty else {
            throw CommandError("the MLflow server sent a record without '\(name)'")
        }
        return text
    }

    func experimentID() throws -> Int64 {
        guard let id = integer("experiment_id") else {
            throw CommandError("the experiment '\(text("experiment_id").prefix(80))' has no number for an id")
        }
        return id
    }
}

extension JSONNode? {
    /// The elements of an array that may be missing.
    var elements: [JSONNode] { map { Array($0.elements) } ?? [] }
}

extension Experiment {
    init(mlflow node: JSONNode) throws {
        self.init(
            id: try node.experimentID(),
            name: try node.required("name"),
            artifactLocation: node.text("artifact_location"),
            isDeleted: node.text("lifecycle_stage") == "deleted",
            createdAt: node.instant("creation_time"),
            updatedAt: node.instant("last_update_time"),
            tags: node.tags("tags")
        )
    }
}

extension MetricPoint {
    init(mlflow node: JSONNode) throws {
        let value = node["value"]
        let number =
            value?.double ?? ["NaN": Double.nan, "Infinity": .infinity, "-Infinity": -.infinity][value?.string]
        guard let number else { throw CommandError("the MLflow server sent a metric without a value") }
        func optional(_ name: String) -> String? { node[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            key: node.text("key"),
            value: number,
            timestamp: node.integer("timestamp") ?? 0,
            step: node.integer("step") ?? 0,
            model: optional("model_id"),
            datasetName: optional("dataset_name"),
            datasetDigest: optional("dataset_digest"),
            run: optional("run_id")
        )
    }
}

extension Dictionary where Key == String {
    subscript(_ key: String?) -> Value? { key.flatMap { self[$0] } }
}

extension Run {
    init(mlflow node: JSONNode) throws {
        guard let info = node["info"] else { throw CommandError("the MLflow server sent a run without 'info'") }
        let id = info.text("run_id")
        self.init(
            info: RunInfo(
                id: id.isEmpty ? try info.required("run_uuid") : id,
                experiment: try info.experimentID(),
                name: info.text("run_name"),
                user: info.text("user_id"),
                status: RunStatus(rawValue: info.text("status")) ?? .running,
                startedAt: info.instant("start_time"),
                endedAt: info.integer("end_time").map { Instant(milliseconds: $0) },
                artifactURI: info.text("artifact_uri"),
                isDeleted: info.text("lifecycle_stage") == "deleted"
            )
        )
        metrics = try node["data"].flatMap { $0["metrics"] }.elements.map { try MetricPoint(mlflow: $0) }
        params = node["data"]?.tags("params") ?? []
        tags = node["data"]?.tags("tags") ?? []
        if self.info.name.isEmpty { self.info.name = tags.first { $0.key == "mlflow.runName" }?.value ?? self.info.id }
        datasets = node["inputs"].flatMap { $0["dataset_inputs"] }.elements.map { DatasetInput(mlflow: $0) }
        modelInputs = node["inputs"].flatMap { $0["model_inputs"] }.elements.map { $0.text("model_id") }
        modelOutputs = node["outputs"].flatMap { $0["model_outputs"] }.elements.map {
            ModelOutput(model: $0.text("model_id"), step: $0.integer("step") ?? 0)
        }
    }
}

extension DatasetInput {
    init(mlflow node: JSONNode) {
        let dataset = node["dataset"]
        self.init(
            name: dataset?.text("name") ?? "",
            digest: dataset?.text("digest") ?? "",
            sourceType: dataset?.text("source_type") ?? "",
            source: dataset?.text("source") ?? "",
            schema: dataset?["schema"]?.string,
            profile: dataset?["profile"]?.string,
            tags: node.tags("tags")
        )
    }
}

extension LoggedModel {
    init(mlflow node: JSONNode) throws {
        guard let info = node["info"] else { throw CommandError("the MLflow server sent a model without 'info'") }
        let run = info.text("source_run_id")
        self.init(
            id: try info.required("model_id"),
            experiment: try info.experimentID(),
            name: info.text("name"),
            type: info.text("model_type"),
            sourceRun: run.isEmpty ? nil : run,
            status: LoggedModelStatus(rawValue: info.text("status")) ?? .pending,
            artifactURI: info.text("artifact_uri"),
            createdAt: info.instant("creation_timestamp_ms"),
            updatedAt: info.instant("last_updated_timestamp_ms")
        )
        tags = info.tags("tags")
        params = node["data"]?.tags("params") ?? []
        metrics = try node["data"].flatMap { $0["metrics"] }.elements.map { try MetricPoint(mlflow: $0) }
    }
}

extension SourceModel {
    init(mlflow node: JSONNode) throws {
        model = ImportedModel(
            name: try node.required("name"),
            description: node["description"]?.string,
            createdAt: node.instant("creation_timestamp"),
            updatedAt: node.instant("last_updated_timestamp"),
            tags: node.tags("tags")
        )
        for alias in node["aliases"].elements {
            aliases[alias.integer("version") ?? 0, default: []].append(alias.text("alias"))
        }
    }
}

extension ImportedVersion {
    init(mlflow node: JSONNode) throws {
        guard let number = node.integer("version") else {
            throw CommandError("the MLflow server sent a model version without a number")
        }
        self.init(
            model: try node.required("name"),
            version: number,
            description: node.text("description"),
            source: node.text("source"),
            folder: nil,
            runID: node.text("run_id"),
            runLink: node.text("run_link"),
            stage: node["current_stage"]?.string ?? "None",
            createdAt: node.instant("creation_timestamp"),
            updatedAt: node.instant("last_updated_timestamp"),
            tags: node.tags("tags"),
            aliases: []
        )
    }
}
