package import SlipwayDomain
internal import SlipwayJSON

/// Judgements of traces.
package enum AssessmentTable {
    private static let columns = """
        trace, id, name, kind, span, source_type, source_id, created_at, updated_at, value, failure_code, \
        failure_message, failure_stack, rationale, metadata, overrides, is_valid
        """

    private static func assessment(_ row: SQLRow, trace: String) -> Assessment {
        let metadata = row.optionalText(14).flatMap(JSONText.parsed).map { node in
            node.members.map { Tag(key: $0.name, value: $0.value.string ?? "") }
        }
        return Assessment(
            id: row.text(1),
            name: row.text(2),
            trace: trace,
            span: row.optionalText(4),
            sourceType: Assessment.SourceType(rawValue: row.text(5)) ?? .unspecified,
            sourceID: row.text(6),
            createdAt: Instant(milliseconds: row.integer(7)),
            updatedAt: Instant(milliseconds: row.integer(8)),
            kind: Assessment.Kind(rawValue: row.text(3)) ?? .feedback,
            value: row.text(9),
            failure: row.optionalText(10).map {
                Assessment.Failure(code: $0, message: row.optionalText(11), stackTrace: row.optionalText(12))
            },
            rationale: row.optionalText(13),
            metadata: metadata ?? [],
            overrides: row.optionalText(15),
            isValid: row.bool(16)
        )
    }

    /// The assessments of each trace, in the order in which they were made; traces are given by number and id.
    package static func read(
        _ traces: [Int64: String],
        in reader: some SQLReader
    ) throws(StoreError) -> [Int64: [Assessment]] {
        var found: [Int64: [Assessment]] = [:]
        try TagRows.rows(
            "SELECT \(columns) FROM assessments",
            owner: "trace",
            order: "created_at, id",
            traces.keys.sorted(),
            in: reader
        ) { row in
            found[row.integer(0), default: []].append(assessment(row, trace: traces[row.integer(0)] ?? ""))
        }
        return found
    }

    /// One assessment of a trace.
    package static func find(
        _ id: String,
        of trace: StoredTrace,
        in reader: some SQLReader
    ) throws(StoreError) -> Assessment? {
        try reader.row(
            "SELECT \(columns) FROM assessments WHERE trace = ? AND id = ?",
            [.integer(trace.number), .text(id)]
        ).map { assessment($0, trace: trace.info.id) }
    }

    /// Stores an assessment; one of the same id is written anew.
    package static func put(
        _ assessment: Assessment,
        on trace: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) {
        let metadata = assessment.metadata.map { (name: $0.key, value: JSONText.text(of: $0.value)) }
        let isForSession = assessment.metadata.contains { $0.key == TraceKey.session }
        try writer.execute(
            """
            INSERT INTO assessments (\(columns), number, is_number, is_for_session)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (trace, id) DO UPDATE SET name = excluded.name, kind = excluded.kind, span = excluded.span,
                source_type = excluded.source_type, source_id = excluded.source_id,
                created_at = excluded.created_at, updated_at = excluded.updated_at, value = excluded.value,
                failure_code = excluded.failure_code, failure_message = excluded.failure_message,
                failure_stack = excluded.failure_stack, rationale = excluded.rationale,
                metadata = excluded.metadata, overrides = excluded.overrides, is_valid = excluded.is_valid,
                number = excluded.number, is_number = excluded.is_number, is_for_session = excluded.is_for_session
            """,
            [
                .integer(trace), .text(assessment.id), .text(assessment.name), .text(assessment.kind.rawValue),
                .optional(assessment.span), .text(assessment.sourceType.rawValue), .text(assessment.sourceID),
                .integer(assessment.createdAt.milliseconds), .integer(assessment.updatedAt.milliseconds),
                .text(assessment.value), .optional(assessment.failure?.code),
                .optional(assessment.failure?.message), .optional(assessment.failure?.stackTrace),
                .optional(assessment.rationale), metadata.isEmpty ? .null : .text(JSONText.object(metadata)),
                .optional(assessment.overrides), .bool(assessment.isValid), .optional(assessment.numericValue),
                .bool(assessment.isNumber), .bool(isForSession),
            ]
        )
    }

    /// Marks an assessment as replaced, or as valid again; tells whether there is such a one.
    package static func setValid(
        _ isValid: Bool,
        _ id: String,
        of trace: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) -> Bool {
        try writer.execute(
            "UPDATE assessments SET is_valid = ? WHERE trace = ? AND id = ?",
            [.bool(isValid), .integer(trace), .text(id)]
        ) > 0
    }

    /// Removes an assessment.
    package static func delete(_ id: String, of trace: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute("DELETE FROM assessments WHERE trace = ? AND id = ?", [.integer(trace), .text(id)])
    }
}
