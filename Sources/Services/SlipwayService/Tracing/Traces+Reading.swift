package import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayStore

extension Traces {
    /// The head of a trace.
    package func info(_ caller: Caller, id: String) async throws -> TraceInfo {
        try await read { try Self.loaded(id, in: $0) }
    }

    /// A trace with its spans; one whose spans have not all come is not found, unless parts will do.
    package func trace(_ caller: Caller, id: String, allowsPartial: Bool) async throws -> Trace {
        try await read { reader in
            let stored = try Self.require(id, in: reader)
            guard let trace = try Self.whole([stored], allowsPartial: allowsPartial, in: reader).first else {
                throw ServiceError.notFound(
                    "the spans of trace '\(id.prefix(80))' have not all come yet: ask again later, or with allow_partial"
                )
            }
            guard allowsPartial || trace.info.tag(TraceKey.spansLocation) != nil else {
                throw ServiceError.invalid(
                    "the spans of trace '\(id.prefix(80))' are in a file among its artifacts, not in this store"
                )
            }
            return trace
        }
    }

    /// Whole traces by id, in that order; those that are missing or not complete are left out.
    package func traces(_ caller: Caller, ids: [String], experiments: [String]?) async throws -> [Trace] {
        let numbers = try Self.scope(ids, experiments)
        return try await read { reader in
            try Self.whole(
                TraceTable.find(ids, experiments: numbers, in: reader),
                allowsPartial: false,
                in: reader
            ).filter { !$0.spans.isEmpty }
        }
    }

    /// Heads by id, in that order; those that are missing are left out.
    package func infos(_ caller: Caller, ids: [String], experiments: [String]?) async throws -> [TraceInfo] {
        let numbers = try Self.scope(ids, experiments)
        return try await read { reader in
            try TraceNotes.load(TraceTable.find(ids, experiments: numbers, in: reader), in: reader)
        }
    }

    /// A trace's spans as the text of a `traces.json`, or nil when they are not in this store.
    package func spanFile(_ caller: Caller, id: String) async throws -> String? {
        try await read { reader in
            let stored = try Self.require(id, in: reader)
            guard let contents = try SpanTable.contents([stored.number], in: reader)[stored.number] else { return nil }
            return "{\"spans\": \(JSONText.array(contents))}"
        }
    }

    /// Opens a file that a client keeps beside a trace; `path` is relative to the trace's folder.
    package func file(_ caller: Caller, id: String, _ path: ArtifactPath) async throws -> any ArtifactReader {
        let location = try await read { reader -> String in
            let experiment = try Self.require(id, in: reader).info.experiment
            return Self.artifactLocation(try Tracking.requireExperiment(experiment, in: reader), trace: id)
        }
        return try await artifacts.read(ArtifactLocation.path(of: location).appending(path))
    }

    /// One page of the traces that pass a filter; no experiments means no traces.
    package func search(
        _ caller: Caller,
        experiments: [String],
        filter: String,
        orderBy: [String],
        limit: Int64,
        offset: Int64
    ) async throws -> Page<TraceInfo> {
        try TrackingRules.checkPageSize(limit, most: 500)
        let ids = try TrackingRules.experimentIDs(experiments)
        let filter = try Tracking.filter(filter, .traces)
        let order = try Tracking.order(orderBy, .traces)
        guard !ids.isEmpty else { return Page(items: [], hasMore: false) }
        return try await read { reader in
            let found = try TraceTable.search(
                experiments: ids,
                filter,
                order: order,
                limit: limit + 1,
                offset: offset,
                in: reader
            )
            let page = Tracking.page(found, limit: limit)
            return Page(items: try TraceNotes.load(page.items, in: reader), hasMore: page.hasMore)
        }
    }

    private static func scope(_ ids: [String], _ experiments: [String]?) throws -> [Int64]? {
        guard !ids.isEmpty else { throw ServiceError.invalid("the field 'trace_ids' is missing: name the traces") }
        guard ids.count <= TraceRules.mostTraces else {
            throw ServiceError.invalid("one request asks for at most \(TraceRules.mostTraces) traces")
        }
        return try experiments.map(TrackingRules.experimentIDs)
    }

    /// Heads with their spans; a trace that lacks spans is left out, unless parts will do.
    private static func whole(
        _ traces: [StoredTrace],
        allowsPartial: Bool,
        in reader: any SQLReader
    ) throws -> [Trace] {
        let contents = try SpanTable.contents(traces.map(\.number), in: reader)
        let infos = try TraceNotes.load(traces, in: reader)
        return zip(traces, infos).compactMap { stored, info in
            let spans = (contents[stored.number] ?? []).compactMap { TraceSpan(content: $0, trace: info.id) }
            // The client tells how many spans it has before it has sent them all.
            let told = info.metadata(TraceKey.sizeStatistics).flatMap(JSONText.parsed)?["num_spans"]?.wholeNumber
            let isInStore = info.tag(TraceKey.spansLocation) != nil
            guard allowsPartial || !isInStore || Int64(spans.count) >= (told ?? 1) else { return nil }
            return Trace(info: info, spans: spans)
        }
    }
}
