package import SlipwayDomain
internal import SlipwayStore

extension Tracking {
    /// Makes an experiment and returns its identifier.
    package func createExperiment(
        _ caller: Caller,
        name: String,
        artifactLocation: String?,
        tags: [Tag]
    ) async throws -> Int64 {
        try TrackingRules.checkExperimentName(name)
        if let artifactLocation { try TrackingRules.checkLocation(artifactLocation) }
        for tag in tags { try Self.checkExperimentTag(tag) }
        let now = runtime.now()
        return try await write { writer in
            if let other = try ExperimentTable.find(name: name, in: writer) {
                let hint =
                    other.isDeleted
                    ? "it is deleted: restore it, purge it, or choose another name" : "choose another name"
                throw ServiceError.alreadyExists("there is an experiment named '\(name)' already; \(hint)")
            }
            let id = try ExperimentTable.nextID(in: writer)
            let location = artifactLocation ?? "mlflow-artifacts:/\(id)"
            try ExperimentTable.insert(
                Experiment(
                    id: id,
                    name: name,
                    artifactLocation: location,
                    createdAt: now,
                    updatedAt: now,
                    tags: tags
                ),
                in: writer
            )
            return id
        }
    }

    /// The experiment, deleted or not.
    package func experiment(_ caller: Caller, id: String) async throws -> Experiment {
        let number = try TrackingRules.experimentID(id)
        return try await read { try Self.requireExperiment(number, in: $0) }
    }

    /// The experiment of that name, deleted or not.
    package func experiment(_ caller: Caller, name: String) async throws -> Experiment {
        try await read { reader in
            guard let experiment = try ExperimentTable.find(name: name, in: reader) else {
                throw ServiceError.notFound("there is no experiment named '\(name)'")
            }
            return experiment
        }
    }

    /// One page of the experiments that pass a filter.
    package func searchExperiments(
        _ caller: Caller,
        filter: String,
        orderBy: [String],
        view: LifecycleView,
        limit: Int64,
        offset: Int64
    ) async throws -> Page<Experiment> {
        try TrackingRules.checkPageSize(limit, most: 50_000)
        let filter = try Self.filter(filter, .experiments)
        let order = try Self.order(orderBy, .experiments)
        guard order.allSatisfy({ $0.field.entity == .attribute }) else {
            throw ServiceError.invalid(
                "experiments are ordered by name, experiment_id, creation_time or last_update_time"
            )
        }
        return try await read { reader in
            let found = try ExperimentTable.search(
                filter,
                order: order,
                view: view,
                limit: limit + 1,
                offset: offset,
                in: reader
            )
            return Self.page(found, limit: limit)
        }
    }

    /// Gives an active experiment another name.
    package func renameExperiment(_ caller: Caller, id: String, to name: String) async throws {
        let number = try TrackingRules.experimentID(id)
        try TrackingRules.checkExperimentName(name)
        let now = runtime.now()
        try await write { writer in
            let experiment = try Self.requireActiveExperiment(number, in: writer)
            if let other = try ExperimentTable.find(name: name, in: writer), other.id != experiment.id {
                throw ServiceError.alreadyExists("there is an experiment named '\(name)' already; choose another name")
            }
            try ExperimentTable.rename(number, to: name, at: now, in: writer)
        }
    }

    /// Deletes or restores an experiment with its runs; doing it twice is an error.
    package func setExperimentDeleted(_ caller: Caller, id: String, _ isDeleted: Bool) async throws {
        let number = try TrackingRules.experimentID(id)
        let now = runtime.now()
        try await write { writer in
            let experiment = try Self.requireExperiment(number, in: writer)
            guard experiment.isDeleted != isDeleted else {
                throw ServiceError.notFound(
                    "there is no \(isDeleted ? "active" : "deleted") experiment with id \(number)"
                )
            }
            if !isDeleted { try Self.refuseIfInPurge(.experiment, id, in: writer) }
            try ExperimentTable.setDeleted(isDeleted, number, at: now, in: writer)
        }
    }

    /// Sets one tag of an active experiment.
    package func setExperimentTag(_ caller: Caller, id: String, _ tag: Tag) async throws {
        let number = try TrackingRules.experimentID(id)
        try Self.checkExperimentTag(tag)
        try await write { writer in
            _ = try Self.requireActiveExperiment(number, in: writer)
            try ExperimentTable.setTag(tag, on: number, in: writer)
        }
    }

    /// Removes one tag of an active experiment.
    package func removeExperimentTag(_ caller: Caller, id: String, key: String) async throws {
        let number = try TrackingRules.experimentID(id)
        try await write { writer in
            _ = try Self.requireActiveExperiment(number, in: writer)
            guard try ExperimentTable.removeTag(key, from: number, in: writer) else {
                throw ServiceError.notFound("experiment \(number) has no tag '\(key.prefix(80))'")
            }
        }
    }

    private static func checkExperimentTag(_ tag: Tag) throws(ServiceError) {
        try TrackingRules.checkKey(tag.key, "tag")
        try TrackingRules.checkLength(
            tag.value,
            TrackingRules.longestExperimentTag,
            "the value of tag '\(tag.key)'"
        )
    }

    static func requireExperiment(_ id: Int64, in reader: any SQLReader) throws -> Experiment {
        guard let experiment = try ExperimentTable.find(id, in: reader) else {
            throw ServiceError.notFound("there is no experiment with id \(id)")
        }
        return experiment
    }

    /// What is being removed for good does not come back.
    static func refuseIfInPurge(_ kind: PurgeKind, _ id: String, in reader: any SQLReader) throws {
        guard try !PurgeTable.isMarked(kind, id: id, in: reader) else {
            throw ServiceError.conflict("'\(id)' is being removed for good and cannot be restored")
        }
    }

    static func requireActiveExperiment(_ id: Int64, in reader: any SQLReader) throws -> Experiment {
        let experiment = try requireExperiment(id, in: reader)
        guard !experiment.isDeleted else {
            throw ServiceError.invalid("experiment \(id) is deleted: restore it first")
        }
        return experiment
    }
}
