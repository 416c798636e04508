package import SlipwayDomain

/// MLflow's own database, read: its tables as they are in versions 1.20 to 3.x, whichever of them are there.
///
/// Source: `mlflow/store/tracking/dbmodels` and `mlflow/store/model_registry/dbmodels` of MLflow 3.17.2.
package struct MLflowDatabase: Sendable {
    /// The columns of each table.
    private let columns: [String: Set<String>]

    /// Reads the layout; nil when this is no database of MLflow.
    package init?(in reader: any SQLReader) throws(StoreError) {
        var columns: [String: Set<String>] = [:]
        for row in try reader.rows(
            """
            SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
            """
        ) {
            columns[row.text(0), default: []].insert(row.text(1))
        }
        guard columns["experiments"]?.contains("experiment_id") == true, columns["runs"]?.contains("run_uuid") == true,
            columns["metrics"]?.contains("is_nan") == true
        else { return nil }
        self.columns = columns
    }

    func has(_ table: String) -> Bool { columns[table] != nil }

    /// The column if this version of MLflow has it, else another expression.
    func column(_ table: String, _ alias: String, _ name: String, else other: String = "NULL") -> String {
        columns[table]?.contains(name) == true ? "\(alias).\(name)" : other
    }

    /// Only the default workspace comes over, because others may hold the same names.
    func inDefaultWorkspace(_ table: String, _ alias: String) -> String {
        columns[table]?.contains("workspace") == true ? "\(alias).workspace = 'default'" : "1 = 1"
    }

    /// What is told of things that Slipway keeps as well, and that an import does not move.
    package static let evaluationDatasets = "evaluation data sets: make them anew with mlflow.genai.datasets"
    package static let scorers = "scorers: register them anew"

    /// Rows of tables that an import does not move, and rows of other workspaces.
    package func others(in reader: any SQLReader) throws(StoreError) -> [(what: String, count: Int64)] {
        let tables = [
            ("webhooks", "webhooks: make them anew, their secrets are encrypted there"),
            ("evaluation_datasets", Self.evaluationDatasets), ("scorers", Self.scorers), ("issues", "issues"),
            ("label_schemas", "label schemas"), ("review_queues", "review queues"), ("endpoints", "gateway endpoints"),
            ("jobs", "jobs"),
        ]
        var found: [(String, Int64)] = []
        for (table, what) in tables where has(table) {
            let count = try reader.row("SELECT COUNT(*) FROM \(table)")?.integer(0) ?? 0
            if count > 0 { found.append((what, count)) }
        }
        for (table, what) in [("experiments", "experiments"), ("registered_models", "registered models")]
        where columns[table]?.contains("workspace") == true {
            let count = try reader.row("SELECT COUNT(*) FROM \(table) WHERE workspace <> 'default'")?.integer(0) ?? 0
            if count > 0 { found.append(("\(what) in workspaces other than 'default'", count)) }
        }
        return found
    }

    /// All experiments, deleted ones too.
    package func experiments(in reader: any SQLReader) throws(StoreError) -> [Experiment] {
        var tags: [Int64: [Tag]] = [:]
        if has("experiment_tags") {
            for row in try reader.rows("SELECT experiment_id, key, value FROM experiment_tags ORDER BY key") {
                tags[row.integer(0), default: []].append(Tag(key: row.text(1), value: row.text(2)))
            }
        }
        return try reader.rows(
            """
            SELECT e.experiment_id, e.name, e.artifact_location, e.lifecycle_stage,
                \(column("experiments", "e", "creation_time")), \(column("experiments", "e", "last_update_time"))
            FROM experiments e WHERE \(inDefaultWorkspace("experiments", "e")) ORDER BY e.experiment_id
            """
        ).map { row in
            Experiment(
                id: row.integer(0),
                name: row.text(1),
                artifactLocation: row.text(2),
                isDeleted: row.text(3) == "deleted",
                createdAt: Instant(milliseconds: row.integer(4)),
                updatedAt: Instant(milliseconds: row.optionalInteger(5) ?? row.integer(4)),
                tags: tags[row.integer(0)] ?? []
            )
        }
    }

    /// How much there is to move of what takes long, for somebody who waits. Older things that come along because newer
    /// ones need them are not counted, and nor are points when only what is new comes.
    package func totals(since: Instant?, in reader: any SQLReader) throws(StoreError) -> [ImportKind: Int64] {
        var totals: [ImportKind: Int64] = [:]
        let begin = since?.milliseconds ?? Int64.min
        for (kind, table, time) in [
            (ImportKind.run, "runs", "COALESCE(t.start_time, 0)"), (.trace, "trace_info", "t.timestamp_ms"),
        ] where has(table) {
            let sql = """
                SELECT COUNT(*) FROM \(table) t JOIN experiments e ON e.experiment_id = t.experiment_id
                WHERE \(time) >= ? AND \(inDefaultWorkspace("experiments", "e"))
                """
            totals[kind] = try reader.row(sql, [.integer(begin)])?.integer(0) ?? 0
        }
        if since == nil { totals[.point] = try reader.row("SELECT COUNT(*) FROM metrics")?.integer(0) ?? 0 }
        return totals
    }

    /// Rows of a table that belong to the owners, by owner.
    func grouped<Item>(
        _ select: String,
        owner: String,
        _ owners: [String],
        order: String,
        in reader: any SQLReader,
        _ item: (SQLRow) -> Item
    ) throws(StoreError) -> [String: [Item]] {
        guard !owners.isEmpty else { return [:] }
        let list = SQLList(owners.map(SQLValue.text))
        var groups: [String: [Item]] = [:]
        for row in try reader.rows("\(select) WHERE \(owner) IN (\(list.marks)) ORDER BY \(order)", list.values) {
            groups[row.text(0), default: []].append(item(row))
        }
        return groups
    }

    func tag(_ row: SQLRow) -> Tag { Tag(key: row.text(1), value: row.text(2)) }
}

/// A page of rows and where the next one begins; nil after the last.
package struct MLflowPage<Item: Sendable>: Sendable {
    package let items: [Item]
    package let next: Int64?
}
