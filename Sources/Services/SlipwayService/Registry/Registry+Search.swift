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
        let filter = try Tracking.filter(search.filter, .registeredModels)
        let order = try Tracking.order(search.order, .registeredModels)
        return try await read { connection in
            let found = try RegistryQuery.models(
                filter,
                order: order,
                limit: search.limit + 1,
                offset: search.offset,
                in: connection
            )
            let page = Tracking.page(found, limit: search.limit)
            return Page(items: try RegisteredModel.all(page.items, in: connection), hasMore: page.hasMore)
        }
    }

    /// One page of the versions that pass the filter, the last changed first unless ordered otherwise.
    package func searchVersions(
        caller: Caller,
        _ search: RegistrySearch
    ) async throws -> Page<ModelVersion> {
        try Self.check(search, most: Self.mostVersionsOnPage)
        let filter = try Tracking.filter(search.filter, .modelVersions)
        let order = try Tracking.order(search.order, .modelVersions)
        return try await read { connection in
            let found = try RegistryQuery.versions(
                filter,
                order: order,
                limit: search.limit + 1,
                offset: search.offset,
                in: connection
            )
            let page = Tracking.page(found, limit: search.limit)
            return Page(items: try ModelVersion.all(page.items, in: connection), hasMore: page.hasMore)
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
}

extension RegisteredModel {
    /// Reads the rest of many models at once.
    static func all(_ records: [RegisteredModelRecord], in connection: any SQLReader) throws -> [RegisteredModel] {
        let details = try RegistryQuery.details(of: records.map(\.name), in: connection)
        let versions = try ModelVersion.all(details.latest.values.flatMap(\.self), in: connection)
        let latest = Dictionary(versions.map { (VersionName($0.record.model, $0.record.version), $0) }) { one, _ in one
        }
        return records.map { record in
            RegisteredModel(
                record: record,
                tags: details.tags[record.name] ?? [],
                aliases: details.aliases[record.name] ?? [],
                latestVersions: (details.latest[record.name] ?? []).compactMap {
                    latest[VersionName($0.model, $0.version)]
                }
            )
        }
    }
}

extension ModelVersion {
    /// Reads the tags of many versions at once; lists tell no aliases.
    static func all(_ records: [ModelVersionRecord], in connection: any SQLReader) throws -> [ModelVersion] {
        let tags = try RegistryQuery.tags(of: records, in: connection)
        return records.map { record in
            ModelVersion(record: record, tags: tags[VersionName(record.model, record.version)] ?? [], aliases: [])
        }
    }
}
