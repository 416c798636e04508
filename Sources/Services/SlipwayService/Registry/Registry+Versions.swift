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
    /// Registers a new version and gives it the next number.
    package func createVersion(caller: Caller, _ new: NewModelVersion) async throws -> ModelVersion {
        try RegistryRules.checkModelName(new.model)
        try RegistryRules.checkDescription(new.description)
        for tag in new.tags { try RegistryRules.checkTag(tag) }
        if let run = new.runID, !run.isEmpty { try RegistryRules.checkRunID(run) }
        guard new.runLink.utf8.count <= 2048 else { throw ServiceError.invalid("A run link has at most 2,048 bytes") }
        let now = runtime.now()
        let version: (made: ModelVersion, isPrompt: Bool) = try await write { connection in
            let model = try Self.model(new.model, in: connection)
            let isPrompt = try Self.isPrompt(model.name, in: connection)
            try PromptRules.check(new, isPrompt: isPrompt)
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
                source: source.fixed ?? new.source,
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
            var data = Self.described(new.description, new.tags)
            data["version"] = .integer(number)
            data["source"] = .string(record.source)
            if !source.runID.isEmpty { data["runId"] = .string(source.runID) }
            try self.record("version.registered", model: model.name, data, caller: caller, at: now, in: connection)
            return (try ModelVersion(record, withAliases: true, in: connection), isPrompt)
        }
        // A prompt's text stands in its tags: it has no file that could change behind the registry's back.
        if !version.isPrompt { try await seal(version.made.record.version, of: new.model) }
        return version.made
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
            try self.record(
                "version.updated",
                model: model,
                ["version": .integer(version), "description": .string(record.description)],
                caller: caller,
                at: now,
                in: connection
            )
            return try ModelVersion(record, withAliases: true, in: connection)
        }
    }

    /// Removes a version with its tags and the aliases that point at it; its number is never given again.
    package func deleteVersion(caller: Caller, _ version: Int64, of model: String) async throws {
        let now = runtime.now()
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try Self.refuseIfServing(model, version: version, in: connection)
            let aliases = try ModelVersionTable.aliases(of: model, in: connection).filter { $0.version == version }
            let data: [String: JSONValue] = ["version": .integer(version)]
            try ModelVersionTable.delete(version, of: model, in: connection)
            try RegisteredModelTable.touch(model, at: now, in: connection)
            try record(
                "version.deleted",
                model: model,
                // They go with the version.
                aliases.isEmpty ? data : data.merging(["aliases": .array(aliases.map { .string($0.alias) })]) { $1 },
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
                    try recordStage(of: other, caller: caller, at: now, in: connection)
                }
            }
            record.stage = stage
            record.updatedAt = now
            try ModelVersionTable.update(record, in: connection)
            try RegisteredModelTable.touch(model, at: now, in: connection)
            try recordStage(of: record, caller: caller, at: now, in: connection)
            return try ModelVersion(record, withAliases: true, in: connection)
        }
    }

    private func recordStage(
        of version: ModelVersionRecord,
        caller: Caller,
        at time: Instant,
        in connection: any SQLWriter
    ) throws {
        try record(
            "version.staged",
            model: version.model,
            ["version": .integer(version.version), "stage": .string(version.stage)],
            caller: caller,
            at: time,
            in: connection
        )
    }
}
