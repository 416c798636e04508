package import SlipwayDomain

/// The SQL of registered models and their tags.
package enum RegisteredModelTable {
    static let columns = "name, lineage, description, created_at, updated_at"

    static func record(_ row: SQLRow) -> RegisteredModelRecord {
        RegisteredModelRecord(
            name: row.text(0),
            lineage: row.text(1),
            description: row.optionalText(2),
            createdAt: Instant(milliseconds: row.integer(3)),
            updatedAt: Instant(milliseconds: row.integer(4))
        )
    }

    package static func model(
        _ name: String,
        in connection: any SQLReader
    ) throws(StoreError) -> RegisteredModelRecord? {
        try connection.row("SELECT \(columns) FROM registered_models WHERE name = ?", [.text(name)]).map(record)
    }

    package static func insert(_ model: RegisteredModelRecord, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "INSERT INTO registered_models (\(columns)) VALUES (?, ?, ?, ?, ?)",
            [
                .text(model.name), .text(model.lineage), .optional(model.description),
                .integer(model.createdAt.milliseconds), .integer(model.updatedAt.milliseconds),
            ]
        )
    }

    /// Stores the description and the time of change.
    package static func update(_ model: RegisteredModelRecord, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "UPDATE registered_models SET description = ?, updated_at = ? WHERE name = ?",
            [.optional(model.description), .integer(model.updatedAt.milliseconds), .text(model.name)]
        )
    }

    package static func touch(
        _ name: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "UPDATE registered_models SET updated_at = ? WHERE name = ?",
            [.integer(time.milliseconds), .text(name)]
        )
    }

    /// Renames the model; its versions, tags and aliases follow by the foreign keys.
    package static func rename(
        _ name: String,
        to newName: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "UPDATE registered_models SET name = ?, updated_at = ? WHERE name = ?",
            [.text(newName), .integer(time.milliseconds), .text(name)]
        )
        try connection.execute(
            "UPDATE model_versions SET updated_at = ? WHERE model = ?",
            [.integer(time.milliseconds), .text(newName)]
        )
    }

    package static func delete(_ name: String, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute("DELETE FROM registered_models WHERE name = ?", [.text(name)])
    }

    /// What a name stood for last and the highest version number ever given under it; nil for a name never used.
    package static func nameHistory(
        _ name: String,
        in connection: any SQLReader
    ) throws(StoreError) -> (lineage: String, lastVersion: Int64)? {
        try connection.row("SELECT lineage, last_version FROM registry_names WHERE name = ?", [.text(name)])
            .map { ($0.text(0), $0.integer(1)) }
    }

    package static func setNameHistory(
        _ name: String,
        lineage: String,
        lastVersion: Int64,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO registry_names (name, lineage, last_version) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET lineage = excluded.lineage, last_version = excluded.last_version
            """,
            [.text(name), .text(lineage), .integer(lastVersion)]
        )
    }

    /// The model's tags, sorted by key.
    package static func tags(
        of name: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [Tag] {
        try connection.rows(
            "SELECT key, value FROM registered_model_tags WHERE model = ? ORDER BY key",
            [.text(name)]
        ).map { Tag(key: $0.text(0), value: $0.text(1)) }
    }

    /// The value of one of the model's tags, or nil when it has none of that key.
    package static func tag(
        _ key: String,
        of name: String,
        in connection: any SQLReader
    ) throws(StoreError) -> String? {
        try connection.row(
            "SELECT value FROM registered_model_tags WHERE model = ? AND key = ?",
            [.text(name), .text(key)]
        )?.text(0)
    }

    package static func set(
        _ tag: Tag,
        on name: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO registered_model_tags (model, key, value) VALUES (?, ?, ?)
            ON CONFLICT (model, key) DO UPDATE SET value = excluded.value
            """,
            [.text(name), .text(tag.key), .text(tag.value)]
        )
    }

    /// Removes the tag; false when there was none.
    package static func deleteTag(
        _ key: String,
        of name: String,
        in connection: any SQLWriter
    ) throws(StoreError) -> Bool {
        try connection.execute(
            "DELETE FROM registered_model_tags WHERE model = ? AND key = ?",
            [.text(name), .text(key)]
        ) > 0
    }
}
