package import SlipwayDomain

/// The data sets and logged models that runs read, and the logged models that they made.
package enum RunInputTable {
    struct Inputs {
        var datasets: [Int64: [DatasetInput]] = [:]
        var models: [Int64: [String]] = [:]
        var outputs: [Int64: [ModelOutput]] = [:]
    }

    /// Notes that a run read data sets; a data set is known by its experiment, name and digest.
    package static func addDatasets(
        _ inputs: [DatasetInput],
        to run: Int64,
        experiment: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) {
        for input in inputs {
            let identity: [SQLValue] = [.integer(experiment), .text(input.name), .text(input.digest)]
            try writer.execute(
                """
                INSERT INTO datasets (experiment, name, digest, source_type, source, schema, profile)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment, name, digest) DO NOTHING
                """,
                identity + [
                    .text(input.sourceType), .text(input.source), .optional(input.schema), .optional(input.profile),
                ]
            )
            let row = try writer.row(
                "SELECT id FROM datasets WHERE experiment = ? AND name = ? AND digest = ?",
                identity
            )
            guard let dataset = row?[0] else { throw .corrupt("the data set just written cannot be read") }
            let added = try writer.execute(
                "INSERT INTO run_datasets (run, dataset) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.integer(run), dataset]
            )
            // What a run read stays as it was told first.
            guard added > 0 else { continue }
            try writer.executeEach(
                """
                INSERT INTO run_dataset_tags (run, dataset, key, value) VALUES (?, ?, ?, ?)
                ON CONFLICT (run, dataset, key) DO UPDATE SET value = excluded.value
                """,
                input.tags.map { [.integer(run), dataset, .text($0.key), .text($0.value)] }
            )
        }
    }

    /// Notes that a run read logged models.
    package static func addModels(_ models: [String], to run: Int64, in writer: some SQLWriter) throws(StoreError) {
        try writer.executeEach(
            "INSERT INTO run_model_inputs (run, model) VALUES (?, ?) ON CONFLICT DO NOTHING",
            models.map { [.integer(run), .text($0)] }
        )
    }

    /// Notes that a run made logged models.
    package static func addOutputs(_ outputs: [ModelOutput], to run: Int64, in writer: some SQLWriter)
        throws(StoreError)
    {
        try writer.executeEach(
            "INSERT INTO run_model_outputs (run, model, step) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            outputs.map { [.integer(run), .text($0.model), .integer($0.step)] }
        )
    }

    /// The data sets that runs of these experiments read, with the contexts in which they did; at most 1,000.
    package static func summaries(
        of experiments: [Int64],
        in reader: some SQLReader
    ) throws(StoreError) -> [DatasetSummary] {
        let list = SQLList(experiments.map { .integer($0) })
        return try reader.rows(
            """
            SELECT DISTINCT d.experiment, d.name, d.digest, t.value FROM datasets d \
            JOIN run_datasets x ON x.dataset = d.id \
            LEFT JOIN run_dataset_tags t ON t.run = x.run AND t.dataset = x.dataset AND t.key = 'mlflow.data.context' \
            WHERE d.experiment IN (\(list.marks)) ORDER BY d.experiment, d.name, d.digest, t.value LIMIT 1000
            """,
            list.values
        ).map {
            DatasetSummary(experiment: $0.integer(0), name: $0.text(1), digest: $0.text(2), context: $0.optionalText(3))
        }
    }

    static func read(_ runs: [Int64], in reader: some SQLReader) throws(StoreError) -> Inputs {
        var inputs = Inputs()
        var tags: [Int64: [Int64: [Tag]]] = [:]
        try TagRows.rows(
            "SELECT run, dataset, key, value FROM run_dataset_tags",
            owner: "run",
            order: "dataset, key",
            runs,
            in: reader
        ) { row in
            tags[row.integer(0), default: [:]][row.integer(1), default: []].append(
                Tag(key: row.text(2), value: row.text(3))
            )
        }
        let datasets = """
            SELECT x.run, x.dataset, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
            FROM run_datasets x JOIN datasets d ON d.id = x.dataset
            """
        try TagRows.rows(datasets, owner: "x.run", order: "d.name, d.digest", runs, in: reader) { row in
            let run = row.integer(0)
            inputs.datasets[run, default: []].append(
                DatasetInput(
                    name: row.text(2),
                    digest: row.text(3),
                    sourceType: row.text(4),
                    source: row.text(5),
                    schema: row.optionalText(6),
                    profile: row.optionalText(7),
                    tags: tags[run]?[row.integer(1)] ?? []
                )
            )
        }
        try TagRows.rows("SELECT run, model FROM run_model_inputs", owner: "run", order: "model", runs, in: reader) {
            inputs.models[$0.integer(0), default: []].append($0.text(1))
        }
        try TagRows.rows(
            "SELECT run, model, step FROM run_model_outputs",
            owner: "run",
            order: "step, model",
            runs,
            in: reader
        ) {
            inputs.outputs[$0.integer(0), default: []].append(ModelOutput(model: $0.text(1), step: $0.integer(2)))
        }
        return inputs
    }
}
