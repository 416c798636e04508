package import SlipwayDomain
internal import SlipwayStore

/// One item of the order of a search for logged models.
package struct LoggedModelOrder: Sendable, Equatable {
    package let field: String
    package let isAscending: Bool
    /// The data set on which the metric counts, by name and digest; each may be left out.
    package let datasetName: String?
    package let datasetDigest: String?

    package init(field: String, isAscending: Bool, datasetName: String? = nil, datasetDigest: String? = nil) {
        self.field = field
        self.isAscending = isAscending
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
    }
}

extension Tracking {
    /// Makes a logged model whose files are still to come.
    package func createLoggedModel(
        _ caller: Caller,
        experiment id: String,
        name: String?,
        type: String,
        sourceRun: String?,
        params: [Tag],
        tags: [Tag]
    ) async throws -> LoggedModel {
        let number = try TrackingRules.experimentID(id)
        let name = try Self.checkedModelName(name) ?? RunName.random(runtime.random)
        try TrackingRules.checkLength(type, 500, "the model's type")
        if let sourceRun { try TrackingRules.checkID(sourceRun, "run") }
        let params = try Self.checkedParams(params)
        let tags = try tags.map(Self.checkedTag)
        let modelID = "m-" + runtime.newRandomID()
        let now = runtime.now()
        return try await write { writer in
            let experiment = try Self.requireActiveExperiment(number, in: writer)
            var model = LoggedModel(
                id: modelID,
                experiment: number,
                name: name,
                type: type,
                sourceRun: sourceRun,
                status: .pending,
                artifactURI: "\(experiment.artifactLocation)/models/\(modelID)/artifacts",
                createdAt: now,
                updatedAt: now
            )
            model.params = params
            model.tags = tags
            try LoggedModelTable.insert(model, in: writer)
            return try Self.requireModel(modelID, in: writer)
        }
    }

    /// The logged model, unless it is deleted.
    package func loggedModel(_ caller: Caller, id: String) async throws -> LoggedModel {
        try await read { try Self.requireModel(id, in: $0) }
    }

    /// Says that the files of a logged model are there, or will not come.
    package func finishLoggedModel(
        _ caller: Caller,
        id: String,
        status: LoggedModelStatus
    ) async throws -> LoggedModel {
        let now = runtime.now()
        return try await write { writer in
            try LoggedModelTable.setStatus(
                status,
                of: try Self.requireModelNumber(id, in: writer),
                at: now,
                in: writer
            )
            return try Self.requireModel(id, in: writer)
        }
    }

    /// Deletes a logged model; its files stay.
    package func deleteLoggedModel(_ caller: Caller, id: String) async throws {
        let now = runtime.now()
        try await write { writer in
            try LoggedModelTable.delete(try Self.requireModelNumber(id, in: writer), at: now, in: writer)
        }
    }

    /// Adds params; one that has another value already is refused with all of them.
    package func addLoggedModelParams(_ caller: Caller, id: String, _ params: [Tag]) async throws {
        let params = try Self.checkedParams(params)
        try await write { writer in
            let number = try Self.requireModelNumber(id, in: writer)
            do throws(StoreError) {
                try LoggedModelTable.addParams(params, to: number, in: writer)
            } catch .constraint(let reason) {
                throw ServiceError.invalid("Changing param values is not allowed: \(reason)")
            }
        }
    }

    /// Sets tags of a logged model.
    package func setLoggedModelTags(_ caller: Caller, id: String, _ tags: [Tag]) async throws {
        let tags = try tags.map(Self.checkedTag)
        try await write { writer in
            try LoggedModelTable.setTags(tags, on: try Self.requireModelNumber(id, in: writer), in: writer)
        }
    }

    /// Removes one tag of a logged model.
    package func removeLoggedModelTag(_ caller: Caller, id: String, key: String) async throws {
        try await write { writer in
            let number = try Self.requireModelNumber(id, in: writer)
            guard try LoggedModelTable.removeTag(key, from: number, in: writer) else {
                throw ServiceError.notFound("logged model '\(id)' has no tag '\(key.prefix(80))'")
            }
        }
    }

    /// One page of the active logged models that pass a filter.
    package func searchLoggedModels(
        _ caller: Caller,
        experiments: [String],
        filter: String,
        datasets: [SearchDataset] = [],
        orderBy: [LoggedModelOrder],
        limit: Int64,
        offset: Int64
    ) async throws -> Page<LoggedModel> {
        try TrackingRules.checkPageSize(limit, most: Int64(Int32.max))
        let ids = try TrackingRules.experimentIDs(experiments)
        let filter = try Self.filter(filter, .loggedModels)
        guard datasets.count <= 100 else { throw ServiceError.invalid("datasets names more than 100 data sets") }
        let order = try orderBy.map(Self.order)
        guard !ids.isEmpty else { return Page(items: [], hasMore: false) }
        return try await read { reader in
            let found = try LoggedModelTable.search(
                experiments: ids,
                filter,
                datasets: datasets,
                order: order,
                limit: limit + 1,
                offset: offset,
                in: reader
            )
            return Self.page(found, limit: limit)
        }
    }

    private static func order(_ item: LoggedModelOrder) throws(ServiceError) -> SearchOrder {
        var order = try order(item.field, .loggedModels, isAscending: item.isAscending)
        guard item.datasetName != nil || item.datasetDigest != nil else { return order }
        guard order.field.entity == .metric, let name = item.datasetName else {
            throw .invalid(
                "an order by '\(item.field.prefix(200))' takes a data set for a metric only, and by its name"
            )
        }
        order.dataset = SearchDataset(name: name, digest: item.datasetDigest)
        return order
    }

    private static func requireModel(_ id: String, in reader: any SQLReader) throws -> LoggedModel {
        guard let model = try LoggedModelTable.find(id, in: reader), !model.isDeleted else {
            throw ServiceError.notFound("there is no logged model with id '\(id.prefix(80))'")
        }
        return model
    }

    private static func requireModelNumber(_ id: String, in reader: any SQLReader) throws -> Int64 {
        guard let number = try LoggedModelTable.number(of: id, in: reader) else {
            throw ServiceError.notFound("there is no logged model with id '\(id.prefix(80))'")
        }
        return number
    }

    private static func checkedModelName(_ name: String?) throws(ServiceError) -> String? {
        guard let name else { return nil }
        guard !name.isEmpty, !name.unicodeScalars.contains(where: { "/:.%\"'".unicodeScalars.contains($0) }) else {
            throw .invalid("a logged model's name must not be empty and must not hold / : . % \" or '")
        }
        try TrackingRules.checkLength(name, TrackingRules.longestName, "the model's name")
        return name
    }

    private static func checkedParams(_ params: [Tag]) throws(ServiceError) -> [Tag] {
        var keys: Set<ExactText> = []
        var checked: [Tag] = []
        for param in params {
            try TrackingRules.checkKey(param.key, "param")
            guard keys.insert(ExactText(param.key)).inserted else {
                throw .invalid("the param '\(param.key)' stands twice")
            }
            checked.append(
                Tag(key: param.key, value: TrackingRules.cut(param.value, to: TrackingRules.longestParam))
            )
        }
        return checked
    }
}
