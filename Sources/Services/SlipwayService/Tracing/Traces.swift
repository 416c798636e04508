internal import SlipwayDomain
package import SlipwayStore

/// Traces: what instrumented code did, step by step, and how people and judges assessed it.
package struct Traces: StoreBacked, Sendable {
    let database: any SQLDatabase
    let artifacts: any ArtifactStore
    let recorder: any EntryRecorder
    let runtime: Runtime

    package init(
        database: any SQLDatabase,
        artifacts: any ArtifactStore,
        recorder: any EntryRecorder,
        runtime: Runtime
    ) {
        self.database = database
        self.artifacts = artifacts
        self.recorder = recorder
        self.runtime = runtime
    }

    static func require(_ id: String, in reader: any SQLReader) throws -> StoredTrace {
        guard let trace = try TraceTable.find(id, in: reader) else { throw missing(id) }
        return trace
    }

    static func missing(_ id: String) -> ServiceError {
        .notFound("Trace with ID '\(id.prefix(256))' not found")
    }

    /// The head with all that was noted of it.
    static func loaded(_ id: String, in reader: any SQLReader) throws -> TraceInfo {
        let stored = try require(id, in: reader)
        return try TraceNotes.load([stored], in: reader).first ?? stored.info
    }

    /// Where clients that keep spans in a file put a trace's files.
    static func artifactLocation(_ experiment: Experiment, trace: String) -> String {
        "\(experiment.artifactLocation)/traces/\(trace)/artifacts"
    }
}
