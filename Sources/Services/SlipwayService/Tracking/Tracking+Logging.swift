package import SlipwayDomain
internal import SlipwayStore

/// What one request logs to one run.
package struct LogBatch: Sendable {
    package var metrics: [MetricPoint]
    package var params: [Tag]
    package var tags: [Tag]

    package init(metrics: [MetricPoint] = [], params: [Tag] = [], tags: [Tag] = []) {
        self.metrics = metrics
        self.params = params
        self.tags = tags
    }
}

extension Tracking {
    /// Logs metrics, params and tags to an active run: all of them or, when one is refused, none.
    package func log(_ caller: Caller, run id: String, _ batch: LogBatch) async throws {
        try TrackingRules.checkID(id, "run")
        let batch = try Self.checked(batch)
        try await write { writer in
            let run = try Self.requireActiveRun(id, in: writer)
            if let changed = try RunData.addParams(batch.params, to: run, in: writer) {
                throw ServiceError.invalid(
                    """
                    Changing param values is not allowed: param '\(changed.new.key)' of run '\(id)' is \
                    '\(changed.old.prefix(200))' already, and '\(changed.new.value.prefix(200))' was sent
                    """
                )
            }
            try MetricTable.add(batch.metrics, to: run, in: writer)
            try Self.addModelMetrics(batch.metrics, to: run, in: writer)
            try RunData.setTags(batch.tags, on: run, in: writer)
            if let name = batch.tags.last(where: { $0.key == Self.nameTag })?.value {
                try RunTable.rename(run, to: name, in: writer)
            }
        }
    }

    /// Removes one tag of an active run.
    package func removeTag(_ caller: Caller, run id: String, key: String) async throws {
        try TrackingRules.checkID(id, "run")
        try await write { writer in
            let run = try Self.requireActiveRun(id, in: writer)
            guard try RunData.removeTag(key, from: run, in: writer) else {
                throw ServiceError.notFound("run '\(id)' has no tag '\(key.prefix(80))'")
            }
        }
    }

    /// Notes which data sets and logged models an active run read.
    package func logInputs(
        _ caller: Caller,
        run id: String,
        datasets: [DatasetInput],
        models: [String]
    ) async throws {
        try TrackingRules.checkID(id, "run")
        guard datasets.count <= TrackingRules.mostDatasets else {
            throw ServiceError.invalid("one request takes at most \(TrackingRules.mostDatasets) data sets")
        }
        for dataset in datasets { try Self.check(dataset) }
        for model in models { try TrackingRules.checkID(model, "model") }
        try await write { writer in
            let run = try Self.requireRun(id, in: writer)
            guard !run.info.isDeleted else { throw Self.deleted(id) }
            try RunInputTable.addDatasets(
                datasets,
                to: run.number,
                experiment: run.info.experiment,
                in: writer
            )
            try RunInputTable.addModels(models, to: run.number, in: writer)
        }
    }

    /// Notes which logged models an active run made.
    package func logOutputs(_ caller: Caller, run id: String, _ outputs: [ModelOutput]) async throws {
        try TrackingRules.checkID(id, "run")
        for output in outputs { try TrackingRules.checkID(output.model, "model") }
        try await write { writer in
            let run = try Self.requireActiveRun(id, in: writer)
            try RunInputTable.addOutputs(outputs, to: run, in: writer)
        }
    }

    static func checkedTag(_ tag: Tag) throws(ServiceError) -> Tag {
        try TrackingRules.checkKey(tag.key, "tag")
        return Tag(key: tag.key, value: TrackingRules.cut(tag.value, to: TrackingRules.longestRunTag))
    }

    /// A tag that comes with a new run, where MLflow looks at no key.
    static func checkedNewTag(_ tag: Tag) throws(ServiceError) -> Tag {
        try TrackingRules.checkAnyKey(tag.key, "tag")
        return Tag(key: tag.key, value: TrackingRules.cut(tag.value, to: TrackingRules.longestRunTag))
    }

    private static func requireActiveRun(_ id: String, in reader: any SQLReader) throws -> Int64 {
        guard let run = try RunTable.number(of: id, in: reader) else {
            throw ServiceError.notFound("there is no run with id '\(id.prefix(80))'")
        }
        guard !run.isDeleted else { throw deleted(id) }
        return run.number
    }

    /// The batch with overlong values cut, after all its limits are checked.
    private static func checked(_ batch: LogBatch) throws(ServiceError) -> LogBatch {
        guard batch.metrics.count <= TrackingRules.mostMetrics, batch.params.count <= TrackingRules.mostParams,
            batch.tags.count <= TrackingRules.mostTags,
            batch.metrics.count + batch.params.count + batch.tags.count <= TrackingRules.mostInBatch
        else {
            throw .invalid("a batch takes at most 1000 metrics, 100 params and 100 tags, and 1000 of all together")
        }
        // Points of one metric mostly stand together, so each key is checked once.
        var checkedKey: String?
        for point in batch.metrics {
            if checkedKey?.isExactly(point.key) != true { try TrackingRules.checkKey(point.key, "metric") }
            checkedKey = point.key
            try TrackingRules.checkTime(point)
        }
        var batch = batch
        var keys: Set<ExactText> = []
        for index in batch.params.indices {
            let param = batch.params[index]
            try TrackingRules.checkKey(param.key, "param")
            guard keys.insert(ExactText(param.key)).inserted else {
                throw .invalid("the param '\(param.key)' stands twice in one batch")
            }
            batch.params[index].value = TrackingRules.cut(param.value, to: TrackingRules.longestParam)
        }
        for index in batch.tags.indices { batch.tags[index] = try checkedTag(batch.tags[index]) }
        return batch
    }

    /// Points that name a logged model are stored beside that model too.
    private static func addModelMetrics(_ points: [MetricPoint], to run: Int64, in writer: any SQLWriter) throws {
        guard points.contains(where: { $0.model != nil }) else { return }
        for (id, group) in Dictionary(grouping: points, by: \.model).sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
            guard let id else { continue }
            guard let model = try LoggedModelTable.number(of: id, in: writer) else {
                throw ServiceError.notFound("there is no logged model with id '\(id.prefix(80))'")
            }
            try MetricTable.add(group, to: run, model: model, in: writer)
        }
    }

    private static func check(_ dataset: DatasetInput) throws(ServiceError) {
        guard !dataset.name.isEmpty else { throw .invalid("a data set needs a name") }
        try TrackingRules.checkLength(dataset.name, 500, "the data set's name")
        try TrackingRules.checkLength(dataset.digest, 36, "the data set's digest")
        try TrackingRules.checkLength(dataset.source, 65_535, "the data set's source")
        try TrackingRules.checkLength(dataset.schema ?? "", 1_048_575, "the data set's schema")
        try TrackingRules.checkLength(dataset.profile ?? "", 16_777_215, "the data set's profile")
        for tag in dataset.tags {
            guard !tag.key.isEmpty else { throw .invalid("a data set's tag needs a key") }
            try TrackingRules.checkLength(tag.key, 255, "the key of a data set's tag")
            try TrackingRules.checkLength(tag.value, 500, "the value of a data set's tag")
        }
    }
}
