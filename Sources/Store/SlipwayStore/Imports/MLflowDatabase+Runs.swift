package import SlipwayDomain

/// A run as MLflow's database has it, and how many points its metrics have.
package struct MLflowRun: Sendable {
    package let run: Run
    package let points: Int64
}

extension MLflowDatabase {
    /// One page of runs, deleted ones too, in the order in which they were made; `artifactURI` is the one there.
    package func runs(
        after position: Int64,
        limit: Int,
        since: Instant?,
        in reader: any SQLReader
    ) throws(StoreError) -> MLflowPage<MLflowRun> {
        let rows = try reader.rows(
            "\(selectRuns) AND r.rowid > ? AND COALESCE(r.start_time, 0) >= ? ORDER BY r.rowid LIMIT ?",
            [.integer(position), .integer(since?.milliseconds ?? Int64.min), .integer(limit)]
        )
        return MLflowPage(
            items: try whole(rows, in: reader),
            next: rows.count < limit ? nil : rows.last?.integer(0)
        )
    }

    /// The runs of these ids.
    package func runs(named ids: [String], in reader: any SQLReader) throws(StoreError) -> [MLflowRun] {
        guard !ids.isEmpty else { return [] }
        let list = SQLList(ids.map(SQLValue.text))
        let sql = "\(selectRuns) AND r.run_uuid IN (\(list.marks)) ORDER BY r.rowid"
        return try whole(reader.rows(sql, list.values), in: reader)
    }

    private var selectRuns: String {
        """
        SELECT r.rowid, r.run_uuid, r.experiment_id, \(column("runs", "r", "name")), r.user_id, r.status,
            r.start_time, r.end_time, r.artifact_uri, r.lifecycle_stage
        FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id
        WHERE \(inDefaultWorkspace("experiments", "e"))
        """
    }

    private func whole(_ rows: [SQLRow], in reader: any SQLReader) throws(StoreError) -> [MLflowRun] {
        var runs = rows.map(Self.run)
        let ids = runs.map(\.info.id)
        let params = try grouped(
            "SELECT run_uuid, key, value FROM params",
            owner: "run_uuid",
            ids,
            order: "run_uuid, key",
            in: reader,
            tag
        )
        let tags = try grouped(
            "SELECT run_uuid, key, value FROM tags",
            owner: "run_uuid",
            ids,
            order: "run_uuid, key",
            in: reader,
            tag
        )
        let datasets = try datasets(of: ids, in: reader)
        let (inputs, outputs) = try models(of: ids, in: reader)
        let counts = try grouped(
            "SELECT run_uuid, COUNT(*) FROM metrics",
            owner: "run_uuid",
            ids,
            order: "1",
            grouping: "run_uuid",
            in: reader
        )
        for index in runs.indices {
            let id = ids[index]
            runs[index].params = params[id] ?? []
            runs[index].tags = tags[id] ?? []
            runs[index].datasets = datasets[id] ?? []
            runs[index].modelInputs = inputs[id] ?? []
            runs[index].modelOutputs = outputs[id] ?? []
            if runs[index].info.name.isEmpty {
                runs[index].info.name = runs[index].tags.first { $0.key == "mlflow.runName" }?.value ?? id
            }
        }
        return runs.map { MLflowRun(run: $0, points: counts[$0.info.id] ?? 0) }
    }

    private static func run(_ row: SQLRow) -> Run {
        Run(
            info: RunInfo(
                id: row.text(1),
                experiment: row.integer(2),
                name: row.text(3),
                user: row.text(4),
                status: RunStatus(rawValue: row.text(5)) ?? .running,
                startedAt: Instant(milliseconds: row.integer(6)),
                endedAt: row.optionalInteger(7).map { Instant(milliseconds: $0) },
                artifactURI: row.text(8),
                isDeleted: row.text(9) == "deleted"
            )
        )
    }

