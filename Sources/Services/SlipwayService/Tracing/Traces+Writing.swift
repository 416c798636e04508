package import SlipwayDomain
internal import SlipwayStore

extension Traces {
    /// Stores the head of a trace, or writes it anew: tags, metadata and assessments that were there stay.
    package func start(_ caller: Caller, _ info: TraceInfo) async throws -> TraceInfo {
        let info = try TraceRules.checked(info)
        let fresh = info.assessments.map { _ in newAssessmentID() }
        return try await write { writer in
            let experiment = try Tracking.requireActiveExperiment(info.experiment, in: writer)
            let number = try Self.put(info, in: writer)
            let location = Self.artifactLocation(experiment, trace: info.id)
            // Only the server says where spans and files are.
            let tags = info.tags.filter { !TraceKey.fixed.contains($0.key) && $0.key != TraceKey.artifactLocation }
            try TraceNotes.setTags(
                tags + [Tag(key: TraceKey.artifactLocation, value: location)],
                on: number,
                in: writer
            )
            try TraceNotes.setMetadata(
                info.metadata + [Tag(key: TraceKey.finalized, value: "true")],
                on: number,
                in: writer
            )
            for (var assessment, id) in zip(info.assessments, fresh) {
                if assessment.id.isEmpty { assessment.id = id }
                try AssessmentTable.put(assessment, on: number, in: writer)
            }
            return try Self.loaded(info.id, in: writer)
        }
    }

    func newAssessmentID() -> String { "a-" + runtime.newRandomID() }

    /// Writes the head's own columns and returns its number; a preview that is there is only replaced by another.
    static func put(_ info: TraceInfo, in writer: any SQLWriter) throws -> Int64 {
        guard let stored = try TraceTable.find(info.id, in: writer) else {
            return try TraceTable.insert(info, in: writer)
        }
        var info = info
        info.requestPreview = info.requestPreview ?? stored.info.requestPreview
        info.responsePreview = info.responsePreview ?? stored.info.responsePreview
        try TraceTable.update(stored.number, to: info, in: writer)
        return stored.number
    }

    /// Stores a whole trace as it was elsewhere, ids and tags included; doing it twice changes nothing.
    ///
    /// Spans make the trace readable here; without any, its spans are taken to be in the file `traces.json` among its
    /// artifacts. The artifact location is this server's.
    package func importTrace(
        _ caller: Caller,
        _ info: TraceInfo,
        spans: [TraceSpan],
        runs: [String] = [],
        prompts: [String] = []
    ) async throws {
        let info = try TraceRules.checked(info)
        let moved: Set<String> = [TraceKey.artifactLocation, TraceKey.spansLocation]
        for assessment in info.assessments where assessment.id.isEmpty {
            throw ServiceError.invalid("the assessment '\(assessment.name)' of an imported trace needs its id")
        }
        for run in runs { try TrackingRules.checkID(run, "run") }
        try await write { writer in
            let experiment = try Tracking.requireExperiment(info.experiment, in: writer)
            let number = try Self.put(info, in: writer)
            let location = Self.artifactLocation(experiment, trace: info.id)
            var tags = info.tags.filter { !moved.contains($0.key) }
            tags.append(Tag(key: TraceKey.artifactLocation, value: location))
            if !spans.isEmpty { tags.append(Tag(key: TraceKey.spansLocation, value: TraceKey.spansInStore)) }
            try TraceNotes.setTags(tags, on: number, in: writer)
            try TraceNotes.setMetadata(info.metadata, on: number, in: writer)
            try SpanTable.put(spans, of: number, in: writer)
            for assessment in info.assessments { try AssessmentTable.put(assessment, on: number, in: writer) }
            for run in runs { try TraceTable.link([info.id], run: run, in: writer) }
            try TraceTable.link(number, prompts: prompts, in: writer)
        }
    }

    /// Sets one tag.
    package func setTag(_ caller: Caller, trace id: String, _ tag: Tag) async throws {
        try Self.checkChangeable(tag.key)
        let tag = try TraceRules.checkedTag(tag)
        try await write { writer in
            try TraceNotes.setTags([tag], on: try Self.require(id, in: writer).number, in: writer)
        }
    }

