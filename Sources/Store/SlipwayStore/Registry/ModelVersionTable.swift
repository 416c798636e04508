package import SlipwayDomain

/// The SQL of model versions, their tags and the aliases that point at them.
package enum ModelVersionTable {
    static let columns = """
        model, version, description, source, location, run_id, run_link, stage, created_at, updated_at, registered_by
        """

    static func record(_ row: SQLRow) -> ModelVersionRecord {
        ModelVersionRecord(
            model: row.text(0),
            version: row.integer(1),
            description: row.text(2),
            source: row.text(3),
            location: row.text(4),
            runID: row.text(5),
            runLink: row.text(6),
            stage: row.text(7),
            createdAt: Instant(milliseconds: row.integer(8)),
            updatedAt: Instant(milliseconds: row.integer(9)),
            registeredBy: row.optionalText(10)
        )
    }

    package static func version(
        _ version: Int64,
        of model: String,
        in connection: any SQLReader
    ) throws(StoreError) -> ModelVersionRecord? {
        try connection.row(
            "SELECT \(columns) FROM model_versions WHERE model = ? AND version = ?",
            [.text(model), .integer(version)]
        ).map(record)
    }

    /// The versions of one model, by number.
    package static func versions(
        of model: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [ModelVersionRecord] {
        try connection.rows(
            "SELECT \(columns) FROM model_versions WHERE model = ? ORDER BY version",
            [.text(model)]
        ).map(record)
    }

    package static func insert(_ version: ModelVersionRecord, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "INSERT INTO model_versions (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .text(version.model), .integer(version.version), .text(version.description), .text(version.source),
                .text(version.location), .text(version.runID), .text(version.runLink), .text(version.stage),
                .integer(version.createdAt.milliseconds), .integer(version.updatedAt.milliseconds),
                .optional(version.registeredBy),
            ]
        )
    }

    /// Stores the description, the stage and the time of change.
    package static func update(_ version: ModelVersionRecord, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "UPDATE model_versions SET description = ?, stage = ?, updated_at = ? WHERE model = ? AND version = ?",
            [
                .text(version.description), .text(version.stage), .integer(version.updatedAt.milliseconds),
                .text(version.model), .integer(version.version),
            ]
        )
    }

    /// Removes the version; its tags and the aliases that point at it go by the foreign keys.
    package static func delete(
        _ version: Int64,
        of model: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "DELETE FROM model_versions WHERE model = ? AND version = ?",
            [.text(model), .integer(version)]
        )
    }

    /// The version's tags, sorted by key.
    package static func tags(
        of version: Int64,
        of model: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [Tag] {
        try connection.rows(
            "SELECT key, value FROM model_version_tags WHERE model = ? AND version = ? ORDER BY key",
            [.text(model), .integer(version)]
        ).map { Tag(key: $0.text(0), value: $0.text(1)) }
    }

    package static func set(
        _ tag: Tag,
        on version: Int64,
        of model: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO model_version_tags (model, version, key, value) VALUES (?, ?, ?, ?)
            ON CONFLICT (model, version, key) DO UPDATE SET value = excluded.value
            """,
            [.text(model), .integer(version), .text(tag.key), .text(tag.value)]
        )
    }

    /// Removes the tag; false when there was none.
    package static func deleteTag(
        _ key: String,
        of version: Int64,
        of model: String,
        in connection: any SQLWriter
    ) throws(StoreError) -> Bool {
        try connection.execute(
            "DELETE FROM model_version_tags WHERE model = ? AND version = ? AND key = ?",
            [.text(model), .integer(version), .text(key)]
        ) > 0
    }

    /// The model's aliases, sorted by name.
    package static func aliases(
        of model: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [ModelAlias] {
        try connection.rows(
            "SELECT alias, version FROM model_aliases WHERE model = ? ORDER BY alias",
            [.text(model)]
        ).map { ModelAlias(alias: $0.text(0), version: $0.integer(1)) }
    }

    /// Sets the alias, or moves it here from another version.
    package static func set(
        alias: String,
        to version: Int64,
        of model: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO model_aliases (model, alias, version) VALUES (?, ?, ?)
            ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version
            """,
            [.text(model), .text(alias), .integer(version)]
        )
    }

    /// Removes the alias; false when there was none.
    package static func delete(
        alias: String,
        of model: String,
        in connection: any SQLWriter
    ) throws(StoreError) -> Bool {
        try connection.execute(
            "DELETE FROM model_aliases WHERE model = ? AND alias = ?",
            [.text(model), .text(alias)]
        ) > 0
    }
}
