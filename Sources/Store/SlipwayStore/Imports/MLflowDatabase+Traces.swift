package import SlipwayDomain

extension MLflowDatabase {
    /// One page of traces with tags, metadata, assessments and the spans that are in the database.
    package func traces(
        after position: Int64,
        limit: Int,
        since: Instant?,
        in reader: any SQLReader
    ) throws(StoreError) -> MLflowPage<ImportedTrace> {
        guard has("trace_info") else { return MLflowPage(items: [], next: nil) }
        let rows = try reader.rows(
            """
            SELECT t.rowid, t.request_id, t.experiment_id, t.timestamp_ms, t.execution_time_ms, t.status,
                \(column("trace_info", "t", "client_request_id")), \(column("trace_info", "t", "request_preview")),
                \(column("trace_info", "t", "response_preview")), \(column("trace_info", "t", "trace_name"))
            FROM trace_info t JOIN experiments e ON e.experiment_id = t.experiment_id
            WHERE t.rowid > ? AND t.timestamp_ms >= ? AND \(inDefaultWorkspace("experiments", "e"))
            ORDER BY t.rowid LIMIT ?
            """,
            [.integer(position), .integer(since?.milliseconds ?? Int64.min), .integer(limit)]
        )
        let ids = rows.map { $0.text(1) }
        let tags = try notes("trace_tags", of: ids, in: reader)
        let metadata = try notes("trace_request_metadata", of: ids, in: reader)
        let assessments = try assessments(of: ids, in: reader)
        let spans = try spans(of: ids, in: reader)
        let links = try links(of: ids, in: reader)
        let traces = rows.map { row in
            let id = row.text(1)
            var all = tags[id] ?? []
            if let name = row.optionalText(9), !all.contains(where: { $0.key == TraceKey.name }) {
                all.append(Tag(key: TraceKey.name, value: name))
            }
            let info = TraceInfo(
                id: id,
                experiment: row.integer(2),
                startedAt: Instant(milliseconds: row.integer(3)),
                durationMilliseconds: row.optionalInteger(4),
                state: TraceState(rawValue: row.text(5)) ?? .unspecified,
                clientRequestID: row.optionalText(6),
                requestPreview: row.optionalText(7),
                responsePreview: row.optionalText(8),
                metadata: metadata[id] ?? [],
                tags: all.sorted { $0.key < $1.key },
                assessments: assessments[id] ?? []
            )
            return ImportedTrace(
                info: info,
                spans: spans[id] ?? [],
                runs: (links[id] ?? []).filter { $0.key == "run" }.map(\.value),
                prompts: (links[id] ?? []).filter { $0.key == "prompt_version" }.map(\.value)
            )
        }
        return MLflowPage(items: traces, next: rows.count < limit ? nil : rows.last?.integer(0))
    }

    private func notes(
        _ table: String,
        of ids: [String],
        in reader: any SQLReader
    ) throws(StoreError) -> [String: [Tag]] {
        guard has(table) else { return [:] }
        return try grouped(
            "SELECT request_id, key, value FROM \(table)",
            owner: "request_id",
            ids,
            order: "request_id, key",
            in: reader,
            tag
        )
    }

    private func spans(of ids: [String], in reader: any SQLReader) throws(StoreError) -> [String: [String]] {
        guard has("spans") else { return [:] }
        return try grouped(
            "SELECT trace_id, content FROM spans",
            owner: "trace_id",
            ids,
            order: "trace_id, start_time_unix_nano",
            in: reader
        ) { $0.text(1) }
    }

    private func links(of ids: [String], in reader: any SQLReader) throws(StoreError) -> [String: [Tag]] {
        guard has("entity_associations") else { return [:] }
        return try grouped(
            "SELECT source_id, destination_type, destination_id FROM entity_associations",
            owner: "source_type = 'trace' AND source_id",
            ids,
            order: "destination_id",
            in: reader,
            tag
        )
    }

    private func assessments(of ids: [String], in reader: any SQLReader) throws(StoreError) -> [String: [Assessment]] {
        guard has("assessments") else { return [:] }
        return try grouped(
            """
            SELECT trace_id, assessment_id, name, assessment_type, value, error, created_timestamp,
                last_updated_timestamp, source_type, source_id, span_id, rationale, overrides, valid,
                assessment_metadata
            FROM assessments
            """,
            owner: "trace_id",
            ids,
            order: "trace_id, created_timestamp, assessment_id",
            in: reader
        ) { row in
            Assessment(
                id: row.text(1),
                name: row.text(2),
                trace: row.text(0),
                span: row.optionalText(10),
                sourceType: Assessment.SourceType(rawValue: row.text(8)) ?? .unspecified,
                sourceID: row.text(9),
                createdAt: Instant(milliseconds: row.integer(6)),
                updatedAt: Instant(milliseconds: row.integer(7)),
                kind: Assessment.Kind(rawValue: row.text(3)) ?? .feedback,
                value: row.text(4),
                failure: row.optionalText(5).flatMap(Self.failure),
                rationale: row.optionalText(11),
                metadata: row.optionalText(14).map(Self.members) ?? [],
                overrides: row.optionalText(12),
                isValid: row.bool(13)
            )
        }
    }

    // Both columns hold JSON objects.
    private static func failure(_ json: String) -> Assessment.Failure? {
        let members = members(json)
        func value(_ key: String) -> String? { members.first { $0.key == key }?.value }
        return value("error_code").map {
            Assessment.Failure(code: $0, message: value("error_message"), stackTrace: value("stack_trace"))
        }
    }

    private static func members(_ json: String) -> [Tag] {
        guard let value = try? JSONValue(parsing: Array(json.utf8)) else { return [] }  // what is no JSON says nothing
        return (value.object ?? [:]).compactMap { key, value in
            guard value != .null else { return nil }
            return Tag(key: key, value: value.string ?? (try? CanonicalJSON.text(of: value)) ?? "")
        }.sorted { $0.key < $1.key }
    }
}
