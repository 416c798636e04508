package import SlipwayDomain

/// What was logged to runs.
package enum RunData {
    /// The runs with all that was logged to them, in the given order.
    package static func load(_ runs: [StoredRun], in reader: some SQLReader) throws(StoreError) -> [Run] {
        let numbers = runs.map(\.number)
        let params = try TagRows.read("run_params", owner: "run", numbers, in: reader)
        let tags = try TagRows.read("run_tags", owner: "run", numbers, in: reader)
        let metrics = try MetricTable.latest(of: numbers, in: reader)
        let inputs = try RunInputTable.read(numbers, in: reader)
        return runs.map { stored in
            var run = Run(info: stored.info)
            run.params = params[stored.number] ?? []
            run.tags = tags[stored.number] ?? []
            run.metrics = metrics[stored.number] ?? []
            run.datasets = inputs.datasets[stored.number] ?? []
            run.modelInputs = inputs.models[stored.number] ?? []
            run.modelOutputs = inputs.outputs[stored.number] ?? []
            return run
        }
    }

    /// Sets tags; of a key that stands twice the last wins.
    package static func setTags(_ tags: [Tag], on run: Int64, in writer: some SQLWriter) throws(StoreError) {
        guard !tags.isEmpty else { return }
        try writer.executeEach(
            """
            INSERT INTO run_tags (run, key, value) VALUES (?, ?, ?)
            ON CONFLICT (run, key) DO UPDATE SET value = excluded.value
            """,
            tags.map { [.integer(run), .text($0.key), .text($0.value)] }
        )
    }

    /// One tag's value, or nil.
    package static func tag(_ key: String, of run: Int64, in reader: some SQLReader) throws(StoreError) -> String? {
        try reader.row("SELECT value FROM run_tags WHERE run = ? AND key = ?", [.integer(run), .text(key)])?.text(0)
    }

    /// Removes one tag; tells whether there was one.
    package static func removeTag(_ key: String, from run: Int64, in writer: some SQLWriter) throws(StoreError) -> Bool
    {
        try writer.execute("DELETE FROM run_tags WHERE run = ? AND key = ?", [.integer(run), .text(key)]) > 0
    }

    /// Stores params that are new. Returns the first whose key already has another value, with that value.
    package static func addParams(
        _ params: [Tag],
        to run: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) -> (new: Tag, old: String)? {
        for param in params {
            let added = try writer.execute(
                "INSERT INTO run_params (run, key, value) VALUES (?, ?, ?) ON CONFLICT (run, key) DO NOTHING",
                [.integer(run), .text(param.key), .text(param.value)]
            )
            guard added == 0 else { continue }
            let row = try writer.row(
                "SELECT value FROM run_params WHERE run = ? AND key = ?",
                [.integer(run), .text(param.key)]
            )
            if let old = row?.text(0), !old.isExactly(param.value) { return (param, old) }
        }
        return nil
    }
}
