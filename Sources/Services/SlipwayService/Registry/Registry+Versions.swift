package import SlipwayDomain
internal import SlipwayStore

/// What is said of a new model version.
package struct NewModelVersion: Sendable {
    package var model: String
    package var source: String
    package var runID: String?
    /// The logged model that is registered, `m-<id>`.
    package var modelID: String?
    package var runLink: String
    package var description: String
    package var tags: [Tag]

    package init(
        model: String,
        source: String,
        runID: String? = nil,
        modelID: String? = nil,
        runLink: String = "",
        description: String = "",
        tags: [Tag] = []
    ) {
        self.model = model
        self.source = source
        self.runID = runID
        self.modelID = modelID
        self.runLink = runLink
        self.description = description
        self.tags = tags
    }
}

extension Registry {
    /// The tag that marks a registered model as a prompt.
    static let promptTag = "mlflow.prompt.is_prompt"

    /// Registers a new version and gives it the next number.
    package func createVersion(caller: Caller, _ new: NewModelVersion) async throws -> ModelVersion {
        try RegistryRules.checkModelName(new.model)
        try RegistryRules.checkDescription(new.description)
        for tag in new.tags { try RegistryRules.checkTag(tag) }
        if let run = new.runID, !run.isEmpty { try RegistryRules.checkRunID(run) }
        guard new.runLink.utf8.count <= 2048 else { throw ServiceError.invalid("A run link has at most 2,048 bytes") }
        let now = runtime.now()
        let version = try await write { connection in
            let model = try Self.model(new.model, in: connection)
            let isPrompt = try RegisteredModelTable.tags(of: model.name, in: connection)
                .contains(Tag(key: Self.promptTag, value: "true"))
            let source = try ResolvedSource(
                new.source,
                runID: new.runID,
                modelID: new.modelID,
                isPrompt: isPrompt,
                in: connection
            )
            let number = (try RegisteredModelTable.nameHistory(model.name, in: connection)?.lastVersion ?? 0) + 1
            try RegisteredModelTable.setNameHistory(
                model.name,
                lineage: model.lineage,
                lastVersion: number,
                in: connection
            )
            let record = ModelVersionRecord(
                model: model.name,
                version: number,
                description: new.description,
                source: new.source,
                location: source.location,
                runID: source.runID,
                runLink: new.runLink,
                stage: RegistryRules.stages[0],
                createdAt: now,
                updatedAt: now,
                registeredBy: caller.user
            )
            try ModelVersionTable.insert(record, in: connection)
            for tag in new.tags { try ModelVersionTable.set(tag, on: number, of: model.name, in: connection) }
            try RegisteredModelTable.touch(model.name, at: now, in: connection)
            var data: [String: JSONValue] = ["version": .integer(number), "source": .string(new.source)]
            if !source.runID.isEmpty { data["runId"] = .string(source.runID) }
            try self.record("version.registered", model: model.name, data, caller: caller, at: now, in: connection)
            return try ModelVersion(record, withAliases: true, in: connection)
        }
        try await seal(version.record.version, of: new.model)
        return version
    }

    /// One version of a model.
    package func version(caller: Caller, _ version: Int64, of model: String) async throws -> ModelVersion {
        try await read { connection in
            try ModelVersion(
                Self.version(version, of: model, in: connection),
                withAliases: true,
                in: connection
            )
        }
    }

    /// Changes a version's description.
    package func updateVersion(
        caller: Caller,
        _ version: Int64,
        of model: String,
        description: String?
    ) async throws -> ModelVersion {
        try RegistryRules.checkDescription(description)
        let now = runtime.now()
        return try await write { connection in
            var record = try Self.version(version, of: model, in: connection)
            record.description = description ?? record.description
            record.updatedAt = now
            try ModelVersionTable.update(record, in: connection)
            return try ModelVersion(record, withAliases: true, in: connection)
        }
    }

    /// Removes a version with its tags and the aliases that point at it; its number is never given again.
    package func deleteVersion(caller: Caller, _ version: Int64, of model: String) async throws {
        let now = runtime.now()
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try Self.refuseIfServing(model, version: version, in: connection)
            try ModelVersionTable.delete(version, of: model, in: connection)
            try RegisteredModelTable.touch(model, at: now, in: connection)
            try record(
                "version.deleted",
                model: model,
                ["version": .integer(version)],
                caller: caller,
                at: now,
                in: connection
            )
        }
    }

    /// Moves a version to one of MLflow's old stages; `archivingOthers` empties an active stage first.
    package func transitionStage(
        caller: Caller,
        _ version: Int64,
        of model: String,
        to stageName: String,
        archivingOthers: Bool
    ) async throws -> ModelVersion {
        let stage = try RegistryRules.stage(stageName)
        guard !archivingOthers || ["Staging", "Production"].contains(stage) else {
            throw ServiceError.invalid(
                "Only Staging and Production can be emptied: leave archive_existing_versions out"
            )
        }
        let now = runtime.now()
        return try await write { connection in
            var record = try Self.version(version, of: model, in: connection)
            if archivingOthers {
                for var other in try ModelVersionTable.versions(of: model, in: connection)
                where other.stage == stage && other.version != version {
                    other.stage = "Archived"
                    other.updatedAt = now
                    try ModelVersionTable.update(other, in: connection)
                }
            }
            record.stage = stage
            record.updatedAt = now
            try ModelVersionTable.update(record, in: connection)
            try RegisteredModelTable.touch(model, at: now, in: connection)
            try self.record(
                "version.staged",
                model: model,
                ["version": .integer(version), "stage": .string(stage)],
                caller: caller,
                at: now,
                in: connection
            )
            return try ModelVersion(record, withAliases: true, in: connection)
        }
    }

    /// Sets a tag of a version.
    package func setVersionTag(caller: Caller, _ version: Int64, of model: String, _ tag: Tag) async throws {
        try RegistryRules.checkTag(tag)
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try ModelVersionTable.set(tag, on: version, of: model, in: connection)
        }
    }

    /// Removes a tag of a version; a tag that is not there is no error.
    package func deleteVersionTag(caller: Caller, _ version: Int64, of model: String, key: String) async throws {
        try RegistryRules.checkTagKey(key)
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try ModelVersionTable.deleteTag(key, of: version, of: model, in: connection)
        }
    }
}
