package import SlipwayDomain

/// The records of evaluation datasets.
package enum EvaluationRecordTable {
    private static let columns = """
        id, inputs, outputs, expectations, tags, source, source_id, source_type, created_at, updated_at, created_by, \
        updated_by
        """

    private static func record(_ row: SQLRow) -> EvaluationRecord {
        EvaluationRecord(
            id: row.text(0),
            inputs: row.text(1),
            outputs: row.optionalText(2),
            expectations: row.optionalText(3),
            tags: row.text(4),
            source: row.optionalText(5),
            sourceID: row.optionalText(6),
            sourceType: row.optionalText(7),
            createdAt: Instant(milliseconds: row.integer(8)),
            updatedAt: Instant(milliseconds: row.integer(9)),
            createdBy: row.optionalText(10),
            updatedBy: row.optionalText(11)
        )
    }

    /// The record with these inputs.
    package static func find(
        inputDigest: String,
        dataset: String,
        in reader: some SQLReader
    ) throws(StoreError) -> EvaluationRecord? {
        try reader.row(
            "SELECT \(columns) FROM evaluation_records WHERE dataset = ? AND input_digest = ?",
            [.text(dataset), .text(inputDigest)]
        ).map(record)
    }

    /// One page of records, the oldest first.
    package static func page(
        of dataset: String,
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [EvaluationRecord] {
        try reader.rows(
            "SELECT \(columns) FROM evaluation_records WHERE dataset = ? ORDER BY created_at, id LIMIT ? OFFSET ?",
            [.text(dataset), .integer(limit), .integer(offset)]
        ).map(record)
    }

    /// Stores a new record, or the changed parts of one that is there.
    package static func save(
        _ record: EvaluationRecord,
        inputDigest: String,
        dataset: String,
        in writer: some SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO evaluation_records (dataset, input_digest, \(columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (dataset, input_digest) DO UPDATE SET
                outputs = excluded.outputs, expectations = excluded.expectations, tags = excluded.tags,
                updated_at = excluded.updated_at, updated_by = excluded.updated_by
            """,
            [
                .text(dataset), .text(inputDigest), .text(record.id), .text(record.inputs), .optional(record.outputs),
                .optional(record.expectations), .text(record.tags), .optional(record.source),
                .optional(record.sourceID), .optional(record.sourceType), .integer(record.createdAt.milliseconds),
                .integer(record.updatedAt.milliseconds), .optional(record.createdBy), .optional(record.updatedBy),
            ]
        )
    }

    /// Removes records by identifier; returns how many there were.
    package static func delete(
        _ ids: [String],
        from dataset: String,
        in writer: some SQLWriter
    ) throws(StoreError) -> Int {
        try writer.executeEach(
            "DELETE FROM evaluation_records WHERE dataset = ? AND id = ?",
            ids.map { [.text(dataset), .text($0)] }
        )
    }
}
