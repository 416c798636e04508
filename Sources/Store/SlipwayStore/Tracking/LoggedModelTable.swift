package import SlipwayDomain

/// Logged models.
package enum LoggedModelTable {
    private static let columns = """
        m.number, m.id, m.experiment, m.name, m.model_type, m.source_run, m.status, m.artifact_uri, m.created_at, \
        m.updated_at, m.is_deleted
        """

    private static func model(_ row: SQLRow) -> (number: Int64, model: LoggedModel) {
        var model = LoggedModel(
            id: row.text(1),
            experiment: row.integer(2),
            name: row.text(3),
            type: row.text(4),
            sourceRun: row.optionalText(5),
            status: LoggedModelStatus(rawValue: row.text(6)) ?? .pending,
            artifactURI: row.text(7),
            createdAt: Instant(milliseconds: row.integer(8)),
            updatedAt: Instant(milliseconds: row.integer(9))
        )
        model.isDeleted = row.bool(10)
        return (row.integer(0), model)
    }

    /// The model with its params, tags and metrics, deleted or not.
    package static func find(_ id: String, in reader: some SQLReader) throws(StoreError) -> LoggedModel? {
        guard let row = try reader.row("SELECT \(columns) FROM logged_models m WHERE m.id = ?", [.text(id)]) else {
            return nil
        }
        return try withData([model(row)], in: reader).first
    }

    /// The model's number, unless it is deleted.
    package static func number(of id: String, in reader: some SQLReader) throws(StoreError) -> Int64? {
        try reader.row("SELECT number FROM logged_models WHERE id = ? AND is_deleted = 0", [.text(id)])?.integer(0)
    }

    /// Stores a new model with its params and tags.
    package static func insert(_ model: LoggedModel, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO logged_models
                (id, experiment, name, model_type, source_run, status, artifact_uri, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(model.id), .integer(model.experiment), .text(model.name), .text(model.type),
                .optional(model.sourceRun), .text(model.status.rawValue), .text(model.artifactURI),
                .integer(model.createdAt.milliseconds), .integer(model.updatedAt.milliseconds),
            ]
        )
        guard let number = try number(of: model.id, in: writer) else {
            throw .corrupt("the logged model just written cannot be read")
        }
        try addParams(model.params, to: number, in: writer)
        try setTags(model.tags, on: number, in: writer)
    }

    /// Sets how far the model's files have come.
    package static func setStatus(
        _ status: LoggedModelStatus,
        of number: Int64,
        at time: Instant,
        in writer: some SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "UPDATE logged_models SET status = ?, updated_at = ? WHERE number = ?",
            [.text(status.rawValue), .integer(time.milliseconds), .integer(number)]
        )
    }

    /// Marks the model as deleted.
    package static func delete(_ number: Int64, at time: Instant, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            "UPDATE logged_models SET is_deleted = 1, deleted_at = ?, updated_at = ? WHERE number = ?",
            [.integer(time.milliseconds), .integer(time.milliseconds), .integer(number)]
        )
    }

    /// Stores params; one that is there with the same value stays, another value breaks the rule.
    package static func addParams(_ params: [Tag], to number: Int64, in writer: some SQLWriter) throws(StoreError) {
        for param in params {
            let added = try writer.execute(
                "INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.integer(number), .text(param.key), .text(param.value)]
            )
            guard added == 0 else { continue }
            let row = try writer.row(
                "SELECT value FROM logged_model_params WHERE model = ? AND key = ?",
                [.integer(number), .text(param.key)]
            )
            if row?.text(0) != param.value { throw .constraint("the param '\(param.key)' has another value") }
        }
    }

    /// Sets tags; of a key that stands twice the last wins.
    package static func setTags(_ tags: [Tag], on number: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.executeEach(
            """
            INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?)
            ON CONFLICT (model, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.integer(number), .text($0.key), .text($0.value)] }
        )
    }

    /// Removes one tag; tells whether there was one.
    package static func removeTag(
        _ key: String,
        from number: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) -> Bool {
        try writer.execute(
            "DELETE FROM logged_model_tags WHERE model = ? AND key = ?",
            [.integer(number), .text(key)]
        ) > 0
    }

    /// One page of the models that pass the filter; ties go to the newer, then to the smaller identifier.
    package static func search(
        experiments: [Int64],
        _ filter: SearchFilter,
        datasets: [SearchDataset],
        order: [SearchOrder],
        limit: Int64,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [LoggedModel] {
        var query = SearchQuery(.loggedModels)
        query.require("m.experiment", in: experiments.map { .integer($0) })
        query.require(view: .active, column: "m.is_deleted")
        query.require(filter, on: datasets)
        // Data sets alone ask for the models that have any metric on one of them.
        if let places = SearchDataset.test(datasets), !filter.conditions.contains(where: { $0.field.entity == .metric })
        {
            query.require(
                "EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model = m.number AND \(places.sql))",
                places.arguments
            )
        }
        query.order(by: order)
        query.orderLast("m.created_at DESC")
        query.orderLast("m.id ASC")
        let (sql, arguments) = query.select(columns, limit: limit, offset: offset)
        return try withData(try reader.rows(sql, arguments).map(model), in: reader)
    }

    private static func withData(
        _ models: [(number: Int64, model: LoggedModel)],
        in reader: some SQLReader
    ) throws(StoreError) -> [LoggedModel] {
        let numbers = models.map(\.number)
        let params = try TagRows.read("logged_model_params", owner: "model", numbers, in: reader)
        let tags = try TagRows.read("logged_model_tags", owner: "model", numbers, in: reader)
        let metrics = try MetricTable.points(ofModels: numbers, in: reader)
        return models.map { number, model in
            var model = model
            model.params = params[number] ?? []
            model.tags = tags[number] ?? []
            model.metrics = metrics[number] ?? []
            return model
        }
    }
}
