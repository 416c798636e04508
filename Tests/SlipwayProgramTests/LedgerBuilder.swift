import SlipwayDomain
import SlipwayLedger

/// Writes small ledgers by hand. Times are hours after 2013-04-01T00:00:00Z.
struct LedgerBuilder {
    static let epoch = Instant(milliseconds: 1_364_774_400_000)
    private(set) var entries: [Entry] = []

    static func hour(_ hours: Double) -> Instant { epoch + Span(milliseconds: Int64(hours * 3_600_000)) }

    mutating func add(_ name: String, at hours: Double, actor: String = "ada", _ data: [String: JSONValue]) {
        let number = entries.count + 1
        entries.append(
            Entry(
                id: EntryID("e\(number)"),
                source: "/slipway/default",
                name: name,
                subject: "models/\(data["model"]?.string ?? "none")",
                time: LedgerBuilder.hour(hours),
                actor: actor,
                data: .object(data)
            )
        )
    }

    mutating func register(_ version: Int64, model: String = "m", at hours: Double, actor: String = "ada") {
        add(
            "version.registered",
            at: hours,
            actor: actor,
            ["model": .string(model), "version": .integer(version), "source": "s"]
        )
    }

    mutating func decide(
        _ id: String,
        _ version: Int64,
        model: String = "m",
        at hours: Double,
        allowed: Bool = true,
        environment: String = "production"
    ) {
        add(
            "decision.recorded",
            at: hours,
            [
                "decision": .string(id), "model": .string(model), "version": .integer(version),
                "environment": .string(environment), "allowed": .bool(allowed), "gates": [],
            ]
        )
    }

    mutating func start(
        _ release: String,
        _ version: Int64,
        model: String = "m",
        at hours: Double,
        kind: String = "change",
        environment: String = "production",
        decision: String = "none"
    ) {
        add(
            "release.started",
            at: hours,
            [
                "release": .string(release), "model": .string(model), "version": .integer(version),
                "environment": .string(environment), "strategy": "canary", "kind": .string(kind),
                "decision": .string(decision),
            ]
        )
    }

    mutating func step(_ release: String, _ version: Int64, model: String = "m", at hours: Double, percent: Int64) {
        add(
            "release.step",
            at: hours,
            [
                "release": .string(release), "model": .string(model), "version": .integer(version),
                "percent": .integer(percent),
            ]
        )
    }

    mutating func complete(
        _ release: String,
        _ version: Int64,
        model: String = "m",
        at hours: Double,
        outcome: String = "promoted",
        kind: String = "change",
        environment: String = "production"
    ) {
        add(
            "release.completed",
            at: hours,
            [
                "release": .string(release), "model": .string(model), "version": .integer(version),
                "environment": .string(environment), "kind": .string(kind), "outcome": .string(outcome), "reason": "r",
            ]
        )
    }

    /// A release that starts, and an hour later has all traffic.
    mutating func ship(_ release: String, _ version: Int64, model: String = "m", at hours: Double) {
        start(release, version, model: model, at: hours)
        step(release, version, model: model, at: hours + 0.5, percent: 5)
        step(release, version, model: model, at: hours + 1, percent: 100)
        complete(release, version, model: model, at: hours + 1)
    }

    mutating func open(
        _ id: String,
        model: String = "m",
        at hours: Double,
        started: Double? = nil,
        release: String? = nil,
        alert: String? = nil
    ) {
        var data: [String: JSONValue] = [
            "incident": .string(id), "model": .string(model), "owner": "o", "summary": "s",
        ]
        if let started { data["startedAt"] = .string(LedgerBuilder.hour(started).description) }
        if let release { data["release"] = .string(release) }
        if let alert { data["alert"] = .string(alert) }
        add("incident.opened", at: hours, data)
    }

    mutating func resolve(_ id: String, at hours: Double, restored: Double? = nil) {
        var data: [String: JSONValue] = ["incident": .string(id), "model": "m", "by": "ada"]
        if let restored { data["restoredAt"] = .string(LedgerBuilder.hour(restored).description) }
        add("incident.resolved", at: hours, data)
    }

    mutating func mark(_ incident: String, _ outcome: String, at hours: Double) {
        add("alert.triaged", at: hours, ["incident": .string(incident), "model": "m", "outcome": .string(outcome)])
    }

    mutating func alert(
        _ id: String,
        at hours: Double,
        onset: Double?,
        kind: String = "drift",
        incident: String? = nil
    ) {
        var data: [String: JSONValue] = ["alert": .string(id), "model": "m", "version": 1, "kind": .string(kind)]
        if let onset { data["onset"] = .string(LedgerBuilder.hour(onset).description) }
        if let incident { data["incident"] = .string(incident) }
        add("alert.fired", at: hours, data)
    }

    mutating func observe(_ model: String, _ digest: String, registered: Bool, at hours: Double) {
        add(
            "serving.observed",
            at: hours,
            ["model": .string(model), "digest": .string(digest), "registered": .bool(registered)]
        )
    }
}
