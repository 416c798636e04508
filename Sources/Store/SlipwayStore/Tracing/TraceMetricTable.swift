package import SlipwayDomain

/// Sums over many traces, spans and assessments.
package enum TraceMetricTable {
    private static let values = [
        "trace_count": "t.id", "session_count": "t.session", "input_tokens": "t.input_tokens",
        "output_tokens": "t.output_tokens", "total_tokens": "t.total_tokens",
        "cache_read_input_tokens": "t.cache_read_tokens", "cache_creation_input_tokens": "t.cache_creation_tokens",
        "span_count": "s.id", "input_cost": "s.input_cost", "output_cost": "s.output_cost",
        "total_cost": "s.total_cost", "assessment_count": "a.id", "assessment_value": "a.number",
    ]
    private static let dimensions = [
        "trace_name": "t.name", "trace_status": "t.state", "span_name": "s.name", "span_type": "s.type",
        "span_status": "s.status", "span_model_name": "s.model", "span_model_provider": "s.provider",
        "assessment_name": "a.name", "assessment_value": "a.value",
    ]

    /// One point a group, sorted by time and then by the dimensions.
    package static func points(
        _ query: TraceMetricQuery,
        in reader: some SQLReader
    ) throws(StoreError) -> [TraceMetricQuery.Point] {
        let inner = rows(query)
        let names = (query.intervalSeconds == nil ? [] : ["time_bucket"]) + query.dimensions
        let groups = names.indices.map { "d\($0)" }
        var arguments: [SQLValue] = []
        let sums = query.aggregations.map { aggregation in
            let (sql, values) = expression(aggregation, query.metric)
            arguments += values
            return sql
        }
        var sql = "SELECT \((groups + sums).joined(separator: ", ")) FROM (\(inner.sql)) v"
        if !groups.isEmpty {
            sql += " GROUP BY \(groups.joined(separator: ", ")) ORDER BY \(groups.joined(separator: ", "))"
        }
        sql += " LIMIT ?"
        return try reader.rows(sql, arguments + inner.arguments + [.integer(query.limit)]).compactMap { row in
            let values = query.aggregations.enumerated().compactMap { index, aggregation in
                row.optionalReal(groups.count + index).map { (label: aggregation.label, value: $0) }
            }
            guard !values.isEmpty else { return nil }
            let dimensions = names.enumerated().map { index, name in
                Tag(key: name, value: name == "time_bucket" ? time(row.integer(index)) : row.text(index))
            }
            return TraceMetricQuery.Point(dimensions: dimensions, values: values)
        }
    }

    /// A time as MLflow's pages read it: ISO 8601 with whole seconds and a numeric offset.
    private static func time(_ milliseconds: Int64) -> String {
        Instant(milliseconds: milliseconds).description.dropLast(5) + "+00:00"
    }

    /// The value of each row with its groups, and with its place in the group when a percentile is asked for.
    private static func rows(_ query: TraceMetricQuery) -> (sql: String, arguments: [SQLValue]) {
        var search = SearchQuery(SearchSubject.traces(from: tables(query.view)))
        search.require("t.experiment", in: query.experiments.map { .integer($0) })
        search.require(query.filter)
        for (field, text) in query.ownFilter { search.require("\(column(field)) = ?", [.text(text)]) }
        if query.view == .assessments { search.require("a.is_valid = 1") }
        let value = value(query)
        search.require("\(value) IS NOT NULL")
        if let start = query.start { search.require("t.started_at >= ?", [.integer(start.milliseconds)]) }
        if let end = query.end { search.require("t.started_at <= ?", [.integer(end.milliseconds)]) }
        var groups: [String] = []
        var arguments: [SQLValue] = []
        let size = query.intervalSeconds.map { SQLValue.integer($0 * 1000) }
        if let size {
            let time = query.view == .spans ? "(s.started_at / 1000000)" : "t.started_at"
            groups.append("(\(time) / ?) * ?")
            arguments += [size, size]
        }
        for dimension in query.dimensions {
            let column = dimensions[dimension] ?? "NULL"
            search.require("\(column) IS NOT NULL")
            groups.append(column)
        }
        var columns = groups.enumerated().map { "\($1) AS d\($0)" } + ["\(value) AS value"]
        if query.aggregations.contains(where: { if case .percentile = $0 { true } else { false } }) {
            let part = groups.isEmpty ? "" : "PARTITION BY \(groups.joined(separator: ", "))"
            columns.append("ROW_NUMBER() OVER (\(part) ORDER BY \(value)) - 1 AS place")
            columns.append("COUNT(*) OVER (\(part)) AS number")
            // The groups stand three times in the statement, and so do their arguments.
            arguments += arguments + arguments
        }
        let (sql, rest) = search.select(columns.joined(separator: ", "), limit: .max, offset: 0)
        return (sql, arguments + rest)
    }

    private static func tables(_ view: TraceMetricQuery.View) -> String {
        switch view {
        case .traces: "traces t"
        case .spans: "traces t JOIN spans s ON s.trace = t.number"
        case .assessments: "traces t JOIN assessments a ON a.trace = t.number"
        }
    }

    private static func value(_ query: TraceMetricQuery) -> String {
        guard query.metric != "latency" else {
            return query.view == .spans ? "((s.ended_at - s.started_at) / 1000000)" : "t.duration"
        }
        guard let column = values[query.metric] else { preconditionFailure("no column for the metric \(query.metric)") }
        return column
    }

    /// The column behind a condition on the view's own rows.
    private static func column(_ field: String) -> String {
        let known = [
            "span.name": "s.name", "span.type": "s.type", "span.status": "s.status", "assessment.name": "a.name",
            "assessment.type": "a.kind",
        ]
        guard let column = known[field] else { preconditionFailure("no column for the field \(field)") }
        return column
    }

    private static func expression(
        _ aggregation: TraceMetricQuery.Aggregation,
        _ metric: String
    ) -> (String, [SQLValue]) {
        switch aggregation {
        case .count: return (metric == "session_count" ? "COUNT(DISTINCT v.value)" : "COUNT(v.value)", [])
        case .sum: return ("SUM(v.value)", [])
        case .average: return ("AVG(v.value)", [])
        case .least: return ("MIN(v.value)", [])
        case .most: return ("MAX(v.value)", [])
        case .percentile(let percent):
            // Linear interpolation (Hyndman and Fan's method 7): the two neighbours of the place weigh by closeness.
            let distance = "ABS(v.place - ? * (v.number - 1))"
            let quantile = SQLValue.real(percent / 100)
            return (
                "SUM(CASE WHEN \(distance) < 1 THEN v.value * (1.0 - \(distance)) ELSE 0.0 END)", [quantile, quantile]
            )
        }
    }
}
