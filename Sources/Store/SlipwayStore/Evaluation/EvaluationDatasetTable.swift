package import SlipwayDomain

/// Evaluation datasets with their tags and experiments.
package enum EvaluationDatasetTable {
    private static let select = """
        SELECT d.id, d.name, d.digest, d.fields, d.created_at, d.updated_at, d.created_by, d.updated_by,
            (SELECT COUNT(*) FROM evaluation_records r WHERE r.dataset = d.id)
        FROM evaluation_datasets d
        """

    private static func dataset(_ row: SQLRow) -> EvaluationDataset {
        var dataset = EvaluationDataset(
            id: row.text(0),
            name: row.text(1),
            digest: row.text(2),
            schema: row.optionalText(3),
            createdAt: Instant(milliseconds: row.integer(4)),
            updatedAt: Instant(milliseconds: row.integer(5)),
            createdBy: row.optionalText(6),
            updatedBy: row.optionalText(7)
        )
        dataset.recordCount = row.integer(8)
        return dataset
    }

    /// The dataset with its tags and experiments.
    package static func find(_ id: String, in reader: some SQLReader) throws(StoreError) -> EvaluationDataset? {
        guard let row = try reader.row("\(select) WHERE d.id = ?", [.text(id)]) else { return nil }
        return try whole(dataset(row), in: reader)
    }

    /// All datasets, or those of some experiments, with their tags and experiments.
    package static func all(
        ofExperiments ids: [Int64]?,
        in reader: some SQLReader
    ) throws(StoreError) -> [EvaluationDataset] {
        let list = ids.map { SQLList($0.map { .integer($0) }) }
        let scope = list.map {
            """
            WHERE d.id IN (SELECT x.dataset FROM evaluation_dataset_experiments x WHERE x.experiment IN (\($0.marks)))
            """
        }
        var datasets: [EvaluationDataset] = []
        for row in try reader.rows("\(select) \(scope ?? "")", list?.values ?? []) {
            datasets.append(try whole(dataset(row), in: reader))
        }
        return datasets
    }

    private static func whole(
        _ dataset: EvaluationDataset,
        in reader: some SQLReader
    ) throws(StoreError) -> EvaluationDataset {
        var dataset = dataset
        dataset.tags = try reader.rows(
            "SELECT key, value FROM evaluation_dataset_tags WHERE dataset = ? ORDER BY key",
            [.text(dataset.id)]
        ).map { Tag(key: $0.text(0), value: $0.text(1)) }
        dataset.experiments = try reader.rows(
            "SELECT experiment FROM evaluation_dataset_experiments WHERE dataset = ? ORDER BY experiment",
            [.text(dataset.id)]
        ).map { $0.integer(0) }
        return dataset
    }

    /// Stores a new dataset with its tags and experiments.
    package static func insert(_ dataset: EvaluationDataset, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO evaluation_datasets
                (id, name, digest, fields, created_at, updated_at, created_by, updated_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(dataset.id), .text(dataset.name), .text(dataset.digest), .optional(dataset.schema),
                .integer(dataset.createdAt.milliseconds), .integer(dataset.updatedAt.milliseconds),
                .optional(dataset.createdBy), .optional(dataset.updatedBy),
            ]
        )
        for tag in dataset.tags { try setTag(tag, on: dataset.id, in: writer) }
        for id in dataset.experiments { try add(dataset.id, to: id, in: writer) }
    }

    /// Stores what a change of records changes in the dataset.
    package static func update(_ dataset: EvaluationDataset, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            "UPDATE evaluation_datasets SET digest = ?, fields = ?, updated_at = ?, updated_by = ? WHERE id = ?",
            [
                .text(dataset.digest), .optional(dataset.schema), .integer(dataset.updatedAt.milliseconds),
                .optional(dataset.updatedBy), .text(dataset.id),
            ]
        )
    }

    /// Removes the dataset with all that belongs to it; tells whether there was one.
    package static func delete(_ id: String, in writer: some SQLWriter) throws(StoreError) -> Bool {
        try writer.execute("DELETE FROM evaluation_datasets WHERE id = ?", [.text(id)]) > 0
    }

    /// Sets one tag.
    package static func setTag(_ tag: Tag, on id: String, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO evaluation_dataset_tags (dataset, key, value) VALUES (?, ?, ?)
            ON CONFLICT (dataset, key) DO UPDATE SET value = excluded.value
            """,
            [.text(id), .text(tag.key), .text(tag.value)]
        )
    }

    /// Removes one tag, if it is there.
    package static func removeTag(_ key: String, from id: String, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            "DELETE FROM evaluation_dataset_tags WHERE dataset = ? AND key = ?",
            [.text(id), .text(key)]
        )
    }

    /// Makes the dataset one of the experiment's.
    package static func add(_ id: String, to experiment: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO evaluation_dataset_experiments (dataset, experiment) VALUES (?, ?)
            ON CONFLICT (dataset, experiment) DO NOTHING
            """,
            [.text(id), .integer(experiment)]
        )
    }

    /// Makes the dataset no longer one of the experiment's.
    package static func remove(_ id: String, from experiment: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            "DELETE FROM evaluation_dataset_experiments WHERE dataset = ? AND experiment = ?",
            [.text(id), .integer(experiment)]
        )
    }
}
