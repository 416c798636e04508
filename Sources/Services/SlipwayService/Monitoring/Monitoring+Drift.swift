internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

extension Monitoring {
    /// Judges a full window: its inputs against the reference, its answers against how the version began.
    func judge(_ window: FullWindow) async throws {
        guard let manifest = try await database.read({ try Governance.manifest(of: window.model, in: $0) }),
            let drift = manifest.spec.monitors.drift
        else { return try await database.write { try WatchTable.setWindow(window.row, in: $0) } }
        let policy = StreamPolicy(
            drift: DriftPolicy(minEffect: drift.minEffect, minRows: drift.minRows.map { Int64($0) }),
            span: drift.window ?? LiveWindows.standardSpan
        )
        let before = try await remembered(of: window, policy: policy)
        let analyst = StreamAnalyst(reference: window.reference, policy: policy)
        let verdict = try analyst.judge(window.observed, earlier: before.earlier, evidence: before.evidence.inputs)
        let outputs = try await judgeOutputs(of: window, policy: policy, evidence: before.evidence.outputs)
        let now = runtime.now()
        let data = Self.record(window, verdict, outputs)
        let calm = verdict.window.isClean ? CalmSpell(before.evidence.calm, then: window.observed.from) : nil
        let evidence = StoredEvidence(
            version: window.version,
            inputs: verdict.evidence,
            outputs: outputs?.evidence ?? StreamEvidence(),
            calm: calm
        )
        let freeze = try await newOutputReference(of: window, calm: calm, policy: policy)
        try await database.write { [self] connection in
            try WatchTable.setWindow(window.row, in: connection)
            try ledger.record(
                EntryDraft(
                    type: "drift.recorded",
                    subject: "models/\(window.model)",
                    actor: Caller.system.actor,
                    data: data
                ),
                at: now,
                in: connection
            )
            try WatchTable.setAlertState(
                model: window.model,
                kind: StoredEvidence.kind,
                state: CanonicalJSON.text(of: JSONValue(encoding: evidence)),
                in: connection
            )
            if let freeze {
                try OutputTable.setReference(
                    model: window.model,
                    version: window.version,
                    at: now,
                    profile: freeze,
                    in: connection
                )
            }
            try alert(
                .drift,
                manifest: manifest,
                version: window.version,
                seen: verdict.window,
                sentences: verdict.sentences,
                at: now,
                in: connection
            )
            guard let outputs else { return }
            try alert(
                .output,
                manifest: manifest,
                version: window.version,
                seen: OutputJudge.window(outputs, inputs: verdict),
                sentences: outputs.sentences,
                at: now,
                in: connection
            )
        }
    }

    /// What earlier windows left: the last ones against the same reference, and the evidence of this version.
    private func remembered(
        of window: FullWindow,
        policy: StreamPolicy
    ) async throws -> (earlier: [ObservedWindow], evidence: StoredEvidence) {
        let (rows, state) = try await database.read { connection in
            (
                try WatchTable.closedWindows(
                    model: window.model,
                    version: window.version,
                    before: window.observed.from,
                    limit: policy.together - 1,
                    in: connection
                ),
                try WatchTable.alertState(model: window.model, kind: StoredEvidence.kind, in: connection)
            )
        }
        let earlier = try rows.compactMap { try $0.observed(against: window.reference.profile) }
        let stored = try state.map { try JSONValue(parsing: Array($0.utf8)).decode(StoredEvidence.self) }
        // Another version has another reference: what was gathered against the old one says nothing about it.
        guard let stored, stored.version == window.version else {
            return (earlier, StoredEvidence(version: window.version))
        }
        return (earlier, stored)
    }

    /// The ledger's record of a window.
    private static func record(_ window: FullWindow, _ verdict: StreamVerdict, _ outputs: StreamVerdict?) -> JSONValue {
        let columns = verdict.drift.columns.map { column -> JSONValue in
            let test = column.leading
            return [
                "name": .string(column.name), "verdict": .string(column.verdict.rawValue),
                "statistic": test.map { .string($0.statistic.rawValue) } ?? .null,
                "effect": test.map { .number($0.effect) } ?? .null,
                "pValue": test?.pValue.map(JSONValue.number) ?? .null,
                "adjustedP": test?.adjustedP.map(JSONValue.number) ?? .null,
                "psi": column.psi.map(JSONValue.number) ?? .null,
                "strength": .number(column.strength), "sentence": .string(column.sentence),
            ]
        }
        var members: [String: JSONValue] = [
            "model": .string(window.model), "version": .integer(Int64(window.version)),
            "window": Self.window(window.observed.from, window.observed.to), "rows": .integer(verdict.drift.rows),
            "verdict": .string(verdict.drift.verdict.rawValue), "sentence": .string(verdict.drift.sentence),
            "columns": .array(columns), "sustained": .array(verdict.sustained.map { .string($0.name) }),
            "convinced": .array(verdict.convinced.map { .string($0.name) }),
            "seasonal": .bool(window.reference.rhythm?.seasons != nil && window.observed.hours != nil),
        ]
        if let outputs {
            let column = outputs.drift.columns.first
            members["outputs"] = [
                "verdict": .string(outputs.drift.verdict.rawValue),
                "effect": column?.leading.map { .number($0.effect) } ?? .null,
                "sentence": .string(outputs.drift.sentence),
            ]
        }
        return .object(members)
    }
}

/// The evidence that a version's windows have gathered, as it is kept between them.
struct StoredEvidence: Codable {
    let version: Int
    var inputs = StreamEvidence()
    var outputs = StreamEvidence()
    /// The windows in a row, up to the newest, whose inputs were as expected.
    var calm: CalmSpell?

    /// Its name among a model's stored states.
    static let kind = "evidence"
}

/// Windows in a row in which nothing speaks against the inputs.
struct CalmSpell: Codable {
    /// The start of the first one.
    let since: Instant
    let windows: Int

    /// One window more than there were before.
    init(_ before: CalmSpell?, then start: Instant) {
        since = before?.since ?? start
        windows = (before?.windows ?? 0) + 1
    }
}