    /// Removes one tag.
    package func removeTag(_ caller: Caller, trace id: String, key: String) async throws {
        try Self.checkChangeable(key)
        try await write { writer in
            let trace = try Self.require(id, in: writer)
            guard try TraceNotes.removeTag(key, from: trace.number, in: writer) else {
                throw ServiceError.notFound("trace '\(id.prefix(80))' has no tag '\(key.prefix(80))'")
            }
        }
    }

    private static func checkChangeable(_ key: String) throws(ServiceError) {
        guard !TraceKey.fixed.contains(key), key != TraceKey.artifactLocation else {
            throw .invalid("the tag '\(key)' tells where the trace is kept: only the server sets it")
        }
    }

    /// Removes traces for good, by id or by age, but not by both; tells how many.
    package func delete(
        _ caller: Caller,
        experiment id: String,
        startedUntil: Instant?,
        most: Int64?,
        ids: [String]
    ) async throws -> Int64 {
        let number = try TrackingRules.experimentID(id)
        guard (startedUntil == nil) == !ids.isEmpty else {
            throw ServiceError.invalid("say either which traces by request_ids, or how old by max_timestamp_millis")
        }
        guard most == nil || ids.isEmpty else {
            throw ServiceError.invalid("max_traces goes with max_timestamp_millis, not with request_ids")
        }
        guard most.map({ $0 > 0 }) ?? true else { throw ServiceError.invalid("max_traces must be positive") }
        guard ids.count <= TraceRules.mostTraces else {
            throw ServiceError.invalid("one request names at most \(TraceRules.mostTraces) traces")
        }
        var deleted: Int64 = 0
        // Piece by piece: a deletion of very many traces must not keep everybody else from writing.
        while true {
            let limit = min(most.map { $0 - deleted } ?? .max, 1000)
            guard limit > 0 else { return deleted }
            let count = try await deletePiece(caller, number, startedUntil: startedUntil, ids: ids, limit: limit)
            deleted += count
            if count < limit { return deleted }
        }
    }

    private func deletePiece(
        _ caller: Caller,
        _ experiment: Int64,
        startedUntil: Instant?,
        ids: [String],
        limit: Int64
    ) async throws -> Int64 {
        let now = runtime.now()
        let (location, gone) = try await write { writer -> (String, [String]) in
            let chosen = try TraceTable.chosen(
                experiment: experiment,
                startedUntil: startedUntil,
                ids: ids,
                limit: limit,
                in: writer
            )
            guard !chosen.isEmpty else { return ("", []) }
            let location = try Tracking.requireExperiment(experiment, in: writer).artifactLocation
            try TraceTable.delete(chosen.map(\.number), in: writer)
            let draft = EntryDraft(
                type: "traces.deleted",
                subject: "experiments/\(experiment)",
                actor: caller.actor,
                data: ["experiment": .integer(experiment), "traces": .array(chosen.map { .string($0.id) })]
            )
            try recorder.record(draft, at: now, in: writer)
            return (location, chosen.map(\.id))
        }
        // A location elsewhere is not this server's to clean.
        if !gone.isEmpty, ArtifactLocation.isOwn(location) {
            for id in gone { try await artifacts.delete(ArtifactLocation.path(of: "\(location)/traces/\(id)")) }
        }
        return Int64(gone.count)
    }

    /// Notes that traces belong to a run.
    package func link(_ caller: Caller, traces ids: [String], run: String) async throws {
        try TrackingRules.checkID(run, "run")
        guard ids.count <= 100 else { throw ServiceError.invalid("one request links at most 100 traces to a run") }
        try await write { writer in
            _ = try Tracking.requireRun(run, in: writer)
            try TraceTable.link(ids, run: run, in: writer)
        }
    }

    /// Notes which prompt versions, as `name/version`, a trace used.
    package func link(_ caller: Caller, trace id: String, prompts: [String]) async throws {
        guard prompts.count <= 100 else { throw ServiceError.invalid("one request links at most 100 prompt versions") }
        for prompt in prompts { try TrackingRules.checkLength(prompt, 600, "the prompt's name") }
        try await write { writer in
            try TraceTable.link(try Self.require(id, in: writer).number, prompts: prompts, in: writer)
        }
    }
}