    private func grouped(
        _ select: String,
        owner: String,
        _ owners: [String],
        order: String,
        grouping: String,
        in reader: any SQLReader
    ) throws(StoreError) -> [String: Int64] {
        guard !owners.isEmpty else { return [:] }
        let list = SQLList(owners.map(SQLValue.text))
        var counts: [String: Int64] = [:]
        let sql = "\(select) WHERE \(owner) IN (\(list.marks)) GROUP BY \(grouping)"
        for row in try reader.rows(sql, list.values) { counts[row.text(0)] = row.integer(1) }
        return counts
    }

    /// Points of one run in the order in which they were logged, each metric's together.
    package func points(
        of run: String,
        after position: Int64,
        limit: Int,
        in reader: any SQLReader
    ) throws(StoreError) -> MLflowPage<ImportedPoints> {
        let rows = try reader.rows(
            """
            SELECT rowid, key, value, is_nan, timestamp, step FROM metrics
            WHERE run_uuid = ? AND rowid > ? ORDER BY rowid LIMIT ?
            """,
            [.text(run), .integer(position), .integer(limit)]
        )
        var places: [ExactText: Int] = [:]
        var groups: [ImportedPoints] = []
        for row in rows {
            let key = row.text(1)
            let point = MetricPoint(
                key: key,
                value: row.bool(3) ? .nan : row.real(2),
                timestamp: row.integer(4),
                step: row.integer(5)
            )
            if let place = places[ExactText(key)] {
                groups[place].points.append(point)
            } else {
                places[ExactText(key)] = groups.count
                groups.append(ImportedPoints(run: run, key: key, points: [point]))
            }
        }
        return MLflowPage(items: groups, next: rows.count < limit ? nil : rows.last?.integer(0))
    }

    private func datasets(
        of runs: [String],
        in reader: any SQLReader
    ) throws(StoreError) -> [String: [DatasetInput]] {
        guard has("datasets"), has("inputs"), !runs.isEmpty else { return [:] }
        var tags: [String: [Tag]] = [:]
        if has("input_tags") {
            let list = SQLList(runs.map(SQLValue.text))
            let rows = try reader.rows(
                """
                SELECT t.input_uuid, t.name, t.value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid
                WHERE i.destination_type = 'RUN' AND i.destination_id IN (\(list.marks)) ORDER BY t.name
                """,
                list.values
            )
            for row in rows { tags[row.text(0), default: []].append(tag(row)) }
        }
        return try grouped(
            """
            SELECT i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source,
                d.dataset_schema, d.dataset_profile
            FROM inputs i JOIN datasets d ON i.source_type = 'DATASET' AND d.dataset_uuid = i.source_id
            """,
            owner: "i.destination_type = 'RUN' AND i.destination_id",
            runs,
            order: "i.destination_id, d.name, d.digest",
            in: reader
        ) { row in
            DatasetInput(
                name: row.text(2),
                digest: row.text(3),
                sourceType: row.text(4),
                source: row.text(5),
                schema: row.optionalText(6),
                profile: row.optionalText(7),
                tags: tags[row.text(1)] ?? []
            )
        }
    }

    /// The logged models that runs read and made.
    private func models(
        of runs: [String],
        in reader: any SQLReader
    ) throws(StoreError) -> (inputs: [String: [String]], outputs: [String: [ModelOutput]]) {
        guard has("inputs"), has("logged_models") else { return ([:], [:]) }
        let step = column("inputs", "i", "step", else: "0")
        let select = "SELECT i.source_id, i.destination_id, \(step) FROM inputs i"
        let inputs = try grouped(
            select,
            owner: "i.source_type = 'RUN_INPUT' AND i.source_id",
            runs,
            order: "i.source_id, i.destination_id",
            in: reader
        ) { $0.text(1) }
        let outputs = try grouped(
            select,
            owner: "i.source_type = 'RUN_OUTPUT' AND i.source_id",
            runs,
            order: "i.source_id, 3, i.destination_id",
            in: reader
        ) { ModelOutput(model: $0.text(1), step: $0.integer(2)) }
        return (inputs, outputs)
    }
}
