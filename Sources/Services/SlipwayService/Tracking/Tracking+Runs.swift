package import SlipwayDomain
internal import SlipwayStore

extension Tracking {
    /// The tag that carries a run's name too.
    static let nameTag = "mlflow.runName"

    /// Starts a run in an active experiment.
    package func createRun(
        _ caller: Caller,
        experiment id: String,
        user: String,
        name: String?,
        startedAt: Instant?,
        tags: [Tag]
    ) async throws -> Run {
        let number = try TrackingRules.experimentID(id)
        let checked = try tags.map(Self.checkedNewTag)
        let tagged = checked.last { $0.key == Self.nameTag }?.value
        let given = name.flatMap { $0.isEmpty ? nil : $0 }
        if let given, let tagged, given != tagged {
            throw ServiceError.invalid("the run's name '\(given)' and its tag \(Self.nameTag) '\(tagged)' differ")
        }
        let name = given ?? tagged ?? RunName.random(runtime.random)
        try TrackingRules.checkLength(name, TrackingRules.longestRunTag, "the run's name")
        try TrackingRules.checkLength(user, TrackingRules.longestUser, "the user's name")
        let runID = runtime.newRandomID()
        let start = startedAt ?? runtime.now()
        return try await write { writer in
            let experiment = try Self.requireActiveExperiment(number, in: writer)
            let info = RunInfo(
                id: runID,
                experiment: number,
                name: name,
                user: user,
                status: .running,
                startedAt: start,
                artifactURI: "\(experiment.artifactLocation)/\(runID)/artifacts"
            )
            let row = try RunTable.insert(info, in: writer)
            let nameTag = tagged == nil ? [Tag(key: Self.nameTag, value: name)] : []
            try RunData.setTags(checked + nameTag, on: row, in: writer)
            // A run is made with nothing but its tags: reading it back would cost more than storing it.
            var run = Run(info: info)
            run.tags = Self.stored(checked + nameTag)
            return run
        }
    }

    /// The run with all that was logged to it, deleted or not.
    package func run(_ caller: Caller, id: String) async throws -> Run {
        try TrackingRules.checkID(id, "run")
        return try await read { try Self.loaded(id, in: $0) }
    }

    /// Changes an active run's status, end or name.
    package func updateRun(
        _ caller: Caller,
        id: String,
        status: RunStatus?,
        endedAt: Instant?,
        name: String?
    ) async throws -> RunInfo {
        try TrackingRules.checkID(id, "run")
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        if let name { try TrackingRules.checkLength(name, TrackingRules.longestRunTag, "the run's name") }
        return try await write { writer in
            let stored = try Self.requireRun(id, in: writer)
            guard !stored.info.isDeleted else { throw Self.deleted(id) }
            var info = stored.info
            info.status = status ?? info.status
            info.endedAt = endedAt ?? info.endedAt
            info.name = name ?? info.name
            try RunTable.update(stored, to: info, in: writer)
            if let name { try RunData.setTags([Tag(key: Self.nameTag, value: name)], on: stored.number, in: writer) }
            return info
        }
    }

    /// Deletes or restores a run; doing it twice is fine.
    package func setRunDeleted(_ caller: Caller, id: String, _ isDeleted: Bool) async throws {
        try TrackingRules.checkID(id, "run")
        let now = runtime.now()
        try await write { writer in
            let stored = try Self.requireRun(id, in: writer)
            if !isDeleted { try Self.refuseIfInPurge(.run, id, in: writer) }
            try RunTable.setDeleted(isDeleted, stored.number, at: now, in: writer)
        }
    }

    /// One page of the runs that pass a filter; no experiments means no runs.
    package func searchRuns(
        _ caller: Caller,
        experiments: [String],
        filter: String,
        orderBy: [String],
        view: LifecycleView,
        limit: Int64,
        offset: Int64
    ) async throws -> Page<Run> {
        try TrackingRules.checkPageSize(limit, most: 50_000)
        let ids = try TrackingRules.experimentIDs(experiments)
        let filter = try Self.filter(filter, .runs)
        let order = try Self.order(orderBy, .runs)
        guard !ids.isEmpty else { return Page(items: [], hasMore: false) }
        return try await read { reader in
            let found = try RunTable.search(
                experiments: ids,
                filter,
                order: order,
                view: view,
                limit: limit + 1,
                offset: offset,
                in: reader
            )
            let page = Self.page(found, limit: limit)
            return Page(items: try RunData.load(page.items, in: reader), hasMore: page.hasMore)
        }
    }

    static func requireRun(_ id: String, in reader: any SQLReader) throws -> StoredRun {
        guard let run = try RunTable.find(id, in: reader) else {
            throw ServiceError.notFound("there is no run with id '\(id.prefix(80))'")
        }
        return run
    }

    static func deleted(_ id: String) -> ServiceError {
        .invalid("run '\(id)' is deleted and takes no changes: restore it first")
    }

    /// Tags as they are read back: of a key that stands twice the last, sorted by key.
    private static func stored(_ tags: [Tag]) -> [Tag] {
        var values: [ExactText: String] = [:]
        for tag in tags { values[ExactText(tag.key)] = tag.value }
        return values.map { Tag(key: $0.key.text, value: $0.value) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private static func loaded(_ id: String, in reader: any SQLReader) throws -> Run {
        let stored = try requireRun(id, in: reader)
        return try RunData.load([stored], in: reader).first ?? Run(info: stored.info)
    }
}
