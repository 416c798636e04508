package import SlipwayDomain
internal import SlipwayStore

extension Registry {
    /// Makes a registered model.
    package func createModel(
        caller: Caller,
        name: String,
        description: String?,
        tags: [Tag]
    ) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(name)
        try RegistryRules.checkDescription(description)
        for tag in tags { try RegistryRules.checkTag(tag) }
        try PromptRules.checkMark(tags)
        let now = runtime.now()
        let lineage = runtime.newID()
        return try await write { connection in
            guard try RegisteredModelTable.model(name, in: connection) == nil else {
                throw try Self.nameTaken(name, byPrompt: Self.isPrompt(name, in: connection))
            }
            let model = RegisteredModelRecord(
                name: name,
                lineage: lineage,
                description: description,
                createdAt: now,
                updatedAt: now
            )
            try RegisteredModelTable.insert(model, in: connection)
            // Numbers go on where a deleted model of this name stopped: evidence for them is still in the ledger.
            let last = try RegisteredModelTable.nameHistory(name, in: connection)?.lastVersion ?? 0
            try RegisteredModelTable.setNameHistory(name, lineage: lineage, lastVersion: last, in: connection)
            for tag in tags { try RegisteredModelTable.set(tag, on: name, in: connection) }
            let data = Self.described(description, tags)
            try record("model.registered", model: name, data, caller: caller, at: now, in: connection)
            return try RegisteredModel(model, in: connection)
        }
    }

    /// A registered model with its newest versions.
    package func model(caller: Caller, _ name: String) async throws -> RegisteredModel {
        try await read { try RegisteredModel(Self.model(name, in: $0), in: $0) }
    }

    /// Gives a model another name. A name that other models had before stays theirs, because the ledger speaks of it.
    package func renameModel(caller: Caller, _ name: String, to newName: String) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(newName)
        let now = runtime.now()
        return try await write { connection in
            let model = try Self.model(name, in: connection)
            if !newName.isExactly(name) { try Self.refuseIfServing(name, version: nil, in: connection) }
            guard try newName.isExactly(name) || RegisteredModelTable.model(newName, in: connection) == nil else {
                throw try Self.nameTaken(newName, byPrompt: Self.isPrompt(newName, in: connection))
            }
            try record(
                "model.renamed",
                model: name,
                ["newName": .string(newName)],
                caller: caller,
                at: now,
                in: connection
            )
            let last = try RegisteredModelTable.nameHistory(name, in: connection)?.lastVersion ?? 0
            let history = try RegisteredModelTable.nameHistory(newName, in: connection)
            if let history, history.lineage != model.lineage, history.lastVersion > 0 {
                throw ServiceError.alreadyExists(
                    "A deleted model was called '\(newName)', and the ledger holds evidence about its versions: "
                        + "choose a name that was never used"
                )
            }
            try RegisteredModelTable.rename(name, to: newName, at: now, in: connection)
            try RegisteredModelTable.setNameHistory(
                newName,
                lineage: model.lineage,
                lastVersion: last,
                in: connection
            )
            return try RegisteredModel(Self.model(newName, in: connection), in: connection)
        }
    }

    /// Changes a model's description.
    package func updateModel(caller: Caller, _ name: String, description: String?) async throws -> RegisteredModel {
        try RegistryRules.checkDescription(description)
        let now = runtime.now()
        return try await write { connection in
            var model = try Self.model(name, in: connection)
            model.description = description
            model.updatedAt = now
            try RegisteredModelTable.update(model, in: connection)
            let data: [String: JSONValue] = ["description": description.map(JSONValue.string) ?? .null]
            try record("model.updated", model: name, data, caller: caller, at: now, in: connection)
            return try RegisteredModel(model, in: connection)
        }
    }

    /// Removes a model with its versions; what the ledger says of them stays.
    package func deleteModel(caller: Caller, _ name: String) async throws {
        let now = runtime.now()
        try await write { connection in
            _ = try Self.model(name, in: connection)
            try Self.refuseIfServing(name, version: nil, in: connection)
            try record("model.deleted", model: name, [:], caller: caller, at: now, in: connection)
            try RegisteredModelTable.delete(name, in: connection)
        }
    }

    /// The newest version of each of these stages; of all stages when none is named.
    package func latestVersions(caller: Caller, _ name: String, stages: [String]) async throws -> [ModelVersion] {
        let wanted = try stages.map(RegistryRules.stage)
        return try await read { connection in
            _ = try Self.model(name, in: connection)
            return try ModelVersion.latest(of: name, in: connection)
                .filter { wanted.isEmpty || wanted.contains($0.record.stage) }
        }
    }

    static func nameTaken(_ name: String, byPrompt isPrompt: Bool) -> ServiceError {
        .alreadyExists(
            "A \(isPrompt ? "prompt" : "registered model") called '\(name)' exists already, and models and prompts share "
                + "their names: choose another name, or add a version to it"
        )
    }

    /// What a ledger entry says of something new, as far as there is anything to say.
    static func described(_ description: String?, _ tags: [Tag]) -> [String: JSONValue] {
        var data: [String: JSONValue] = [:]
        if let description, !description.isEmpty { data["description"] = .string(description) }
        if !tags.isEmpty {
            data["tags"] = .object(Dictionary(tags.map { ($0.key, .string($0.value)) }) { _, last in last })
        }
        return data
    }
}
