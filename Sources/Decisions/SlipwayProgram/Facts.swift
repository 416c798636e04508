import SlipwayDomain
import SlipwayLedger

/// What the ledger says about the delivery of models, sorted by thing instead of by time.
struct Facts {
    /// One model version.
    struct VersionKey: Hashable, Comparable {
        let model: String
        let version: Int64

        static func < (left: VersionKey, right: VersionKey) -> Bool {
            (left.model, left.version) < (right.model, right.version)
        }
    }

    /// Something that an entry says happened at a time.
    struct Event: Hashable {
        let time: Instant
        let entry: EntryID
    }

    struct Incident {
        let id: String
        let model: String
        let release: String?
        let alert: String?
        var start: Instant
        var restored: Instant?
        var entries: [EntryID]
    }

    struct Alert {
        let fired: Event
        let kind: String
        let onset: Instant?
        /// The incident that it opened or joined, where the entry says it.
        let incident: String?
    }

    /// What somebody said about the alerts of an incident.
    struct Mark {
        let event: Event
        let isActionable: Bool
    }

    struct Decision {
        let event: Event
        let key: VersionKey
        let environment: String
        let isAllowed: Bool
    }

    struct Observation {
        let event: Event
        let model: String
        let digest: String
        let isRegistered: Bool
    }

    private(set) var isDrill = false
    private(set) var registered: [VersionKey: Event] = [:]
    private(set) var releases: [String: ReleaseFact] = [:]
    private(set) var incidents: [String: Incident] = [:]
    private(set) var alerts: [String: Alert] = [:]
    /// The last mark of each incident.
    private(set) var marks: [String: Mark] = [:]
    private(set) var decisions: [String: Decision] = [:]
    private(set) var observations: [Observation] = []
    private var positions: [EntryID: Int] = [:]

    /// Reads entries in the ledger's order; one whose data lacks what its type needs is passed over.
    init(_ entries: [Entry]) {
        var hasServer = false
        for entry in entries {
            positions[entry.id] = positions.count
            if entry.name == "server.started", !hasServer {
                hasServer = true
                isDrill = entry.data["clock"].map { $0 != .null } ?? false
            }
            read(entry)
        }
    }

    /// The entries in the ledger's order, each once.
    func ordered(_ entries: [EntryID]) -> [EntryID] {
        Set(entries).sorted { (positions[$0] ?? .max, $0.text) < (positions[$1] ?? .max, $1.text) }
    }

    /// Whether one entry stands before another.
    func precedes(_ first: EntryID, _ second: EntryID) -> Bool {
        (positions[first] ?? .max) < (positions[second] ?? .max)
    }

    /// The changes of production, in a fixed order.
    var productionChanges: [ReleaseFact] {
        releases.values.filter { $0.isProduction && !$0.isRollback }.sorted { $0.id < $1.id }
    }

    private mutating func read(_ entry: Entry) {
        let event = Event(time: entry.time, entry: entry.id)
        switch entry.name {
        case "version.registered":
            guard let key = Facts.key(entry), registered[key] == nil else { return }
            registered[key] = event
        case "release.started", "release.step", "release.completed":
            guard let id = entry.data["release"]?.string, let key = Facts.key(entry) else { return }
            releases[id, default: ReleaseFact(id: id, key: key)].add(entry, event)
        case "incident.opened": openIncident(entry)
        case "incident.resolved": resolveIncident(entry)
        case "alert.fired":
            guard let id = entry.data["alert"]?.string, alerts[id] == nil else { return }
            let onset = entry.data["onset"]?.string.flatMap { Instant($0) }
            alerts[id] = Alert(
                fired: event,
                kind: entry.data["kind"]?.string ?? "unknown",
                onset: onset,
                incident: entry.data["incident"]?.string
            )
        case "alert.triaged":
            guard let id = entry.data["incident"]?.string ?? entry.data["alert"]?.string,
                let outcome = entry.data["outcome"]?.string, outcome == "actionable" || outcome == "noise"
            else { return }
            marks[id] = Mark(event: event, isActionable: outcome == "actionable")
        case "decision.recorded":
            // A release names the decision by its ledger entry; a foreign system may have ids of its own.
            let id = entry.data["decision"]?.string ?? entry.id.text
            guard let key = Facts.key(entry), decisions[id] == nil,
                let environment = entry.data["environment"]?.string, let allowed = entry.data["allowed"]?.bool
            else { return }
            decisions[id] = Decision(event: event, key: key, environment: environment, isAllowed: allowed)
        case "serving.observed":
            guard let model = entry.data["model"]?.string, let digest = entry.data["digest"]?.string,
                let isRegistered = entry.data["registered"]?.bool
            else { return }
            observations.append(Observation(event: event, model: model, digest: digest, isRegistered: isRegistered))
        default: break
        }
    }

    private static func key(_ entry: Entry) -> VersionKey? {
        guard let model = entry.data["model"]?.string, let version = entry.data["version"]?.integer else { return nil }
        return VersionKey(model: model, version: version)
    }

    /// An incident that is opened again goes on from its first start.
    private mutating func openIncident(_ entry: Entry) {
        guard let id = entry.data["incident"]?.string, let model = entry.data["model"]?.string else { return }
        let start = entry.data["startedAt"]?.string.flatMap { Instant($0) } ?? entry.time
        if var known = incidents[id] {
            known.start = min(known.start, start)
            known.restored = nil
            known.entries.append(entry.id)
            incidents[id] = known
        } else {
            incidents[id] = Incident(
                id: id,
                model: model,
                release: entry.data["release"]?.string,
                alert: entry.data["alert"]?.string,
                start: start,
                restored: nil,
                entries: [entry.id]
            )
        }
    }

    private mutating func resolveIncident(_ entry: Entry) {
        guard let id = entry.data["incident"]?.string, var known = incidents[id] else { return }
        known.restored = entry.data["restoredAt"]?.string.flatMap { Instant($0) } ?? entry.time
        known.entries.append(entry.id)
        incidents[id] = known
    }
}
