package import SlipwayDomain
package import SlipwayStore

/// The model registry: named models, their numbered versions, and aliases that point at versions.
package struct Registry: StoreBacked, Sendable {
    let database: any SQLDatabase
    let artifacts: any ArtifactStore
    let recorder: any EntryRecorder
    let runtime: Runtime

    package init(
        database: any SQLDatabase,
        artifacts: any ArtifactStore,
        recorder: any EntryRecorder,
        runtime: Runtime
    ) {
        self.database = database
        self.artifacts = artifacts
        self.recorder = recorder
        self.runtime = runtime
    }

    /// Writes a ledger entry about `model` in the transaction that makes it true.
    ///
    /// A prompt's entries are about `prompts/NAME` and carry `prompt` instead of `model`, so that nothing that folds
    /// the history of models takes a text for one. What belongs to the name alone begins with `prompt.` as well.
    func record(
        _ type: String,
        model: String,
        _ data: [String: JSONValue],
        caller: Caller,
        at time: Instant,
        in connection: any SQLWriter
    ) throws {
        let draft = try Self.draft(type, model: model, data, actor: caller.actor, in: connection)
        try recorder.record(draft, at: time, in: connection)
    }

    /// The entry that `record` writes.
    static func draft(
        _ type: String,
        model: String,
        _ data: [String: JSONValue],
        actor: String,
        in connection: any SQLReader
    ) throws -> EntryDraft {
        let kind = try isPrompt(model, in: connection) ? "prompt" : "model"
        return EntryDraft(
            type: type.hasPrefix("model.") ? kind + type.dropFirst("model".count) : type,
            subject: "\(kind)s/\(model)",
            actor: actor,
            data: .object(data.merging([kind: .string(model)]) { _, name in name })
        )
    }

    /// What takes production traffic, or would after a rollback, is not taken away under it.
    static func refuseIfServing(_ model: String, version: Int64?, in connection: any SQLReader) throws {
        guard let endpoint = try EndpointTable.row(model, in: connection) else { return }
        let needed = [endpoint.stable, endpoint.previous, endpoint.candidate].compactMap { $0.map { Int64($0) } }
        guard !needed.isEmpty, version.map(needed.contains) ?? true else { return }
        throw ServiceError.conflict("'\(model.prefix(256))' takes production traffic: release another version first")
    }

    static func model(_ name: String, in connection: any SQLReader) throws -> RegisteredModelRecord {
        guard let model = try RegisteredModelTable.model(name, in: connection) else {
            throw ServiceError.notFound("There is no registered model '\(name.prefix(256))': create it first")
        }
        return model
    }

    static func version(
        _ version: Int64,
        of model: String,
        in connection: any SQLReader
    ) throws -> ModelVersionRecord {
        guard let record = try ModelVersionTable.version(version, of: model, in: connection) else {
            throw ServiceError.notFound("There is no version \(version) of the registered model '\(model.prefix(256))'")
        }
        return record
    }
}

/// A registered model with all that is shown with it.
package struct RegisteredModel: Sendable, Equatable {
    package let record: RegisteredModelRecord
    package let tags: [Tag]
    package let aliases: [ModelAlias]
    /// The newest version of each stage, by the first version that has the stage.
    package let latestVersions: [ModelVersion]
}

/// A model version with all that is shown with it.
package struct ModelVersion: Sendable, Equatable {
    package let record: ModelVersionRecord
    package let tags: [Tag]
    /// Empty in lists: MLflow tells aliases only where one version is asked for.
    package let aliases: [String]
}

extension RegisteredModel {
    /// Reads the rest of a model.
    init(_ record: RegisteredModelRecord, in connection: any SQLReader) throws {
        self.record = record
        tags = try RegisteredModelTable.tags(of: record.name, in: connection)
        aliases = try ModelVersionTable.aliases(of: record.name, in: connection)
        latestVersions = try ModelVersion.latest(of: record.name, in: connection)
    }
}

extension ModelVersion {
    /// Reads the rest of a version.
    init(_ record: ModelVersionRecord, withAliases: Bool, in connection: any SQLReader) throws {
        self.record = record
        tags = try ModelVersionTable.tags(of: record.version, of: record.model, in: connection)
        guard withAliases else {
            aliases = []
            return
        }
        aliases = try ModelVersionTable.aliases(of: record.model, in: connection)
            .filter { $0.version == record.version }.map(\.alias)
    }

    /// The newest version of each stage.
    static func latest(of model: String, in connection: any SQLReader) throws -> [ModelVersion] {
        let latest = try RegistryQuery.details(of: [model], in: connection).latest[model] ?? []
        return try ModelVersion.all(latest, in: connection)
    }
}
