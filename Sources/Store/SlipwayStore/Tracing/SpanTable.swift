package import SlipwayDomain
internal import SlipwayJSON

/// The spans of traces.
package enum SpanTable {
    /// Stores spans; one that is there already is written anew.
    package static func put(_ spans: [TraceSpan], of trace: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.executeEach(
            """
            INSERT INTO spans (trace, id, parent, name, type, status, started_at, ended_at, model, provider,
                input_cost, output_cost, total_cost, content)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (trace, id) DO UPDATE SET parent = excluded.parent, name = excluded.name,
                type = excluded.type, status = excluded.status, started_at = excluded.started_at,
                ended_at = excluded.ended_at, model = excluded.model, provider = excluded.provider,
                input_cost = excluded.input_cost, output_cost = excluded.output_cost,
                total_cost = excluded.total_cost, content = excluded.content
            """,
            spans.map { arguments($0, trace) }
        )
    }

    private static func arguments(_ span: TraceSpan, _ trace: Int64) -> [SQLValue] {
        let cost = span.json(SpanKey.cost).flatMap(JSONText.parsed)
        return [
            .integer(trace), .text(span.id), .optional(span.parent), .text(span.name), .optional(span.type),
            .text(span.status.rawValue), .integer(span.startNanoseconds), .optional(span.endNanoseconds),
            .optional(span.text(SpanKey.model)), .optional(span.text(SpanKey.provider)),
        ] + ["input_cost", "output_cost", "total_cost"].map { .optional(cost?[$0]?.double) } + [.text(span.content)]
    }

    /// The JSON texts of the spans of each trace, roots first, then by start.
    package static func contents(
        _ traces: [Int64],
        in reader: some SQLReader
    ) throws(StoreError) -> [Int64: [String]] {
        var contents: [Int64: [String]] = [:]
        try TagRows.rows(
            "SELECT trace, content FROM spans",
            owner: "trace",
            order: "CASE WHEN parent IS NULL THEN 0 ELSE 1 END, started_at, number",
            traces,
            in: reader
        ) { row in
            contents[row.integer(0), default: []].append(row.text(1))
        }
        return contents
    }
}
