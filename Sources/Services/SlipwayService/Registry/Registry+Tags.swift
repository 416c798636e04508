package import SlipwayDomain
internal import SlipwayStore

extension Registry {
    /// Sets a tag of a model.
    package func setModelTag(caller: Caller, _ name: String, _ tag: Tag) async throws {
        try RegistryRules.checkTag(tag)
        let now = runtime.now()
        try await write { connection in
            _ = try Self.model(name, in: connection)
            try PromptRules.checkKeeps(tag, isPrompt: Self.isPrompt(name, in: connection))
            try RegisteredModelTable.set(tag, on: name, in: connection)
            try record("tag.set", model: name, Self.data(tag, nil), caller: caller, at: now, in: connection)
        }
    }

    /// Removes a tag of a model; a tag that is not there is no error.
    package func deleteModelTag(caller: Caller, _ name: String, key: String) async throws {
        try RegistryRules.checkTagKey(key)
        let now = runtime.now()
        try await write { connection in
            _ = try Self.model(name, in: connection)
            try PromptRules.checkKeeps(
                Tag(key: key, value: "false"),
                isPrompt: Self.isPrompt(name, in: connection)
            )
            guard try RegisteredModelTable.deleteTag(key, of: name, in: connection) else { return }
            try record("tag.deleted", model: name, ["key": .string(key)], caller: caller, at: now, in: connection)
        }
    }

    /// Sets a tag of a version.
    package func setVersionTag(caller: Caller, _ version: Int64, of model: String, _ tag: Tag) async throws {
        try RegistryRules.checkTag(tag)
        let now = runtime.now()
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try PromptRules.checkKeeps(tag, isPrompt: Self.isPrompt(model, in: connection))
            try ModelVersionTable.set(tag, on: version, of: model, in: connection)
            try record("tag.set", model: model, Self.data(tag, version), caller: caller, at: now, in: connection)
        }
    }

    /// Removes a tag of a version; a tag that is not there is no error.
    package func deleteVersionTag(caller: Caller, _ version: Int64, of model: String, key: String) async throws {
        try RegistryRules.checkTagKey(key)
        let now = runtime.now()
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try PromptRules.checkKeeps(
                Tag(key: key, value: "false"),
                isPrompt: Self.isPrompt(model, in: connection)
            )
            guard try ModelVersionTable.deleteTag(key, of: version, of: model, in: connection) else { return }
            let data: [String: JSONValue] = ["key": .string(key), "version": .integer(version)]
            try record("tag.deleted", model: model, data, caller: caller, at: now, in: connection)
        }
    }

    private static func data(_ tag: Tag, _ version: Int64?) -> [String: JSONValue] {
        var data: [String: JSONValue] = ["key": .string(tag.key), "value": .string(tag.value)]
        if let version { data["version"] = .integer(version) }
        return data
    }
}
