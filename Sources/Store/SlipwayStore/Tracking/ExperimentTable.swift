package import SlipwayDomain

/// Experiments and their tags.
package enum ExperimentTable {
    static let columns = "e.id, e.name, e.artifact_location, e.is_deleted, e.created_at, e.updated_at"

    static func experiment(_ row: SQLRow) -> Experiment {
        Experiment(
            id: row.integer(0),
            name: row.text(1),
            artifactLocation: row.text(2),
            isDeleted: row.bool(3),
            createdAt: Instant(milliseconds: row.integer(4)),
            updatedAt: Instant(milliseconds: row.integer(5))
        )
    }

    /// The experiment with its tags, deleted or not.
    package static func find(_ id: Int64, in reader: some SQLReader) throws(StoreError) -> Experiment? {
        guard let row = try reader.row("SELECT \(columns) FROM experiments e WHERE e.id = ?", [.integer(id)]) else {
            return nil
        }
        return try withTags([experiment(row)], in: reader).first
    }

    /// The experiment of that name with its tags, deleted or not.
    package static func find(name: String, in reader: some SQLReader) throws(StoreError) -> Experiment? {
        guard let row = try reader.row("SELECT \(columns) FROM experiments e WHERE e.name = ?", [.text(name)]) else {
            return nil
        }
        return try withTags([experiment(row)], in: reader).first
    }

    /// The identifier that the next experiment gets.
    package static func nextID(in reader: some SQLReader) throws(StoreError) -> Int64 {
        try reader.row(
            """
            SELECT COALESCE(MAX(id), 0) + 1 FROM (
                SELECT MAX(id) AS id FROM experiments UNION ALL SELECT MAX(id) AS id FROM purged_experiments
            ) AS known
            """
        )?.integer(0) ?? 1
    }

    /// Stores a new experiment with its tags.
    package static func insert(_ experiment: Experiment, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO experiments (id, name, artifact_location, is_deleted, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(experiment.id), .text(experiment.name), .text(experiment.artifactLocation),
                .bool(experiment.isDeleted), .integer(experiment.createdAt.milliseconds),
                .integer(experiment.updatedAt.milliseconds),
            ]
        )
        for tag in experiment.tags { try setTag(tag, on: experiment.id, in: writer) }
    }

    /// Gives the experiment that comes with the schema the time at which the server began; a schema has no clock.
    package static func dateDefault(_ time: Instant, in writer: some SQLWriter) throws(StoreError) {
        let now = SQLValue.integer(time.milliseconds)
        try writer.execute(
            "UPDATE experiments SET created_at = ?, updated_at = ? WHERE id = 0 AND created_at = 0",
            [now, now]
        )
    }

    /// Gives the experiment another name.
    package static func rename(
        _ id: Int64,
        to name: String,
        at time: Instant,
        in writer: some SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "UPDATE experiments SET name = ?, updated_at = ? WHERE id = ?",
            [.text(name), .integer(time.milliseconds), .integer(id)]
        )
    }

    /// Deletes or restores the experiment with all its runs; nothing is removed.
    package static func setDeleted(
        _ isDeleted: Bool,
        _ id: Int64,
        at time: Instant,
        in writer: some SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "UPDATE experiments SET is_deleted = ?, deleted_at = ?, updated_at = ? WHERE id = ?",
            [
                .bool(isDeleted), isDeleted ? .integer(time.milliseconds) : .null, .integer(time.milliseconds),
                .integer(id),
            ]
        )
        // A run that was deleted before keeps its time; one that is being removed for good does not come back.
        let deletedAt = isDeleted ? "COALESCE(deleted_at, ?)" : "?"
        try writer.execute(
            "UPDATE runs SET is_deleted = ?, deleted_at = \(deletedAt) WHERE experiment = ? AND purge IS NULL",
            [.bool(isDeleted), isDeleted ? .integer(time.milliseconds) : .null, .integer(id)]
        )
    }

    /// Sets one tag.
    package static func setTag(_ tag: Tag, on id: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?)
            ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value
            """,
            [.integer(id), .text(tag.key), .text(tag.value)]
        )
    }

    /// Removes one tag; tells whether there was one.
    package static func removeTag(_ key: String, from id: Int64, in writer: some SQLWriter) throws(StoreError) -> Bool {
        try writer.execute(
            "DELETE FROM experiment_tags WHERE experiment = ? AND key = ?",
            [.integer(id), .text(key)]
        ) > 0
    }

    /// One page of the experiments that pass the filter, most recently changed first unless ordered otherwise.
    package static func search(
        _ filter: SearchFilter,
        order: [SearchOrder],
        view: LifecycleView,
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [Experiment] {
        var query = SearchQuery(.experiments)
        query.require(view: view, column: "e.is_deleted")
        query.require(filter)
        query.order(by: order)
        if !order.contains(where: { $0.field.key == "last_update_time" }) { query.orderLast("e.updated_at DESC") }
        if !order.contains(where: { $0.field.key == "experiment_id" }) { query.orderLast("e.id ASC") }
        let (sql, arguments) = query.select(columns, limit: limit, offset: offset)
        return try withTags(try reader.rows(sql, arguments).map(experiment), in: reader)
    }

    private static func withTags(
        _ experiments: [Experiment],
        in reader: some SQLReader
    ) throws(StoreError) -> [Experiment] {
        let tags = try TagRows.read("experiment_tags", owner: "experiment", experiments.map(\.id), in: reader)
        return experiments.map { experiment in
            var experiment = experiment
            experiment.tags = tags[experiment.id] ?? []
            return experiment
        }
    }
}
