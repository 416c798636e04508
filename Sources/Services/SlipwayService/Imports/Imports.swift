internal import Crypto
package import SlipwayDomain
package import SlipwayStore

/// Takes over what another MLflow server holds, with the identifiers that it has there.
///
/// Everything is stored by identifier, so that a batch that comes twice changes nothing: an import may die anywhere and
/// be run again. An import adds and brings up to date; it never removes.
package struct Imports: StoreBacked, Sendable {
    let database: any SQLDatabase
    let artifacts: any ArtifactStore
    let registry: Registry
    let traces: Traces
    let recorder: any EntryRecorder
    let runtime: Runtime
    let files = FileTally()

    package init(
        database: any SQLDatabase,
        artifacts: any ArtifactStore,
        registry: Registry,
        traces: Traces,
        recorder: any EntryRecorder,
        runtime: Runtime
    ) {
        self.database = database
        self.artifacts = artifacts
        self.registry = registry
        self.traces = traces
        self.recorder = recorder
        self.runtime = runtime
    }

    /// Begins an import from a source, whose name holds no credentials; one from there that was cut off is closed.
    package func begin(_ caller: Caller, source: String) async throws -> String {
        try ImportRules.checkSource(source)
        let id = runtime.newID()
        let now = runtime.now()
        return try await write { writer in
            let number = try ImportTable.source(named: source, in: writer)
            for old in try ImportTable.openSessions(of: number, in: writer) {
                try close(old, outcome: "abandoned", caller: caller, at: now, in: writer)
            }
            try ImportTable.insert(id, source: number, at: now, digest: Self.digest([]), in: writer)
            let data: JSONValue = ["import": .string(id), "source": .string(source)]
            try recorder.record(
                EntryDraft(type: "import.started", subject: "imports/\(id)", actor: caller.actor, data: data),
                at: now,
                in: writer
            )
            return id
        }
    }

    /// Which of these records are complete already, as they are now.
    package func known(_ caller: Caller, import id: String, _ marks: [ImportMark]) async throws -> [ImportMark] {
        guard marks.count <= ImportRules.mostRecords else {
            throw ServiceError.invalid("ask for at most \(ImportRules.mostRecords) records at once")
        }
        return try await read { reader in
            try ImportTable.known(marks, of: Self.open(id, in: reader).source, in: reader)
        }
    }

    /// Stores a batch: all of it or, when the database fails, nothing. A record that breaks a rule is left out and told.
    package func add(_ caller: Caller, import id: String, _ batch: ImportBatch) async throws -> ImportReport {
        try ImportRules.check(batch)
        let bytes = batch.json
        let now = runtime.now()
        let lineages = batch.registeredModels.map { _ in runtime.newID() }
        let traced = try await add(caller, import: id, batch.traces)
        let counted = files.take(id)
        let report = try await write { writer in
            let session = try Self.open(id, in: writer)
            var work = ImportWork(
                session: session,
                caller: caller,
                recorder: recorder,
                now: now,
                writer: writer
            )
            work.report = traced
            try work.add(experiments: batch.experiments)
            try work.add(runs: batch.runs)
            try work.add(points: batch.points)
            try work.add(loggedModels: batch.loggedModels)
            try work.add(models: batch.registeredModels, lineages: lineages)
            try work.add(versions: batch.versions)
            try ImportTable.set(batch.marks, of: session.source, in: writer)
            let report = work.report
            work.report.count(.file, added: counted.files)
            work.report.count(.byte, added: counted.bytes)
            try ImportTable.add(work.report, to: id, in: writer)
            try ImportTable.setDigest(Self.digest(Array(session.digest.utf8) + bytes), of: id, in: writer)
            return report
        }
        for version in batch.versions where version.folder != nil {
            try await registry.sealIfUnsealed(version.version, of: version.model)
        }
        return report
    }

    /// Ends an import; `outcome` is `finished` or `stopped`.
    package func end(_ caller: Caller, import id: String, outcome: String) async throws {
        guard ["finished", "stopped", "failed"].contains(outcome) else {
            throw ServiceError.invalid("an import's outcome is finished, stopped or failed")
        }
        let now = runtime.now()
        let counted = files.take(id)
        try await write { writer in
            let session = try Self.open(id, in: writer)
            var report = ImportReport()
            report.count(.file, added: counted.files)
            report.count(.byte, added: counted.bytes)
            try ImportTable.add(report, to: id, in: writer)
            try close(session, outcome: outcome, caller: caller, at: now, in: writer)
        }
    }

    private func close(
        _ session: ImportTable.Session,
        outcome: String,
        caller: Caller,
        at now: Instant,
        in writer: any SQLWriter
    ) throws {
        var counts: [String: JSONValue] = [:]
        for tally in try ImportTable.tallies(of: session.id, in: writer) {
            counts[tally.kind] = [
                "added": .integer(tally.added), "already": .integer(tally.already), "refused": .integer(tally.refused),
            ]
        }
        try ImportTable.end(session.id, at: now, in: writer)
        try recorder.record(
            EntryDraft(
                type: "import.ended",
                subject: "imports/\(session.id)",
                actor: caller.actor,
                data: [
                    "import": .string(session.id), "source": .string(session.sourceName),
                    "outcome": .string(outcome), "counts": .object(counts), "digest": .string(session.digest),
                ]
            ),
            at: now,
            in: writer
        )
    }

    static func open(_ id: String, in reader: any SQLReader) throws -> ImportTable.Session {
        guard let session = try ImportTable.session(id, in: reader) else {
            throw ServiceError.notFound("there is no import '\(id.prefix(80))': begin one first")
        }
        guard session.isOpen else {
            throw ServiceError.conflict("this import has ended, or another one of the same source was begun after it")
        }
        return session
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        "sha256:" + Hex.text(SHA256.hash(data: bytes))
    }
}
