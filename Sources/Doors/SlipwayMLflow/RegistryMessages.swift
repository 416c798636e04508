internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayService

extension JSONWriter {
    /// Writes MLflow's RegisteredModel.
    mutating func write(_ model: RegisteredModel) {
        object { writer in
            writer.member("name", model.record.name)
            writer.member("creation_timestamp", model.record.createdAt.milliseconds)
            writer.member("last_updated_timestamp", model.record.updatedAt.milliseconds)
            writer.member("description", optional: model.record.description)
            writer.member("latest_versions", unlessEmpty: model.latestVersions) { $0.write($1) }
            writer.member("tags", unlessEmpty: model.tags)
            writer.member("aliases", unlessEmpty: model.aliases) { writer, alias in
                writer.object { writer in
                    writer.member("alias", alias.alias)
                    writer.member("version", String(alias.version))
                }
            }
        }
    }

    /// Writes MLflow's ModelVersion.
    mutating func write(_ version: ModelVersion) {
        let record = version.record
        object { writer in
            writer.member("name", record.model)
            writer.member("version", String(record.version))
            writer.member("creation_timestamp", record.createdAt.milliseconds)
            writer.member("last_updated_timestamp", record.updatedAt.milliseconds)
            writer.member("user_id", optional: record.registeredBy)
            writer.member("current_stage", record.stage)
            writer.member("description", record.description)
            writer.member("source", record.source)
            writer.member("run_id", record.runID)
            writer.member("status", "READY")
            writer.member("tags", unlessEmpty: version.tags)
            writer.member("run_link", record.runLink)
            writer.member("aliases", unlessEmpty: version.aliases) { $0.string($1) }
        }
    }
}

extension MLflowRequest {
    /// The field `version`, which is a number written as text.
    func modelVersion() throws -> Int64 {
        let text = try requiredText("version")
        guard let version = Int64(text), version >= 0 else {
            throw MLflowError.invalid("'version' must be a number such as \"1\", not '\(text.prefix(80))'")
        }
        return version
    }

    /// The fields of a search in the registry.
    func registrySearch(defaultLimit: Int64) throws -> RegistrySearch {
        try RegistrySearch(
            filter: text("filter") ?? "",
            order: texts("order_by"),
            limit: integer("max_results") ?? defaultLimit,
            offset: PageToken.offset(text("page_token"))
        )
    }
}

extension Page {
    /// The token of the page after this one, if there is one.
    func nextToken(after search: RegistrySearch) -> String? {
        hasMore ? PageToken(offset: search.offset + search.limit).text : nil
    }
}
