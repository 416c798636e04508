package import SlipwayDomain
package import SlipwayStore

/// What somebody asks to be removed for good.
package struct PurgeRule: Sendable, Equatable {
    /// How long ago it must have been deleted.
    package let olderThan: Span
    /// Only this experiment, with all in it.
    package let experiment: String?
    /// Only this run.
    package let run: String?

    package init(olderThan: Span, experiment: String? = nil, run: String? = nil) {
        self.olderThan = olderThan
        self.experiment = experiment
        self.run = run
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["olderThan": .string(olderThan.description)]
        members["experiment"] = experiment.map { .string($0) }
        members["run"] = run.map { .string($0) }
        return .object(members)
    }
}

/// Something deleted that stays, and why.
package struct KeptItem: Sendable, Equatable {
    package let kind: PurgeKind
    package let id: String
    package let reason: String
}

/// What a purge removes, or would.
package struct PurgePlan: Sendable, Equatable {
    package var items: [PurgeCandidate] = []
    package var kept: [KeptItem] = []
    /// Whether there is more than one purge removes at once.
    package var hasMore = false

    /// The URIs of files that are not in this server's store, and stay where they are.
    package var elsewhere: [String] {
        items.filter { PurgeFolder(of: $0) == nil }.map(\.uri)
    }

    /// How many things of a kind go.
    package func count(_ kind: PurgeKind) -> Int { items.count { $0.kind == kind } }
}

/// What came of a purge.
package struct PurgeReport: Sendable, Equatable {
    package let plan: PurgePlan
    /// The ledger entry; nil when nothing was due, and for a dry run.
    package let entry: EntryID?
}

extension PurgePlan {
    /// The plan as the native API gives it.
    package var json: JSONValue { .object(members) }

    fileprivate var members: [String: JSONValue] {
        [
            "dryRun": true, "entry": .null, "experiments": .integer(Int64(count(.experiment))),
            "runs": .integer(Int64(count(.run))), "loggedModels": .integer(Int64(count(.loggedModel))),
            "more": .bool(hasMore), "elsewhere": .array(elsewhere.map(JSONValue.string)),
            "items": .array(
                items.map { item in
                    [
                        "kind": .string(item.kind.rawValue), "id": .string(item.id), "name": .string(item.name),
                        "deletedAt": item.deletedAt.map { .string($0.description) } ?? .null,
                    ]
                }
            ),
            "kept": .array(
                kept.map { item in
                    ["kind": .string(item.kind.rawValue), "id": .string(item.id), "reason": .string(item.reason)]
                }
            ),
        ]
    }
}

extension PurgeReport {
    /// The report as the native API gives it.
    package var json: JSONValue {
        var members = plan.members
        members["dryRun"] = false
        members["entry"] = entry.map { .string($0.text) } ?? .null
        return .object(members)
    }
}

/// The folder of the store that goes with something.
struct PurgeFolder: Hashable {
    let path: ArtifactPath

    /// Nil for what is kept somewhere else.
    init?(of item: PurgeCandidate) { self.init(item.kind, id: item.id, uri: item.uri) }

    init?(_ kind: PurgeKind, id: String, uri: String) {
        // A location that this server cannot read is none of its folders.
        guard ArtifactLocation.isOwn(uri), let path = try? ArtifactLocation.path(of: uri) else { return nil }
        switch kind {
        case .experiment:
            // A location that somebody chose may hold other things too: what is known of it goes with runs and models.
            guard path.parts == [id] else { return nil }
            self.path = path
        case .run, .loggedModel:
            // "<location>/<id>/artifacts"
            guard let position = path.parts.lastIndex(of: id), position >= path.parts.count - 2 else { return nil }
            self.path = path.parts.prefix(position + 1).reduce(ArtifactPath.root) { $0.appending(part: $1) }
        }
    }
}
