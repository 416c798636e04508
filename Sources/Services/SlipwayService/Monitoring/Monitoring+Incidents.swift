package import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayMonitor
internal import SlipwayPolicy
internal import SlipwayStore

/// What an alert is about.
enum AlertKind: String, Sendable {
    /// The inputs.
    case drift
    /// The answers, while the inputs stay as they are.
    case output
    /// The answers against their labels.
    case performance
    /// The performance that was estimated without labels.
    case estimate
    /// The estimator: what it says and what is realised later.
    case estimator
    case fairness

    /// Whether somebody is to be called: an estimator that is off harms nobody whom the model answers.
    var opensIncident: Bool { self != .estimator }

    /// What an incident is about, in one line.
    func summary(of model: String, columns names: [String]) -> String {
        let named = names.prefix(5).joined(separator: ", ")
        return switch self {
        case .drift: "inputs of \(model) no longer look like its training data: \(named)"
        case .output: "\(model) answers otherwise than when its version began, and its inputs did not change"
        case .performance: "\(model) answers worse than its manifest allows: \(named)"
        case .estimate: "\(model) is estimated to answer worse than its manifest allows, before labels: \(named)"
        case .estimator: "what is estimated of \(model) without labels is not what its labels show: \(named)"
        case .fairness: "\(model) treats groups less alike than its manifest allows: \(named)"
        }
    }
}

extension Monitoring {
    /// Steps the alert machine of a model by one window; an alert that fires opens an incident, or joins the open one.
    nonisolated func alert(
        _ kind: AlertKind,
        manifest: Manifest,
        version: Int,
        seen: WindowVerdict,
        sentences: [String: String],
        policy: AlertPolicy = AlertPolicy(),
        at now: Instant,
        in connection: any SQLWriter
    ) throws {
        let model = manifest.metadata.name
        let stored = try WatchTable.alertState(model: model, kind: kind.rawValue, in: connection)
        let state = try stored.map { try JSONValue(parsing: Array($0.utf8)).decode(AlertState.self) } ?? AlertState()
        let step = AlertMachine.step(state, seen, now: now, policy: policy)
        try WatchTable.setAlertState(
            model: model,
            kind: kind.rawValue,
            state: CanonicalJSON.text(of: JSONValue(encoding: step.state)),
            in: connection
        )
        let joined = Set(step.state.columns).subtracting(state.columns)
        if step.signals.isEmpty, !joined.isEmpty {
            try join(columns: joined.sorted(), sentences: sentences, model: model, at: now, in: connection)
        }
        for signal in step.signals {
            switch signal {
            case .fired(let onset, _, let columns):
                let origin = try origin(of: kind, model: model, in: connection)
                let alert = runtime.newID()
                let known = try WatchTable.openIncident(model: model, in: connection)?.id
                let incident = known ?? (kind.opensIncident ? IncidentID(runtime.newID()) : nil)
                let details = columns.map { name -> JSONValue in
                    ["name": .string(name), "sentence": .string(sentences[name] ?? "")]
                }
                let data: JSONValue = [
                    "alert": .string(alert), "model": .string(model), "version": .integer(Int64(version)),
                    "kind": .string(kind.rawValue), "onset": .string(onset.description), "columns": .array(details),
                    "origin": .string(origin.rawValue), "incident": incident.map { .string($0.text) } ?? .null,
                ]
                try record("alert.fired", model: model, data, at: now, in: connection)
                guard kind.opensIncident, let incident else { continue }
                if known != nil {
                    try join(columns: columns, sentences: sentences, model: model, at: now, in: connection)
                    continue
                }
                try open(
                    incident,
                    kind,
                    origin,
                    manifest: manifest,
                    alert: alert,
                    onset: onset,
                    columns: details,
                    at: now,
                    in: connection
                )
            case .resolved(_, _, let columns):
                let data: JSONValue = [
                    "model": .string(model), "kind": .string(kind.rawValue),
                    "columns": .array(columns.map(JSONValue.string)),
                ]
                try record("alert.resolved", model: model, data, at: now, in: connection)
            }
        }
    }

    /// Where the change came in, by what else is firing.
    private nonisolated func origin(
        of kind: AlertKind,
        model: String,
        in connection: any SQLReader
    ) throws -> DriftOrigin {
        func isMoving(_ other: AlertKind) throws -> Bool {
            if kind == other { return true }
            guard let text = try WatchTable.alertState(model: model, kind: other.rawValue, in: connection) else {
                return false
            }
            let state = try JSONValue(parsing: Array(text.utf8)).decode(AlertState.self)
            return state.phase == .firing || state.phase == .resolving
        }
        return DriftOrigin(inputsMoved: try isMoving(.drift), outputsMoved: try isMoving(.output))
    }

    private nonisolated func open(
        _ id: IncidentID,
        _ kind: AlertKind,
        _ origin: DriftOrigin,
        manifest: Manifest,
        alert: String,
        onset: Instant,
        columns: [JSONValue],
        at now: Instant,
        in connection: any SQLWriter
    ) throws {
        let model = manifest.metadata.name
        let names = columns.compactMap { $0["name"]?.string }
        let summary = kind.summary(of: model, columns: names)
        let data: JSONValue = [
            "incident": .string(id.text), "model": .string(model), "owner": .string(manifest.metadata.owner),
            "runbook": manifest.spec.runbook.map(JSONValue.string) ?? .null,
            "severity": .integer(Int64(manifest.metadata.tier.rawValue)), "startedAt": .string(onset.description),
            "alert": .string(alert), "summary": .string(summary), "columns": .array(columns),
            "kind": .string(kind.rawValue), "origin": .string(origin.rawValue),
        ]
        try WatchTable.insertIncident(
            id,
            model: model,
            at: now,
            json: CanonicalJSON.text(of: data),
            in: connection
        )
        try record("incident.opened", model: model, data, at: now, in: connection)
    }

