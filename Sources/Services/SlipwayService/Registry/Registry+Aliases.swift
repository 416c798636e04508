internal import SlipwayDomain
internal import SlipwayStore

extension Registry {
    /// Points an alias at a version, wherever it pointed before.
    package func setAlias(caller: Caller, _ alias: String, of model: String, to version: Int64) async throws {
        try RegistryRules.checkAlias(alias)
        let now = runtime.now()
        try await write { connection in
            _ = try Self.version(version, of: model, in: connection)
            try ModelVersionTable.set(alias: alias, to: version, of: model, in: connection)
            try record(
                "alias.set",
                model: model,
                ["alias": .string(alias), "version": .integer(version)],
                caller: caller,
                at: now,
                in: connection
            )
        }
    }

    /// Removes an alias; one that is not there is no error.
    package func deleteAlias(caller: Caller, _ alias: String, of model: String) async throws {
        try RegistryRules.checkAlias(alias)
        let now = runtime.now()
        try await write { connection in
            _ = try Self.model(model, in: connection)
            guard try ModelVersionTable.delete(alias: alias, of: model, in: connection) else { return }
            try record(
                "alias.deleted",
                model: model,
                ["alias": .string(alias)],
                caller: caller,
                at: now,
                in: connection
            )
        }
    }

    /// The version that an alias points at; `latest` is the newest one.
    package func version(caller: Caller, alias: String, of model: String) async throws -> ModelVersion {
        try await read { connection in
            try ModelVersion(Self.version(alias: alias, of: model, in: connection), withAliases: true, in: connection)
        }
    }

    static func version(alias: String, of model: String, in connection: any SQLReader) throws -> ModelVersionRecord {
        _ = try Self.model(model, in: connection)
        if alias.lowercased() == "latest",
            let newest = try ModelVersionTable.versions(of: model, in: connection).last
        {
            return newest
        }
        guard let found = try ModelVersionTable.aliases(of: model, in: connection).first(where: { $0.alias == alias })
        else {
            // MLflow's clients expect "invalid" here, not "not found".
            throw ServiceError.invalid(
                "The registered model '\(model.prefix(256))' has no alias '\(alias.prefix(255))': set it first"
            )
        }
        return try Self.version(found.version, of: model, in: connection)
    }
}
