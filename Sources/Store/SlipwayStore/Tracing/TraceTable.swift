package import SlipwayDomain

/// A trace's head as the tables below it know it, without tags, metadata and assessments.
package struct StoredTrace: Sendable {
    /// The short number that stands for the identifier in other tables.
    package let number: Int64
    package let info: TraceInfo
    let name: String?
}

/// The heads of traces.
package enum TraceTable {
    static let columns = """
        t.number, t.id, t.experiment, t.started_at, t.duration, t.state, t.name, t.client_request_id, \
        t.request_preview, t.response_preview
        """

    static func trace(_ row: SQLRow) -> StoredTrace {
        let info = TraceInfo(
            id: row.text(1),
            experiment: row.integer(2),
            startedAt: Instant(milliseconds: row.integer(3)),
            durationMilliseconds: row.optionalInteger(4),
            state: TraceState(rawValue: row.text(5)) ?? .unspecified,
            clientRequestID: row.optionalText(7),
            requestPreview: row.optionalText(8),
            responsePreview: row.optionalText(9)
        )
        return StoredTrace(number: row.integer(0), info: info, name: row.optionalText(6))
    }

    /// The trace's head.
    package static func find(_ id: String, in reader: some SQLReader) throws(StoreError) -> StoredTrace? {
        try reader.row("SELECT \(columns) FROM traces t WHERE t.id = ?", [.text(id)]).map(trace)
    }

    /// The trace's number.
    package static func number(of id: String, in reader: some SQLReader) throws(StoreError) -> Int64? {
        try reader.row("SELECT number FROM traces WHERE id = ?", [.text(id)])?.integer(0)
    }

    /// The heads of those traces that are there and stand in one of the experiments, in the order of `ids`.
    package static func find(
        _ ids: [String],
        experiments: [Int64]?,
        in reader: some SQLReader
    ) throws(StoreError) -> [StoredTrace] {
        var found: [String: StoredTrace] = [:]
        var start = 0
        while start < ids.count {
            let list = SQLList(ids[start..<min(start + 256, ids.count)].map { .text($0) })
            for row in try reader.rows("SELECT \(columns) FROM traces t WHERE t.id IN (\(list.marks))", list.values) {
                let trace = trace(row)
                if experiments?.contains(trace.info.experiment) ?? true { found[trace.info.id] = trace }
            }
            start += 256
        }
        var result: [StoredTrace] = []
        for id in ids {
            if let trace = found.removeValue(forKey: id) { result.append(trace) }
        }
        return result
    }

    /// Stores a new head and returns its number; tags and metadata are set by `TraceNotes`.
    package static func insert(_ info: TraceInfo, in writer: some SQLWriter) throws(StoreError) -> Int64 {
        try writer.execute(
            """
            INSERT INTO traces (id, experiment, started_at, duration, state, client_request_id, request_preview,
                response_preview)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(info.id), .integer(info.experiment), .integer(info.startedAt.milliseconds),
                .optional(info.durationMilliseconds), .text(info.state.rawValue), .optional(info.clientRequestID),
                .optional(info.requestPreview), .optional(info.responsePreview),
            ]
        )
        guard let number = try number(of: info.id, in: writer) else {
            throw .corrupt("the trace just written cannot be read")
        }
        return number
    }

    /// Writes a head anew.
    package static func update(_ number: Int64, to info: TraceInfo, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            UPDATE traces SET experiment = ?, started_at = ?, duration = ?, state = ?, client_request_id = ?,
                request_preview = ?, response_preview = ?
            WHERE number = ?
            """,
            [
                .integer(info.experiment), .integer(info.startedAt.milliseconds),
                .optional(info.durationMilliseconds), .text(info.state.rawValue), .optional(info.clientRequestID),
                .optional(info.requestPreview), .optional(info.responsePreview), .integer(number),
            ]
        )
    }

    /// One page of the traces that pass the filter; ties go to the later start, then to the smaller identifier.
    package static func search(
        experiments: [Int64],
        _ filter: SearchFilter,
        order: [SearchOrder],
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [StoredTrace] {
        var query = query(experiments, filter)
        var rest = order[...]
        // No trace lacks its start: without a test for that, the index gives the order.
        if let first = order.first, first.field == SearchField(.attribute, "timestamp_ms") {
            query.orderLast("t.started_at \(first.isAscending ? "ASC" : "DESC")")
            rest = order.dropFirst()
        }
        query.order(by: Array(rest))
        let named = order.filter { $0.field.entity == .attribute }.map(\.field.key)
        if !named.contains("timestamp_ms") { query.orderLast("t.started_at DESC") }
        if !named.contains("request_id") { query.orderLast("t.id ASC") }
        let (sql, arguments) = query.select(columns, limit: limit, offset: offset)
        return try reader.rows(sql, arguments).map(trace)
    }

    /// How many traces pass all of the filters.
    package static func count(
        experiments: [Int64],
        _ filters: [SearchFilter],
        in reader: some SQLReader
    ) throws(StoreError) -> Int64 {
        var query = query(experiments, SearchFilter())
        for filter in filters { query.require(filter) }
        let (sql, arguments) = query.select("COUNT(*)", limit: 1, offset: 0)
        return try reader.row(sql, arguments)?.integer(0) ?? 0
    }

    private static func query(_ experiments: [Int64], _ filter: SearchFilter) -> SearchQuery {
        var query = SearchQuery(.traces)
        query.require("t.experiment", in: experiments.map { .integer($0) })
        query.require(filter)
        return query
    }

    /// The traces of an experiment that are meant by a deletion, the oldest first.
    package static func chosen(
        experiment: Int64,
        startedUntil: Instant?,
        ids: [String],
        limit: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [(number: Int64, id: String)] {
        var query = SearchQuery(.traces)
        query.require("t.experiment = ?", [.integer(experiment)])
        if let startedUntil { query.require("t.started_at <= ?", [.integer(startedUntil.milliseconds)]) }
        if !ids.isEmpty { query.require("t.id", in: ids.map { .text($0) }) }
        query.orderLast("t.started_at ASC")
        query.orderLast("t.id ASC")
        let (sql, arguments) = query.select("t.number, t.id", limit: limit, offset: 0)
        return try reader.rows(sql, arguments).map { ($0.integer(0), $0.text(1)) }
    }

    /// Removes traces with all that belongs to them.
    package static func delete(_ numbers: [Int64], in writer: some SQLWriter) throws(StoreError) {
        let arguments = numbers.map { [SQLValue.integer($0)] }
        for table in ["trace_tags", "trace_metadata", "spans", "assessments", "trace_runs", "trace_prompts"] {
            try writer.executeEach("DELETE FROM \(table) WHERE trace = ?", arguments)
        }
        try writer.executeEach("DELETE FROM traces WHERE number = ?", arguments)
    }

    /// Notes that traces belong to a run; those that are not there are passed over.
    package static func link(_ ids: [String], run: String, in writer: some SQLWriter) throws(StoreError) {
        try writer.executeEach(
            """
            INSERT INTO trace_runs (trace, run) SELECT number, ? FROM traces WHERE id = ?
            ON CONFLICT (trace, run) DO NOTHING
            """,
            ids.map { [.text(run), .text($0)] }
        )
    }

    /// Notes which prompt versions, as `name/version`, a trace used.
    package static func link(_ number: Int64, prompts: [String], in writer: some SQLWriter) throws(StoreError) {
        try writer.executeEach(
            "INSERT INTO trace_prompts (trace, prompt) VALUES (?, ?) ON CONFLICT (trace, prompt) DO NOTHING",
            prompts.map { [.integer(number), .text($0)] }
        )
    }

    /// The runs that a trace was linked to, sorted.
    package static func runs(of number: Int64, in reader: some SQLReader) throws(StoreError) -> [String] {
        try reader.rows("SELECT run FROM trace_runs WHERE trace = ? ORDER BY run", [.integer(number)])
            .map { $0.text(0) }
    }
}
