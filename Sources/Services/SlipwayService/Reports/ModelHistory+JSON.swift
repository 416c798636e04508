package import SlipwayDomain

extension ModelHistory {
    /// The history for machines: `status --json` and the native API.
    package var json: JSONValue {
        [
            "model": .string(model),
            "drill": .bool(isDrill),
            "manifest": manifest ?? .null,
            "serving": serving.map {
                ["version": .integer(Int64($0.version)), "since": .string($0.since.description)]
            } ?? .null,
            "versions": .array(versions.map(Self.json)),
            "releases": .array(releases.map(Self.json)),
            "drift": .array(drift.map(\.data)),
            "performance": .array(performance.map(\.data)),
            "estimates": .array(estimates.map(\.data)),
            "alerts": .array(alerts.map(\.data)),
            "incidents": .array(incidents.map(Self.json)),
        ]
    }

    private static func json(_ version: Version) -> JSONValue {
        [
            "version": .integer(Int64(version.number)),
            "registeredAt": .string(version.registeredAt.description),
            "registeredBy": .string(version.registeredBy),
            "metrics": version.evaluation?["metrics"] ?? .null,
            "allowed": version.decision.map { .bool($0.allowed) } ?? .null,
            "approvedBy": .array(version.approvedBy.map(JSONValue.string)),
            "waitsFor": version.waitsFor.map { .string($0.text) } ?? .null,
            "answeredBy": .array(version.answeredBy.map(JSONValue.string)),
            "hasReference": .bool(version.hasReference),
        ]
    }

    private static func json(_ release: Release) -> JSONValue {
        [
            "release": .string(release.id.text),
            "version": .integer(Int64(release.version)),
            "stable": release.stable.map { .integer(Int64($0)) } ?? .null,
            "kind": .string(release.kind),
            "startedAt": .string(release.startedAt.description),
            "steps": .array(
                release.steps.map { ["percent": .integer(Int64($0.percent)), "at": .string($0.at.description)] }
            ),
            "analyses": .array(release.analyses.map(\.data)),
            "outcome": release.outcome.map(JSONValue.string) ?? .null,
            "reason": release.reason.map(JSONValue.string) ?? .null,
            "endedAt": release.endedAt.map { .string($0.description) } ?? .null,
        ]
    }

    private static func json(_ incident: Incident) -> JSONValue {
        var members = incident.data.object ?? [:]
        members["openedAt"] = .string(incident.openedAt.description)
        members["resolvedAt"] = incident.resolvedAt.map { .string($0.description) } ?? .null
        return .object(members)
    }
}
