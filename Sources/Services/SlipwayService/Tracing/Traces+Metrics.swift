package import SlipwayDomain
internal import SlipwayStatistics
internal import SlipwayStore

/// How two filters go together, over the traces of some experiments.
package struct FilterCorrelation: Sendable {
    package let first: Int64
    package let second: Int64
    package let joint: Int64
    package let total: Int64
    /// Normalised pointwise mutual information, -1 to 1; NaN where it is not defined.
    package let information: Double
    /// The same with a prior for small samples.
    package let smoothedInformation: Double
}

extension Traces {
    /// How often traces that pass one filter pass the other too; a base filter narrows the traces that count at all.
    package func correlation(
        _ caller: Caller,
        experiments: [String],
        first: String,
        second: String,
        base: String
    ) async throws -> FilterCorrelation {
        let ids = try TrackingRules.experimentIDs(experiments)
        let base = try Tracking.filter(base, .traces)
        let first = try Tracking.filter(first, .traces)
        let second = try Tracking.filter(second, .traces)
        return try await read { reader in
            func count(_ filters: [SearchFilter]) throws -> Int64 {
                ids.isEmpty ? 0 : try TraceTable.count(experiments: ids, [base] + filters, in: reader)
            }
            let counts = try [count([first]), count([second]), count([first, second]), count([])]
            let information = PointwiseMutualInformation(
                joint: counts[2],
                first: counts[0],
                second: counts[1],
                total: counts[3]
            )
            return FilterCorrelation(
                first: counts[0],
                second: counts[1],
                joint: counts[2],
                total: counts[3],
                information: information.plain,
                smoothedInformation: information.smoothed
            )
        }
    }

    /// What a request for sums says, before it is checked.
    package struct MetricRequest: Sendable {
        package var experiments: [String]
        package var view: TraceMetricQuery.View
        package var metric: String
        package var aggregations: [TraceMetricQuery.Aggregation]
        package var dimensions: [String]
        package var filters: [String]
        package var intervalSeconds: Int64?
        package var start: Instant?
        package var end: Instant?
        package var limit: Int64

        package init(
            experiments: [String],
            view: TraceMetricQuery.View,
            metric: String,
            aggregations: [TraceMetricQuery.Aggregation],
            dimensions: [String],
            filters: [String],
            intervalSeconds: Int64?,
            start: Instant?,
            end: Instant?,
            limit: Int64
        ) {
            self.experiments = experiments
            self.view = view
            self.metric = metric
            self.aggregations = aggregations
            self.dimensions = dimensions
            self.filters = filters
            self.intervalSeconds = intervalSeconds
            self.start = start
            self.end = end
            self.limit = limit
        }
    }

    /// Sums over many traces, by time and dimensions.
    package func metrics(_ caller: Caller, _ request: MetricRequest) async throws -> [TraceMetricQuery.Point] {
        let query = try Self.checked(request)
        guard !query.experiments.isEmpty else { return [] }
        return try await read { try TraceMetricTable.points(query, in: $0) }
    }

    private static func checked(_ request: MetricRequest) throws -> TraceMetricQuery {
        let known = TraceMetricQuery.metrics(of: request.view)
        guard let dimensions = known[request.metric] else {
            throw ServiceError.invalid("metric_name must be one of \(known.keys.sorted().joined(separator: ", "))")
        }
        for dimension in request.dimensions where !dimensions.contains(dimension) {
            throw ServiceError.invalid(
                "'\(request.metric)' has no dimension '\(dimension.prefix(80))', only: \(dimensions.joined(separator: ", "))"
            )
        }
        guard !request.aggregations.isEmpty, request.aggregations.count <= 20, request.dimensions.count <= 5 else {
            throw ServiceError.invalid("a request has 1 to 20 aggregations and at most 5 dimensions")
        }
        for aggregation in request.aggregations {
            guard TraceMetricQuery.allows(aggregation, of: request.metric) else {
                throw ServiceError.invalid("'\(request.metric)' cannot be put together by \(aggregation.label)")
            }
            if case .percentile(let value) = aggregation, !(0...100).contains(value) {
                throw ServiceError.invalid("a percentile lies between 0 and 100, not at \(value)")
            }
        }
        if let interval = request.intervalSeconds {
            guard request.start != nil, request.end != nil else {
                throw ServiceError.invalid("time_interval_seconds needs start_time_ms and end_time_ms")
            }
            guard (1...315_576_000).contains(interval) else {
                throw ServiceError.invalid("time_interval_seconds must be between 1 and 315,576,000")
            }
        }
        try TrackingRules.checkPageSize(request.limit, most: 10_000)
        let filters = try filters(request)
        return TraceMetricQuery(
            experiments: try TrackingRules.experimentIDs(request.experiments),
            view: request.view,
            metric: request.metric,
            aggregations: request.aggregations,
            dimensions: request.dimensions,
            filter: filters.traces,
            ownFilter: filters.own,
            intervalSeconds: request.intervalSeconds,
            start: request.start,
            end: request.end,
            limit: request.limit
        )
    }

    /// Each filter is one equality, on `trace.status`, `trace.tag.KEY`, `trace.metadata.KEY`, `span.FIELD` or
    /// `assessment.FIELD`; the last two only in the view of that name.
    private static func filters(
        _ request: MetricRequest
    ) throws -> (traces: SearchFilter, own: [(field: String, text: String)]) {
        guard request.filters.count <= 20 else { throw ServiceError.invalid("a request has at most 20 filters") }
        var conditions: [SearchCondition] = []
        var own: [(field: String, text: String)] = []
        for text in request.filters {
            // `trace.tag.KEY` is a tag to the one grammar that there is.
            let isNested = text.hasPrefix("trace.tag.") || text.hasPrefix("trace.metadata.")
            let plain = isNested ? String(text.dropFirst("trace.".count)) : text
            let found = try Tracking.filter(plain, .traceMetrics).conditions
            guard found.count == 1, case .equals(let value) = found[0].test else {
                throw ServiceError.invalid("'\(text.prefix(200))' is no filter here: each is one FIELD = 'TEXT'")
            }
            let field = found[0].field
            switch (field.entity, field.key, request.view) {
            case (.tag, TraceKey.name, _):
                conditions.append(SearchCondition(SearchField(.attribute, "name"), found[0].test))
            case (.metadata, TraceKey.sourceRun, _):
                conditions.append(SearchCondition(SearchField(.attribute, "run_id"), found[0].test))
            case (.tag, _, _), (.metadata, _, _), (.attribute, "status", _): conditions.append(found[0])
            case (.span, "name", .spans), (.span, "type", .spans), (.span, "status", .spans),
                (.attribute, "assessment.name", .assessments), (.attribute, "assessment.type", .assessments):
                own.append((field.entity == .span ? "span.\(field.key)" : field.key, value))
            default:
                throw ServiceError.invalid("'\(text.prefix(200))' cannot be asked of \(request.view.rawValue)")
            }
        }
        return (SearchFilter(conditions), own)
    }
}
