package import SlipwayDomain
package import SlipwayLedger
internal import SlipwayPolicy

/// Everything the ledger says about one model up to an instant: a pure fold over its entries.
package struct ModelHistory: Sendable {
    /// A registered version.
    package struct Version: Sendable {
        package let number: Int
        package let registeredAt: Instant
        package let registeredBy: String
        package var evaluation: JSONValue?
        package var decision: (allowed: Bool, entry: EntryID, gates: JSONValue)?
        package var approvedBy: [String] = []
        package var hasReference = false
        /// The newest request for an approval, by environment.
        var requests: [String: ApprovalID] = [:]
        /// Who answered since the newest decision.
        package var answeredBy: [String] = []
        /// The request that the newest decision found without enough approvals.
        package var waitsFor: ApprovalID?
    }

    /// A release and everything it went through.
    package struct Release: Sendable {
        package let id: ReleaseID
        package let version: Int
        package let stable: Int?
        package let kind: String
        package let startedAt: Instant
        package var steps: [(percent: Int, at: Instant)] = []
        package var analyses: [(at: Instant, data: JSONValue)] = []
        package var outcome: String?
        package var reason: String?
        package var endedAt: Instant?
    }

    /// A judged window of live traffic.
    package struct Window: Sendable {
        package let from: Instant
        package let to: Instant
        package let data: JSONValue
    }

    /// An incident.
    package struct Incident: Sendable {
        package let id: IncidentID
        package let openedAt: Instant
        package var data: JSONValue
        package var resolvedAt: Instant?
    }

    package let model: String
    package private(set) var manifest: JSONValue?
    package private(set) var versions: [Version] = []
    package private(set) var releases: [Release] = []
    package private(set) var drift: [Window] = []
    package private(set) var performance: [Window] = []
    /// What was estimated of windows before their labels came.
    package private(set) var estimates: [Window] = []
    package private(set) var alerts: [(at: Instant, data: JSONValue)] = []
    package private(set) var incidents: [Incident] = []
    /// The version with all production traffic, and since when.
    package private(set) var serving: (version: Int, since: Instant)?
    /// Set when the server's clock is a drill's.
    package private(set) var isDrill = false

    /// Folds the entries that are about `model`, in the order of the ledger, up to `instant`.
    package init(model: String, entries: [Entry], asOf instant: Instant? = nil) {
        self.model = model
        let entries = instant.map { instant in Array(entries.prefix { $0.time <= instant }) } ?? entries
        var own: [Entry] = []
        // Versions go with their model when it is renamed; what was decided about a name stays with the name.
        var (name, hasVersion) = (Optional(model), false)
        for entry in entries.reversed() {
            let about = entry.data["model"]?.string
            if entry.name == "model.renamed", let new = entry.data["newName"]?.string {
                // A name that was given away before was another model's.
                name = new == name ? about : about == name ? nil : name
            }
            // So was what was deleted before the versions of today came.
            if entry.name == "model.deleted", about == name, hasVersion { name = nil }
            let isVersion = entry.name.hasPrefix("version.")
            if isVersion ? name != nil && about == name : about == model {
                own.append(entry)
                hasVersion = hasVersion || isVersion
            }
        }
        for entry in own.reversed() { take(entry) }
        isDrill = entries.contains { $0.name == "server.started" && $0.data["clock"]?.object != nil }
    }

    /// The release that is not over, if there is one.
    package var activeRelease: Release? { releases.last { $0.outcome == nil } }

    private mutating func take(_ entry: Entry) {
        let data = entry.data
        switch entry.name {
        case "manifest.applied": manifest = data["manifest"]
        case "version.registered":
            guard let number = Self.version(data) else { return }
            versions.append(Version(number: number, registeredAt: entry.time, registeredBy: entry.actor))
        case "evaluation.recorded":
            // A champion's score on a challenger's data is for the comparison only.
            if entry.actor != Caller.system.actor { change(data) { $0.evaluation = data } }
        case "reference.recorded": change(data) { $0.hasReference = true }
        case "approval.requested":
            guard let request = data["approval"]?.string else { return }
            change(data) { $0.requests[data["environment"]?.string ?? ""] = ApprovalID(request) }
        case "approval.granted":
            change(data) {
                if !$0.approvedBy.contains(entry.actor) { $0.approvedBy.append(entry.actor) }
                $0.answeredBy.append(entry.actor)
            }
        case "approval.rejected": change(data) { $0.answeredBy.append(entry.actor) }
        case "decision.recorded":
            change(data) {
                $0.decision = (data["allowed"]?.bool ?? false, entry.id, data["gates"] ?? .array([]))
                let gate = data["gates"]?.array?.first { $0["gate"]?.string == Gate.approvals(1).id }
                let lacks = gate?["verdict"]?.string == GateResult.Verdict.missing.rawValue
                $0.waitsFor = lacks ? $0.requests[data["environment"]?.string ?? ""] : nil
                $0.answeredBy = []
            }
        case "drift.recorded": window(data).map { drift.append($0) }
        case "performance.recorded": window(data).map { performance.append($0) }
        case "performance.estimated": window(data).map { estimates.append($0) }
        case "alert.fired": alerts.append((entry.time, data))
        case "incident.opened":
            let id = IncidentID(data["incident"]?.string ?? entry.id.text)
            incidents.append(Incident(id: id, openedAt: entry.time, data: data))
        case "incident.updated":
            let id = data["incident"]?.string
            if let index = incidents.firstIndex(where: { $0.id.text == id }), let columns = data["columns"] {
                var members = incidents[index].data.object ?? [:]
                members["columns"] = columns
                incidents[index].data = .object(members)
            }
        case "alert.triaged":
            let id = data["incident"]?.string
            if let index = incidents.firstIndex(where: { $0.id.text == id }) {
                var members = incidents[index].data.object ?? [:]
                members["outcome"] = data["outcome"] ?? .null
                members["outcomeBy"] = data["by"] ?? .null
                members["outcomeNote"] = data["note"] ?? .null
                incidents[index].data = .object(members)
            }
        case "incident.resolved":
            let id = data["incident"]?.string
            if let index = incidents.firstIndex(where: { $0.id.text == id }) {
                incidents[index].resolvedAt = entry.time
            }
        default: takeRelease(entry)
        }
    }

    private mutating func takeRelease(_ entry: Entry) {
        let data = entry.data
        guard let id = data["release"]?.string else { return }
        if entry.name == "release.started", let version = Self.version(data) {
            releases.append(
                Release(
                    id: ReleaseID(id),
                    version: version,
                    stable: data["stable"]?.integer.map { Int($0) },
                    kind: data["kind"]?.string ?? "change",
                    startedAt: entry.time
                )
            )
        }
        guard let index = releases.lastIndex(where: { $0.id.text == id }) else { return }
        switch entry.name {
        case "release.step": releases[index].steps.append((Int(data["percent"]?.integer ?? 0), entry.time))
        case "release.analysis": releases[index].analyses.append((entry.time, data))
        case "release.completed":
            releases[index].outcome = data["outcome"]?.string
            releases[index].reason = data["reason"]?.string
            releases[index].endedAt = entry.time
            if data["outcome"]?.string == "promoted" { serving = (releases[index].version, entry.time) }
        default: break
        }
    }

    private mutating func change(_ data: JSONValue, _ body: (inout Version) -> Void) {
        guard let number = Self.version(data), let index = versions.lastIndex(where: { $0.number == number }) else {
            return
        }
        body(&versions[index])
    }

    private func window(_ data: JSONValue) -> Window? {
        guard let from = data["window"]?["from"]?.string.flatMap({ Instant($0) }),
            let to = data["window"]?["to"]?.string.flatMap({ Instant($0) })
        else { return nil }
        return Window(from: from, to: to, data: data)
    }

    private static func version(_ data: JSONValue) -> Int? {
        // The registry writes numbers as MLflow does, as text; everything else writes them as numbers.
        data["version"]?.integer.map { Int($0) } ?? data["version"]?.string.flatMap { Int($0) }
    }
}
