package import SlipwayDomain
internal import SlipwayStore

// The two calls by which MLflow 2 clients tell of a trace: one at its start, one at its end.
extension Traces {
    /// Begins a trace with an id of this server's making.
    package func begin(
        _ caller: Caller,
        experiment id: String,
        startedAt: Instant,
        metadata: [Tag],
        tags: [Tag]
    ) async throws -> TraceInfo {
        var draft = TraceInfo(
            id: runtime.newRandomID(),
            experiment: try TrackingRules.experimentID(id),
            startedAt: startedAt,
            state: .inProgress
        )
        draft.metadata = metadata
        draft.tags = tags
        let info = try TraceRules.checked(draft)
        return try await write { writer in
            let experiment = try Tracking.requireActiveExperiment(info.experiment, in: writer)
            let number = try TraceTable.insert(info, in: writer)
            let location = Self.artifactLocation(experiment, trace: info.id)
            let tags = info.tags.filter { !TraceKey.fixed.contains($0.key) }
            try TraceNotes.setTags(
                tags + [Tag(key: TraceKey.artifactLocation, value: location)],
                on: number,
                in: writer
            )
            try TraceNotes.setMetadata(info.metadata, on: number, in: writer)
            return try Self.loaded(info.id, in: writer)
        }
    }

    /// Ends a trace; tags and metadata are added to what is there.
    package func end(
        _ caller: Caller,
        id: String,
        endedAt: Instant,
        state: TraceState,
        metadata: [Tag],
        tags: [Tag]
    ) async throws -> TraceInfo {
        let metadata = try TraceRules.checkedMetadata(metadata)
        let tags = try TraceRules.checkedTags(tags)
            .filter { !TraceKey.fixed.contains($0.key) && $0.key != TraceKey.artifactLocation }
        return try await write { writer in
            let stored = try Self.require(id, in: writer)
            var info = stored.info
            info.durationMilliseconds = (endedAt - info.startedAt).milliseconds
            info.state = state
            try TraceTable.update(stored.number, to: info, in: writer)
            try TraceNotes.setTags(tags, on: stored.number, in: writer)
            try TraceNotes.setMetadata(metadata, on: stored.number, in: writer)
            return try Self.loaded(id, in: writer)
        }
    }
}
