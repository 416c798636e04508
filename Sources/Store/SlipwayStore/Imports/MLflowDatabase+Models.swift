package import SlipwayDomain

extension MLflowDatabase {
    /// One page of logged models with params, tags and the points about them; `artifactURI` is the one there.
    package func loggedModels(
        after position: Int64,
        limit: Int,
        since: Instant?,
        in reader: any SQLReader
    ) throws(StoreError) -> MLflowPage<LoggedModel> {
        guard has("logged_models") else { return MLflowPage(items: [], next: nil) }
        let rows = try reader.rows(
            "\(selectModels) AND m.rowid > ? AND m.creation_timestamp_ms >= ? ORDER BY m.rowid LIMIT ?",
            [.integer(position), .integer(since?.milliseconds ?? Int64.min), .integer(limit)]
        )
        return MLflowPage(
            items: try whole(rows, in: reader),
            next: rows.count < limit ? nil : rows.last?.integer(0)
        )
    }

    /// The logged models of these ids.
    package func loggedModels(named ids: [String], in reader: any SQLReader) throws(StoreError) -> [LoggedModel] {
        guard has("logged_models"), !ids.isEmpty else { return [] }
        let list = SQLList(ids.map(SQLValue.text))
        let sql = "\(selectModels) AND m.model_id IN (\(list.marks)) ORDER BY m.rowid"
        return try whole(reader.rows(sql, list.values), in: reader)
    }

    private var selectModels: String {
        """
        SELECT m.rowid, m.model_id, m.experiment_id, m.name, m.model_type, m.source_run_id, m.status,
            m.artifact_location, m.creation_timestamp_ms, m.last_updated_timestamp_ms, m.lifecycle_stage
        FROM logged_models m JOIN experiments e ON e.experiment_id = m.experiment_id
        WHERE \(inDefaultWorkspace("experiments", "e"))
        """
    }

    private func whole(_ rows: [SQLRow], in reader: any SQLReader) throws(StoreError) -> [LoggedModel] {
        var models = rows.map(Self.model)
        let ids = models.map(\.id)
        let params = try grouped(
            "SELECT model_id, param_key, param_value FROM logged_model_params",
            owner: "model_id",
            ids,
            order: "model_id, param_key",
            in: reader,
            tag
        )
        let tags = try grouped(
            "SELECT model_id, tag_key, tag_value FROM logged_model_tags",
            owner: "model_id",
            ids,
            order: "model_id, tag_key",
            in: reader,
            tag
        )
        let metrics = try grouped(
            """
            SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, run_id, dataset_name,
                dataset_digest
            FROM logged_model_metrics
            """,
            owner: "model_id",
            ids,
            order: "model_id, metric_name, metric_timestamp_ms, metric_step, run_id",
            in: reader,
            Self.metric
        )
        for index in models.indices {
            models[index].params = params[ids[index]] ?? []
            models[index].tags = tags[ids[index]] ?? []
            models[index].metrics = metrics[ids[index]] ?? []
        }
        return models
    }

    private static func model(_ row: SQLRow) -> LoggedModel {
        let run = row.text(5)
        var model = LoggedModel(
            id: row.text(1),
            experiment: row.integer(2),
            name: row.text(3),
            type: row.text(4),
            sourceRun: run.isEmpty ? nil : run,
            // The numbers of protobuf's LoggedModelStatus.
            status: [2: .ready, 3: .uploadFailed][row.integer(6)] ?? .pending,
            artifactURI: row.text(7),
            createdAt: Instant(milliseconds: row.integer(8)),
            updatedAt: Instant(milliseconds: row.integer(9))
        )
        model.isDeleted = row.text(10) == "deleted"
        return model
    }

    private static func metric(_ row: SQLRow) -> MetricPoint {
        MetricPoint(
            key: row.text(1),
            // Not a number is NULL in this table.
            value: row.optionalReal(2) ?? .nan,
            timestamp: row.integer(3),
            step: row.integer(4),
            model: row.text(0),
            datasetName: row.optionalText(6),
            datasetDigest: row.optionalText(7),
            run: row.text(5)
        )
    }

    /// All registered models, prompts too.
    package func registeredModels(in reader: any SQLReader) throws(StoreError) -> [ImportedModel] {
        guard has("registered_models") else { return [] }
        var tags: [String: [Tag]] = [:]
        if has("registered_model_tags") {
            let own = inDefaultWorkspace("registered_model_tags", "t")
            for row in try reader.rows(
                "SELECT t.name, t.key, t.value FROM registered_model_tags t WHERE \(own) ORDER BY t.key"
            ) {
                tags[row.text(0), default: []].append(tag(row))
            }
        }
        return try reader.rows(
            """
            SELECT m.name, m.description, m.creation_time, m.last_updated_time FROM registered_models m
            WHERE \(inDefaultWorkspace("registered_models", "m")) ORDER BY m.name
            """
        ).map { row in
            ImportedModel(
                name: row.text(0),
                description: row.optionalText(1),
                createdAt: Instant(milliseconds: row.integer(2)),
                updatedAt: Instant(milliseconds: row.optionalInteger(3) ?? row.integer(2)),
                tags: tags[row.text(0)] ?? []
            )
        }
    }

    /// The versions of a registered model with tags and aliases; where its files are is told beside it.
    package func versions(
        of model: String,
        in reader: any SQLReader
    ) throws(StoreError) -> [(version: ImportedVersion, storage: String?)] {
        guard has("model_versions") else { return [] }
        var tags: [Int64: [Tag]] = [:]
        if has("model_version_tags") {
            let own = inDefaultWorkspace("model_version_tags", "t")
            for row in try reader.rows(
                "SELECT t.version, t.key, t.value FROM model_version_tags t WHERE t.name = ? AND \(own) ORDER BY t.key",
                [.text(model)]
            ) {
                tags[row.integer(0), default: []].append(tag(row))
            }
        }
        var aliases: [Int64: [String]] = [:]
        if has("registered_model_aliases") {
            let own = inDefaultWorkspace("registered_model_aliases", "a")
            for row in try reader.rows(
                "SELECT a.version, a.alias FROM registered_model_aliases a WHERE a.name = ? AND \(own) ORDER BY a.alias",
                [.text(model)]
            ) {
                aliases[row.integer(0), default: []].append(row.text(1))
            }
        }
        return try reader.rows(
            """
            SELECT v.version, v.description, v.source, v.run_id, \(column("model_versions", "v", "run_link")),
                v.current_stage, v.creation_time, v.last_updated_time,
                \(column("model_versions", "v", "storage_location"))
            FROM model_versions v
            WHERE v.name = ? AND v.current_stage <> 'Deleted_Internal'
                AND \(inDefaultWorkspace("model_versions", "v"))
            ORDER BY v.version
            """,
            [.text(model)]
        ).map { row in
            let version = ImportedVersion(
                model: model,
                version: row.integer(0),
                description: row.text(1),
                source: row.text(2),
                folder: nil,
                runID: row.text(3),
                runLink: row.text(4),
                stage: row.text(5),
                createdAt: Instant(milliseconds: row.integer(6)),
                updatedAt: Instant(milliseconds: row.optionalInteger(7) ?? row.integer(6)),
                tags: tags[row.integer(0)] ?? [],
                aliases: aliases[row.integer(0)] ?? []
            )
            return (version, row.optionalText(8))
        }
    }
}