    /// Columns that turn bad while an alert is open join its incident: one page, not one for each column.
    private nonisolated func join(
        columns: [String],
        sentences: [String: String],
        model: String,
        at now: Instant,
        in connection: any SQLWriter
    ) throws {
        guard let row = try WatchTable.openIncident(model: model, in: connection) else { return }
        var members = try JSONValue(parsing: Array(row.json.utf8)).object ?? [:]
        var listed = members["columns"]?.array ?? []
        let added = columns.filter { name in !listed.contains { $0["name"]?.string == name } }
        guard !added.isEmpty else { return }
        listed += added.map { ["name": .string($0), "sentence": .string(sentences[$0] ?? "")] }
        members["columns"] = .array(listed)
        try WatchTable.setIncident(row.id, json: CanonicalJSON.text(of: .object(members)), in: connection)
        let data: JSONValue = [
            "incident": .string(row.id.text), "model": .string(model), "columns": .array(listed),
        ]
        try record("incident.updated", model: model, data, at: now, in: connection)
    }

    @discardableResult
    nonisolated func record(
        _ type: String,
        model: String,
        _ data: JSONValue,
        actor: String = Caller.system.actor,
        at now: Instant,
        in connection: any SQLWriter
    ) throws -> EntryID {
        try ledger.record(
            EntryDraft(type: type, subject: "models/\(model)", actor: actor, data: data),
            at: now,
            in: connection
        )
    }

    /// Incidents of one model or of all, newest first.
    package nonisolated func incidents(model: String?) async throws -> [JSONValue] {
        let rows = try await database.read { try WatchTable.incidents(model: model, limit: 100, in: $0) }
        return try rows.map { row in
            var members = try JSONValue(parsing: Array(row.json.utf8)).object ?? [:]
            members["openedAt"] = .string(row.openedAt.description)
            members["resolvedAt"] = row.resolvedAt.map { .string($0.description) } ?? .null
            return .object(members)
        }
    }

    /// Closes an incident: behaviour is safe again.
    package nonisolated func resolve(_ id: IncidentID, caller: Caller) async throws -> JSONValue {
        let now = runtime.now()
        return try await database.write { connection in
            guard let row = try WatchTable.incident(id, in: connection) else {
                throw ServiceError.notFound("there is no incident \(id): `slipway incidents` lists them")
            }
            guard try WatchTable.resolveIncident(id, at: now, in: connection) else {
                throw ServiceError.conflict("incident \(id) is resolved already")
            }
            let data: JSONValue = [
                "incident": .string(id.text), "model": .string(row.model), "restoredAt": .string(now.description),
                "by": .string(caller.actor),
            ]
            try self.record("incident.resolved", model: row.model, data, actor: caller.actor, at: now, in: connection)
            return data
        }
    }

    /// What changed upstream of the newest symptom of a model, the likeliest cause first.
    package nonisolated func triage(model: String) async throws -> JSONValue {
        let entries = try await ledger.entries().filter { $0.data["model"]?.string == model }
        guard !entries.isEmpty else { throw ServiceError.notFound("there is no model '\(model.prefix(80))'") }
        let incident = entries.last { $0.name == "incident.opened" }
        let time = incident?.data["startedAt"]?.string.flatMap { Instant($0) } ?? incident?.time ?? runtime.now()
        let symptom = Symptom(at: time, isKnown: incident != nil)
        let suspects = Triage.rank(model: model, symptom: symptom, facts: TriageFacts(entries))
        return [
            "model": .string(model), "symptom": .string(time.description),
            "incident": incident?.data["incident"] ?? .null,
            "summary": incident?.data["summary"] ?? .string("no incident: what changed lately"),
            "suspects": .array(try suspects.map { try JSONValue(encoding: $0) }),
        ]
    }
}

extension TriageFacts {
    /// The facts that ledger entries about one model hold.
    init(_ entries: [Entry]) {
        self.init()
        for entry in entries {
            let data = entry.data
            let from = data["window"]?["from"]?.string.flatMap { Instant($0) } ?? entry.time
            switch entry.name {
            case "release.started":
                releases.append(
                    Release(
                        entry: entry.id,
                        time: entry.time,
                        release: ReleaseID(data["release"]?.string ?? ""),
                        version: Int(data["version"]?.integer ?? 0),
                        isRollback: data["kind"]?.string == "rollback"
                    )
                )
            case "release.completed":
                guard data["outcome"]?.string != "promoted" else { continue }
                let over = data["release"]?.string
                for index in releases.indices where releases[index].release.text == over {
                    releases[index].stands = false
                }
            case "manifest.applied":
                upstream.append(
                    Upstream(entry: entry.id, time: entry.time, change: "Manifest applied by \(entry.actor)")
                )
            case "reference.recorded":
                upstream.append(Upstream(entry: entry.id, time: entry.time, change: "Reference set by \(entry.actor)"))
            case "drift.recorded":
                for column in data["columns"]?.array ?? [] where column["verdict"]?.string == "drifted" {
                    drifted.append(
                        Drift(
                            entry: entry.id,
                            time: from,
                            column: column["name"]?.string ?? "",
                            strength: column["strength"]?.number ?? 0
                        )
                    )
                }
            case "performance.recorded":
                guard let verdict = data["verdict"]?.string.flatMap({ PerformanceVerdict.Verdict(rawValue: $0) }) else {
                    continue
                }
                performance.append(
                    Performance(
                        entry: entry.id,
                        time: from,
                        verdict: verdict,
                        value: data["value"]?.number,
                        threshold: data["threshold"]?.number ?? 0
                    )
                )
            default: continue
            }
        }
    }
}
