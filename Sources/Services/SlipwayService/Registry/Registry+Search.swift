internal import SlipwayDomain
internal import SlipwayStore

/// What a search of the registry asks for.
package struct RegistrySearch: Sendable {
    package var filter: String
    package var order: [String]
    package var limit: Int64
    package var offset: Int64

    package init(filter: String = "", order: [String] = [], limit: Int64, offset: Int64 = 0) {
        self.filter = filter
        self.order = order
        self.limit = limit
        self.offset = offset
    }
}

extension Registry {
    /// The most models that one page may hold.
    package static let mostModelsOnPage: Int64 = 1000
    /// The most versions that one page may hold.
    package static let mostVersionsOnPage: Int64 = 200_000

    /// One page of the registered models that pass the filter; prompts only when it asks for them.
    package func searchModels(
        caller: Caller,
        _ search: RegistrySearch
    ) async throws -> Page<RegisteredModel> {
        try Self.check(search, most: Self.mostModelsOnPage)
        let match = try RegistryMatch(search, .registeredModels, defaultOrder: ["name"], tieBreak: ["name"])
        return try await read { connection in
            let tags = try RegisteredModelTable.allTags(in: connection)
            let found = match.sorted(
                try RegisteredModelTable.models(in: connection).map { model in
                    let row = RegistryMatch.Row(
                        texts: ["name": model.name],
                        numbers: [
                            "creation_timestamp": model.createdAt.milliseconds,
                            "last_updated_timestamp": model.updatedAt.milliseconds,
                        ],
                        tags: tags[model.name] ?? [:]
                    )
                    return (row, model)
                }
            )
            return try Self.page(of: found, search) { try RegisteredModel($0, in: connection) }
        }
    }

    /// One page of the versions that pass the filter, the last changed first unless ordered otherwise.
    package func searchVersions(
        caller: Caller,
        _ search: RegistrySearch
    ) async throws -> Page<ModelVersion> {
        try Self.check(search, most: Self.mostVersionsOnPage)
        let match = try RegistryMatch(
            search,
            .modelVersions,
            defaultOrder: ["last_updated_timestamp DESC"],
            tieBreak: ["name", "version_number DESC"]
        )
        return try await read { connection in
            let modelTags = try RegisteredModelTable.allTags(in: connection)
            let candidates = try ModelVersionTable.versions(of: match.only("name"), in: connection)
            let found = match.sorted(
                try candidates.map { version in
                    var tags: [String: String] = [:]
                    if match.looksAtTags {
                        let own = try ModelVersionTable.tags(of: version.version, of: version.model, in: connection)
                        tags = Dictionary(own.map { ($0.key, $0.value) }) { _, last in last }
                    }
                    // A version of a prompt is a prompt.
                    tags[Self.promptTag] = tags[Self.promptTag] ?? modelTags[version.model]?[Self.promptTag]
                    let row = RegistryMatch.Row(
                        texts: ["name": version.model, "run_id": version.runID, "source_path": version.source],
                        numbers: [
                            "version_number": version.version,
                            "creation_timestamp": version.createdAt.milliseconds,
                            "last_updated_timestamp": version.updatedAt.milliseconds,
                        ],
                        tags: tags
                    )
                    return (row, version)
                }
            )
            return try Self.page(of: found, search) { try ModelVersion($0, withAliases: false, in: connection) }
        }
    }

    private static func check(_ search: RegistrySearch, most: Int64) throws(ServiceError) {
        guard (1...most).contains(search.limit) else {
            throw .invalid("max_results must be from 1 to \(most), not \(search.limit)")
        }
        guard (0...Int64(1 << 40)).contains(search.offset) else {
            throw .invalid("page_token is not one that this server gave")
        }
    }

    private static func page<Record, Item: Sendable>(
        of found: [Record],
        _ search: RegistrySearch,
        _ item: (Record) throws -> Item
    ) throws -> Page<Item> {
        let rest = found.dropFirst(Int(search.offset))
        let items = try rest.prefix(Int(search.limit)).map(item)
        return Page(items: items, hasMore: rest.count > items.count)
    }
}
