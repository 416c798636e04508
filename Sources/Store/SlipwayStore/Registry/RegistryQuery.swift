package import SlipwayDomain

/// Searches of registered models and their versions as SQL. Prompts are there only for a search that asks for them.
package enum RegistryQuery {
    /// The tag that makes a registered model a prompt.
    private static let promptField = SearchField(.tag, "mlflow.prompt.is_prompt")

    /// One page of the registered models that pass the filter, by name unless ordered otherwise.
    package static func models(
        _ filter: SearchFilter,
        order: [SearchOrder],
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [RegisteredModelRecord] {
        var query = SearchQuery(.registeredModels)
        require(filter, model: "m.name", in: &query)
        query.order(by: order, nullable: false)
        if !order.contains(where: { $0.field.key == "name" }) { query.orderLast("m.name ASC") }
        let columns = RegisteredModelTable.columns.split(separator: ", ").map { "m.\($0)" }.joined(separator: ", ")
        let (sql, arguments) = query.select(columns, limit: limit, offset: offset)
        return try reader.rows(sql, arguments).map(RegisteredModelTable.record)
    }

    /// One page of the versions that pass the filter, the last changed first unless ordered otherwise.
    package static func versions(
        _ filter: SearchFilter,
        order: [SearchOrder],
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [ModelVersionRecord] {
        var query = SearchQuery(.modelVersions)
        require(filter, model: "v.model", in: &query)
        query.order(by: order, nullable: false)
        if order.isEmpty { query.orderLast("v.updated_at DESC") }
        if !order.contains(where: { $0.field.key == "name" }) { query.orderLast("v.model ASC") }
        if !order.contains(where: { $0.field.key == "version_number" }) { query.orderLast("v.version DESC") }
        let columns = ModelVersionTable.columns.split(separator: ", ").map { "v.\($0)" }.joined(separator: ", ")
        let (sql, arguments) = query.select(columns, limit: limit, offset: offset)
        return try reader.rows(sql, arguments).map(ModelVersionTable.record)
    }

    /// The filter, with what it says of prompts taken out: "is a prompt" decides over all of the search, and models
    /// do not carry the tag, so a test of its value would find nothing.
    private static func require(_ filter: SearchFilter, model: String, in query: inout SearchQuery) {
        let asked = filter.conditions.first { $0.field == promptField }
        let wantsPrompts =
            switch asked?.test {
            case .equals(let text): text.lowercased() == "true"
            case .differs(let text): text.lowercased() == "false"
            default: false
            }
        query.require(
            """
            \(wantsPrompts ? "EXISTS" : "NOT EXISTS") (SELECT 1 FROM registered_model_tags p \
            WHERE p.model = \(model) AND p.key = ? AND p.value = 'true')
            """,
            [.text(promptField.key)]
        )
        query.require(SearchFilter(filter.conditions.filter { $0.field != promptField }))
    }

    /// The tags of all these versions, by model and number, each sorted by key.
    package static func tags(
        of versions: [ModelVersionRecord],
        in reader: some SQLReader
    ) throws(StoreError) -> [VersionName: [Tag]] {
        var tags: [VersionName: [Tag]] = [:]
        var start = 0
        // Versions of one model come together as a rule; a page of pairs is asked for at once.
        while start < versions.count {
            let page = versions[start..<min(start + 200, versions.count)]
            let marks = Array(repeating: "(?, ?)", count: page.count).joined(separator: ", ")
            let rows = try reader.rows(
                """
                SELECT t.model, t.version, t.key, t.value FROM (VALUES \(marks)) w \
                CROSS JOIN model_version_tags t WHERE t.model = w.column1 AND t.version = w.column2 \
                ORDER BY t.model, t.version, t.key
                """,
                page.flatMap { [.text($0.model), .integer($0.version)] }
            )
            for row in rows {
                tags[VersionName(row.text(0), row.integer(1)), default: []].append(
                    Tag(key: row.text(2), value: row.text(3))
                )
            }
            start += 200
        }
        return tags
    }

    /// The tags, the aliases and the newest version of each stage of all these models.
    package static func details(
        of models: [String],
        in reader: some SQLReader
    ) throws(StoreError) -> (
        tags: [String: [Tag]], aliases: [String: [ModelAlias]], latest: [String: [ModelVersionRecord]]
    ) {
        var tags: [String: [Tag]] = [:]
        var aliases: [String: [ModelAlias]] = [:]
        var latest: [String: [ModelVersionRecord]] = [:]
        var start = 0
        while start < models.count {
            let list = SQLList(models[start..<min(start + 256, models.count)].map { .text($0) })
            let these = "model IN (\(list.marks))"
            let tagRows = "SELECT model, key, value FROM registered_model_tags WHERE \(these) ORDER BY model, key"
            for row in try reader.rows(tagRows, list.values) {
                tags[row.text(0), default: []].append(Tag(key: row.text(1), value: row.text(2)))
            }
            let aliasRows = "SELECT model, alias, version FROM model_aliases WHERE \(these) ORDER BY model, alias"
            for row in try reader.rows(aliasRows, list.values) {
                aliases[row.text(0), default: []].append(ModelAlias(alias: row.text(1), version: row.integer(2)))
            }
            let columns = ModelVersionTable.columns.split(separator: ", ").map { "v.\($0)" }.joined(separator: ", ")
            let newest = """
                SELECT \(columns) FROM (SELECT model AS m, stage AS s, MAX(version) AS newest, MIN(version) AS oldest \
                FROM model_versions WHERE \(these) GROUP BY model, stage) w \
                JOIN model_versions v ON v.model = w.m AND v.version = w.newest ORDER BY w.m, w.oldest
                """
            for row in try reader.rows(newest, list.values) {
                let version = ModelVersionTable.record(row)
                latest[version.model, default: []].append(version)
            }
            start += 256
        }
        return (tags, aliases, latest)
    }
}

/// A version as it is called: the model and the number.
package struct VersionName: Hashable, Sendable {
    package let model: String
    package let version: Int64

    package init(_ model: String, _ version: Int64) {
        self.model = model
        self.version = version
    }
}
