package import SlipwayDomain
package import SlipwayStore

/// Scorers of experiments: kept with all their versions for the clients that run them. Nothing of them runs here.
package struct Scorers: StoreBacked, Sendable {
    /// The most bytes of one serialized scorer.
    package static let mostBytes = 1 << 20
    private static let mostListed: Int64 = 10_000

    let database: any SQLDatabase
    private let recorder: any EntryRecorder
    private let runtime: Runtime

    package init(database: any SQLDatabase, recorder: any EntryRecorder, runtime: Runtime) {
        self.database = database
        self.recorder = recorder
        self.runtime = runtime
    }

    /// Stores the next version of a scorer.
    package func register(
        caller: Caller,
        experiment id: String,
        name: String,
        body: String
    ) async throws -> ScorerVersion {
        let experiment = try TrackingRules.experimentID(id)
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw ServiceError.invalid("a scorer needs a name that is not blank")
        }
        try TrackingRules.checkLength(name, 256, "the scorer's name")
        guard body.utf8.count <= Self.mostBytes, Self.isJSONObject(body) else {
            throw ServiceError.invalid("serialized_scorer must be a JSON object of at most \(Self.mostBytes) bytes")
        }
        let newID = Self.uuid(runtime.newRandomID())
        let now = runtime.now()
        return try await write { writer in
            _ = try Tracking.requireActiveExperiment(experiment, in: writer)
            let known = try ScorerTable.find(name, experiment: experiment, in: writer)
            let version = ScorerVersion(
                scorer: known?.id ?? newID,
                experiment: experiment,
                name: name,
                version: (known?.lastVersion ?? 0) + 1,
                body: body,
                createdAt: now
            )
            try ScorerTable.insert(version, in: writer)
            return version
        }
    }

    /// The newest version of each scorer of one experiment.
    package func list(caller: Caller, experiment id: String) async throws -> [ScorerVersion] {
        let experiment = try TrackingRules.experimentID(id)
        return try await read { reader in
            _ = try Tracking.requireActiveExperiment(experiment, in: reader)
            return try ScorerTable.newest(ofExperiments: [experiment], limit: Self.mostListed, in: reader)
        }
    }

    /// The newest version of each scorer of several active experiments; nil means all of them.
    package func list(caller: Caller, experiments ids: [String]?) async throws -> [ScorerVersion] {
        let experiments = try ids.map { try TrackingRules.experimentIDs($0) }
        return try await read { reader in
            try ScorerTable.newest(ofExperiments: experiments, limit: Self.mostListed, in: reader)
        }
    }

    /// All versions of a scorer, the first one first.
    package func versions(caller: Caller, experiment id: String, name: String) async throws -> [ScorerVersion] {
        let experiment = try TrackingRules.experimentID(id)
        return try await read { try Self.require(name, experiment, in: $0) }
    }

    /// One version of a scorer, or the newest.
    package func get(
        caller: Caller,
        experiment id: String,
        name: String,
        version: Int64?
    ) async throws -> ScorerVersion {
        let versions = try await versions(caller: caller, experiment: id, name: name)
        let found = version.map { number in versions.first { $0.version == number } } ?? versions.last
        guard let found else { throw Self.absent(name, version) }
        return found
    }

    /// Deletes one version for good, or the scorer with all of them.
    package func delete(caller: Caller, experiment id: String, name: String, version: Int64?) async throws {
        let experiment = try TrackingRules.experimentID(id)
        let now = runtime.now()
        try await write { writer in
            let versions = try Self.require(name, experiment, in: writer)
            guard let scorer = versions.first?.scorer,
                version.map({ number in versions.contains { $0.version == number } }) ?? true
            else { throw Self.absent(name, version) }
            try ScorerTable.delete(scorer, version: version, in: writer)
            var data: [String: JSONValue] = [
                "experiment": .string(String(experiment)), "scorer": .string(scorer), "name": .string(name),
            ]
            data["version"] = version.map { .integer($0) }
            try recorder.record(
                EntryDraft(
                    type: "scorer.deleted",
                    subject: "scorers/\(scorer)",
                    actor: caller.actor,
                    data: .object(data)
                ),
                at: now,
                in: writer
            )
        }
    }

    private static func require(
        _ name: String,
        _ experiment: Int64,
        in reader: any SQLReader
    ) throws -> [ScorerVersion] {
        _ = try Tracking.requireActiveExperiment(experiment, in: reader)
        guard let scorer = try ScorerTable.find(name, experiment: experiment, in: reader) else {
            throw absent(name, nil)
        }
        let versions = try ScorerTable.versions(of: scorer.id, in: reader)
        guard !versions.isEmpty else { throw absent(name, nil) }
        return versions
    }

    private static func absent(_ name: String, _ version: Int64?) -> ServiceError {
        let which = version.map { "version \($0) of the scorer" } ?? "scorer"
        return .notFound("the experiment has no \(which) '\(name.prefix(80))'")
    }

    private static func isJSONObject(_ text: String) -> Bool {
        // Why it is no JSON does not matter to the answer.
        (try? JSONValue(parsing: Array(text.utf8)))?.object != nil
    }

    /// 32 hexadecimal digits with the hyphens of RFC 9562's text form.
    private static func uuid(_ digits: String) -> String {
        let digits = Array(digits)
        return [digits[..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20...]]
            .map { String($0) }.joined(separator: "-")
    }
}
