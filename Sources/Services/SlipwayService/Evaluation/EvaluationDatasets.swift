package import SlipwayDomain
internal import SlipwayLedger
package import SlipwayStore

/// Evaluation datasets: records of inputs with expected answers, shared by experiments.
package struct EvaluationDatasets: StoreBacked, Sendable {
    let database: any SQLDatabase
    let recorder: any EntryRecorder
    let runtime: Runtime

    package init(database: any SQLDatabase, recorder: any EntryRecorder, runtime: Runtime) {
        self.database = database
        self.recorder = recorder
        self.runtime = runtime
    }

    /// The tag that names who made or changed something.
    static let userTag = "mlflow.user"

    /// Makes an empty dataset.
    package func create(
        caller: Caller,
        name: String,
        tags: [Tag],
        experiments ids: [String]
    ) async throws -> EvaluationDataset {
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw ServiceError.invalid("an evaluation dataset needs a name that is not blank")
        }
        try TrackingRules.checkLength(name, 255, "the dataset's name")
        try Self.check(tags)
        let experiments = try TrackingRules.experimentIDs(ids)
        let now = runtime.now()
        let user = tags.first { $0.key == Self.userTag }?.value ?? caller.user
        var dataset = EvaluationDataset(
            id: "d-" + runtime.newRandomID(),
            name: name,
            digest: Self.digest(name, now),
            createdAt: now,
            updatedAt: now,
            createdBy: user,
            updatedBy: user
        )
        dataset.tags = tags
        dataset.experiments = experiments
        let new = dataset
        return try await write { writer in
            for id in experiments { _ = try Tracking.requireExperiment(id, in: writer) }
            try EvaluationDatasetTable.insert(new, in: writer)
            return try Self.require(new.id, in: writer)
        }
    }

    /// The dataset without its records.
    package func dataset(caller: Caller, id: String) async throws -> EvaluationDataset {
        try await read { try Self.require(id, in: $0) }
    }

    /// Deletes a dataset and its records for good; one that is not there is no error.
    package func delete(caller: Caller, id: String) async throws {
        let now = runtime.now()
        try await write { writer in
            guard let dataset = try EvaluationDatasetTable.find(id, in: writer) else { return }
            _ = try EvaluationDatasetTable.delete(id, in: writer)
            try record("dataset.deleted", dataset, dataset.recordCount, caller, at: now, in: writer)
        }
    }

    /// One page of the datasets that pass a filter, of some experiments or of all; the newest first unless ordered.
    package func search(
        caller: Caller,
        experiments ids: [String],
        _ search: RegistrySearch
    ) async throws -> Page<EvaluationDataset> {
        try TrackingRules.checkPageSize(search.limit, most: 50_000)
        let experiments = ids.isEmpty ? nil : try TrackingRules.experimentIDs(ids)
        guard (0...Int64(1 << 40)).contains(search.offset) else {
            throw ServiceError.invalid("page_token is not one that this server gave")
        }
        let match = try EvaluationMatch(filter: search.filter, order: search.order)
        return try await read { reader in
            let found = match.sorted(try EvaluationDatasetTable.all(ofExperiments: experiments, in: reader))
            let rest = found.dropFirst(Int(search.offset))
            return Page(items: Array(rest.prefix(Int(search.limit))), hasMore: rest.count > Int(search.limit))
        }
    }

    /// Sets tags; the others stay.
    package func setTags(caller: Caller, id: String, _ tags: [Tag]) async throws {
        try Self.check(tags)
        try await write { writer in
            _ = try Self.require(id, in: writer)
            for tag in tags { try EvaluationDatasetTable.setTag(tag, on: id, in: writer) }
        }
    }

    /// Removes a tag; one that is not there is no error.
    package func removeTag(caller: Caller, id: String, key: String) async throws {
        try await write { try EvaluationDatasetTable.removeTag(key, from: id, in: $0) }
    }

    /// Makes the dataset one of more experiments', or of fewer.
    package func change(
        caller: Caller,
        id: String,
        adding added: [String] = [],
        removing removed: [String] = []
    ) async throws -> EvaluationDataset {
        let added = try TrackingRules.experimentIDs(added)
        let removed = try TrackingRules.experimentIDs(removed)
        let now = runtime.now()
        return try await write { writer in
            var dataset = try Self.require(id, in: writer)
            for experiment in added {
                _ = try Tracking.requireExperiment(experiment, in: writer)
                try EvaluationDatasetTable.add(id, to: experiment, in: writer)
            }
            for experiment in removed { try EvaluationDatasetTable.remove(id, from: experiment, in: writer) }
            dataset.updatedAt = now
            try EvaluationDatasetTable.update(dataset, in: writer)
            return try Self.require(id, in: writer)
        }
    }

    // MARK: Shared

    /// Eight digits that change with the name and the time of the last change.
    static func digest(_ name: String, _ time: Instant) -> String {
        String(Digest32.sha256(Array("\(name):\(time.milliseconds)".utf8)).hex.prefix(8))
    }

    static func require(_ id: String, in reader: any SQLReader) throws -> EvaluationDataset {
        guard let dataset = try EvaluationDatasetTable.find(id, in: reader) else {
            throw ServiceError.notFound("there is no evaluation dataset with id '\(id.prefix(80))'")
        }
        return dataset
    }

    /// Writes of a permanent deletion into the ledger.
    func record(
        _ type: String,
        _ dataset: EvaluationDataset,
        _ records: Int64,
        _ caller: Caller,
        at time: Instant,
        in writer: any SQLWriter
    ) throws {
        try recorder.record(
            EntryDraft(
                type: type,
                subject: "datasets/\(dataset.id)",
                actor: caller.actor,
                data: [
                    "dataset": .string(dataset.id), "name": .string(dataset.name), "records": .integer(records),
                ]
            ),
            at: time,
            in: writer
        )
    }

    private static func check(_ tags: [Tag]) throws(ServiceError) {
        guard tags.count <= 1000 else { throw .invalid("a dataset takes at most 1,000 tags at once") }
        for tag in tags {
            guard !tag.key.isEmpty else { throw .invalid("a tag needs a key that is not empty") }
            try TrackingRules.checkLength(tag.key, 255, "a tag's key")
            try TrackingRules.checkLength(tag.value, 5000, "the value of tag '\(tag.key.prefix(80))'")
        }
    }
}
