import SlipwayDomain
import SlipwayLedger

/// What the ledger says about one release.
struct ReleaseFact {
    let id: String
    let key: Facts.VersionKey
    private(set) var environment: String?
    private(set) var kind: String?
    private(set) var decision: String?
    private(set) var outcome: String?
    private(set) var started: Facts.Event?
    private(set) var firstTraffic: Facts.Event?
    private(set) var full: Facts.Event?
    private(set) var completed: Facts.Event?

    init(id: String, key: Facts.VersionKey) {
        self.id = id
        self.key = key
    }

    var isProduction: Bool { environment == "production" }
    var isRollback: Bool { kind == "rollback" }
    var isPromoted: Bool { outcome == "promoted" }

    /// When the version first had all traffic: its step of 100 %, or without one its promotion.
    var live: Facts.Event? { full ?? (isPromoted ? completed : nil) }

    mutating func add(_ entry: Entry, _ event: Facts.Event) {
        environment = environment ?? entry.data["environment"]?.string
        kind = kind ?? entry.data["kind"]?.string
        switch entry.name {
        case "release.started":
            decision = decision ?? entry.data["decision"]?.string
            started = started ?? event
        case "release.step":
            let percent = entry.data["percent"]?.number ?? 0
            if percent > 0 { firstTraffic = firstTraffic ?? event }
            if percent >= 100 { full = full ?? event }
        default:
            guard completed == nil else { return }
            completed = event
            outcome = entry.data["outcome"]?.string
        }
    }
}
