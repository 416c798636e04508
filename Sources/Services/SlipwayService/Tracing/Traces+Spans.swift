internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayStore

extension Traces {
    /// Stores spans of any traces, all or none, and derives the heads that nobody sent yet.
    package func log(
        _ caller: Caller,
        experiment id: String,
        run: String? = nil,
        _ batch: SpanBatch
    ) async throws {
        let experiment = try TrackingRules.experimentID(id)
        guard batch.spans.count <= TraceRules.mostSpans else {
            throw ServiceError.invalid("one request takes at most \(TraceRules.mostSpans) spans")
        }
        if let run { try TrackingRules.checkID(run, "run") }
        let spans = batch.spans.map { span in
            var span = span
            span.set(SpanKey.requestID, json: JSONText.text(of: span.trace))
            SpanConventions.translate(&span)
            return span
        }
        let groups = Dictionary(grouping: spans, by: \.trace).sorted { $0.key < $1.key }
        for (trace, spans) in groups {
            try TrackingRules.checkID(trace, "trace")
            for span in spans { try TrackingRules.checkLength(span.name, TraceRules.longestTag, "a span's name") }
        }
        try await write { writer in
            let experiment = try Tracking.requireActiveExperiment(experiment, in: writer)
            for (trace, spans) in groups {
                try Self.store(spans, of: trace, experiment, batch.resources[trace] ?? [], in: writer)
            }
            // A run that is gone is no reason to lose the spans.
            guard let run, try RunTable.number(of: run, in: writer) != nil else { return }
            let rooted = groups.filter { $0.value.contains { $0.parent == nil } }
            try TraceTable.link(rooted.map(\.key), run: run, in: writer)
        }
    }

    private static func store(
        _ spans: [TraceSpan],
        of trace: String,
        _ experiment: Experiment,
        _ resource: [SpanAttribute],
        in writer: any SQLWriter
    ) throws {
        let digest = TraceDigest(spans)
        let stored = try TraceTable.find(trace, in: writer)
        let number = try stored?.number ?? TraceTable.insert(head(of: trace, experiment, digest), in: writer)
        // Only sums over the tree need the spans that came before.
        let needsOthers = stored != nil && (digest.tokenUsage != nil || digest.cost != nil)
        let others = !needsOthers ? [] : try SpanTable.contents([number], in: writer)[number] ?? []
        try SpanTable.put(spans, of: number, in: writer)
        let isFinal = try stored.map { _ in
            try TraceNotes.metadata(TraceKey.finalized, of: number, in: writer) != nil
        }
        if let stored { try update(stored, digest, isFinal: isFinal ?? false, in: writer) }
        let whole = others.isEmpty ? digest : merged(spans, others, trace)
        try note(digest, whole: whole, on: number, isFinal: isFinal ?? false, in: writer)
        var tags = tags(of: resource)
        tags += digest.tags.compactMap { tag in
            // A tag that breaks the rules is no reason to lose the spans.
            TraceKey.fixed.contains(tag.key) ? nil : try? TraceRules.checkedTag(tag)
        }
        if stored == nil {
            tags.append(Tag(key: TraceKey.artifactLocation, value: artifactLocation(experiment, trace: trace)))
        } else {
            tags.removeAll { $0.key == TraceKey.artifactLocation }
        }
        tags.append(Tag(key: TraceKey.spansLocation, value: TraceKey.spansInStore))
        try TraceNotes.setTags(tags, on: number, in: writer)
    }

    private static func head(of trace: String, _ experiment: Experiment, _ digest: TraceDigest) -> TraceInfo {
        let start = digest.startNanoseconds / 1_000_000
        return TraceInfo(
            id: trace,
            experiment: experiment.id,
            startedAt: Instant(milliseconds: start),
            durationMilliseconds: digest.endNanoseconds.map { $0 / 1_000_000 - start },
            state: digest.rootState ?? .inProgress,
            requestPreview: digest.requestPreview,
            responsePreview: digest.responsePreview
        )
    }

    /// Widens a head that was derived from earlier spans; one that the client sent itself keeps its times.
    private static func update(
        _ stored: StoredTrace,
        _ digest: TraceDigest,
        isFinal: Bool,
        in writer: any SQLWriter
    ) throws {
        var info = stored.info
        if !isFinal {
            let oldEnd = info.durationMilliseconds.map { info.startedAt.milliseconds + $0 }
            let start = min(info.startedAt.milliseconds, digest.startNanoseconds / 1_000_000)
            let ends = [oldEnd, digest.endNanoseconds.map { $0 / 1_000_000 }].compactMap { $0 }
            info.startedAt = Instant(milliseconds: start)
            info.durationMilliseconds = ends.max().map { $0 - start }
        }
        if [.inProgress, .unspecified].contains(info.state), let state = digest.rootState { info.state = state }
        info.requestPreview = info.requestPreview ?? digest.requestPreview
        info.responsePreview = info.responsePreview ?? digest.responsePreview
        guard info != stored.info else { return }
        try TraceTable.update(stored.number, to: info, in: writer)
    }

    /// Session, user, tokens and cost, as far as the client has not told them itself.
    private static func note(
        _ digest: TraceDigest,
        whole: TraceDigest,
        on number: Int64,
        isFinal: Bool,
        in writer: any SQLWriter
    ) throws {
        var metadata: [Tag] = []
        for (key, value) in [(TraceKey.session, digest.session), (TraceKey.user, digest.user)] {
            guard let value, try TraceNotes.metadata(key, of: number, in: writer) == nil else { continue }
            metadata.append(Tag(key: key, value: TrackingRules.cut(value, to: TrackingRules.longestKey)))
        }
        for (key, value) in [(TraceKey.tokenUsage, whole.tokenUsage), (TraceKey.cost, whole.cost)] {
            guard let value else { continue }
            if isFinal, try TraceNotes.metadata(key, of: number, in: writer) != nil { continue }
            metadata.append(Tag(key: key, value: value))
        }
        try TraceNotes.setMetadata(metadata, on: number, in: writer)
    }

    /// The digest of the new spans with those that were there: sums go over the whole tree.
    private static func merged(_ spans: [TraceSpan], _ contents: [String], _ trace: String) -> TraceDigest {
        let new = Set(spans.map(\.id))
        let old = contents.compactMap { TraceSpan(content: $0, trace: trace) }.filter { !new.contains($0.id) }
        return TraceDigest(spans + old)
    }

    /// What the sender says of itself, as tags; the tracer's own facts and reserved keys are left out.
    private static func tags(of resource: [SpanAttribute]) -> [Tag] {
        resource.compactMap { attribute in
            guard !attribute.key.hasPrefix("telemetry.sdk."), !attribute.key.hasPrefix("mlflow.") else { return nil }
            let value = JSONText.parsed(attribute.json)?.string ?? attribute.json
            // A key that no tag may have is no reason to lose the spans.
            return try? TraceRules.checkedTag(Tag(key: attribute.key, value: value))
        }
    }
}
