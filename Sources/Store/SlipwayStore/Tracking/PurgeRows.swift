package import SlipwayDomain

/// A purge under way.
package struct PurgeRow: Sendable {
    package let id: String
    package let actor: String
    /// What was asked for, as JSON.
    package let rule: String
    /// The ledger entry; there as soon as the rows are gone.
    package let entry: String?

    package init(id: String, actor: String, rule: String, entry: String?) {
        self.id = id
        self.actor = actor
        self.rule = rule
        self.entry = entry
    }
}

/// The SQL that removes things for good, step by step: marked, emptied, removed, and then their files.
package enum PurgeRows {
    /// The tables whose rows belong to a run, by its number in the column `run`. Metric points are removed in pieces.
    private static let ofRun = [
        "run_params", "run_tags", "latest_metrics", "run_dataset_tags", "run_datasets", "run_model_inputs",
        "run_model_outputs",
    ]
    /// The tables whose rows belong to a logged model, by its number in the column `model`.
    private static let ofModel = ["logged_model_params", "logged_model_tags", "logged_model_metrics"]

    /// The tables whose rows belong to a trace, by its number in the column `trace`.
    private static let ofTrace = [
        "trace_tags", "trace_metadata", "spans", "assessments", "trace_runs", "trace_prompts",
    ]

    /// Begins a purge of `items`, which are no longer anybody else's from here on.
    package static func begin(
        _ purge: PurgeRow,
        _ items: [PurgeCandidate],
        at time: Instant,
        in writer: any SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "INSERT INTO purges (id, actor, rule, started_at) VALUES (?, ?, ?, ?)",
            [.text(purge.id), .text(purge.actor), .text(purge.rule), .integer(time.milliseconds)]
        )
        for kind in PurgeKind.allCases {
            let table = kind.table
            try writer.executeEach(
                "UPDATE \(table.name) SET purge = ? WHERE \(table.number) = ?",
                items.filter { $0.kind == kind }.map { [.text(purge.id), .integer($0.number)] }
            )
        }
    }

    /// The purges that are not at their end, oldest first.
    package static func unfinished(in reader: any SQLReader) throws(StoreError) -> [PurgeRow] {
        try reader.rows(
            "SELECT id, actor, rule, entry FROM purges WHERE finished_at IS NULL ORDER BY started_at, id"
        ).map { PurgeRow(id: $0.text(0), actor: $0.text(1), rule: $0.text(2), entry: $0.optionalText(3)) }
    }

    package static func row(_ id: String, in reader: any SQLReader) throws(StoreError) -> PurgeRow? {
        try reader.row("SELECT id, actor, rule, entry FROM purges WHERE id = ? AND finished_at IS NULL", [.text(id)])
            .map { PurgeRow(id: $0.text(0), actor: $0.text(1), rule: $0.text(2), entry: $0.optionalText(3)) }
    }

    /// What a purge has marked, in the order of their numbers.
    package static func marked(
        _ kind: PurgeKind,
        by purge: String,
        after number: Int64 = .min,
        limit: Int = .max,
        in reader: any SQLReader
    ) throws(StoreError) -> [(number: Int64, id: String, uri: String)] {
        let table = kind.table
        return try reader.rows(
            """
            SELECT \(table.number), \(table.id), \(table.uri) FROM \(table.name)
            WHERE purge = ? AND \(table.number) > ? ORDER BY \(table.number) LIMIT ?
            """,
            [.text(purge), .integer(number), .integer(limit)]
        ).map { ($0.integer(0), kind == .experiment ? "\($0.integer(1))" : $0.text(1), $0.text(2)) }
    }

    /// Removes up to `limit` metric points of a run; false when none are left.
    package static func removePoints(
        ofRun number: Int64,
        limit: Int,
        in writer: any SQLWriter
    ) throws(StoreError) -> Bool {
        let run = SQLValue.integer(number)
        guard let key = try writer.row("SELECT key FROM metric_points WHERE run = ? LIMIT 1", [run])?[0] else {
            return false
        }
        let next = try writer.row(
            """
            SELECT step, time, value, is_nan FROM metric_points WHERE run = ? AND key = ?
            ORDER BY step, time, value, is_nan LIMIT 1 OFFSET ?
            """,
            [run, key, .integer(limit)]
        )
        if let next {
            try writer.execute(
                """
                DELETE FROM metric_points
                WHERE run = ? AND key = ? AND (step, time, value, is_nan) < (?, ?, ?, ?)
                """,
                [run, key] + next.values
            )
        } else {
            try writer.execute("DELETE FROM metric_points WHERE run = ? AND key = ?", [run, key])
        }
        return true
    }

    /// The logged models that runs of a purge measured; asked in a read, because it looks at all of their metrics.
    package static func measuredModels(by purge: String, in reader: any SQLReader) throws(StoreError) -> [Int64] {
        try reader.rows(
            "SELECT DISTINCT model FROM logged_model_metrics WHERE run IN (SELECT number FROM runs WHERE purge = ?)",
            [.text(purge)]
        ).map { $0.integer(0) }
    }

    /// Removes what the runs of a purge measured on a logged model.
    package static func removeMeasurements(
        ofModel model: Int64,
        by purge: String,
        in writer: any SQLWriter
    ) throws(StoreError) {
        try writer.execute(
            "DELETE FROM logged_model_metrics WHERE model = ? AND run IN (SELECT number FROM runs WHERE purge = ?)",
            [.integer(model), .text(purge)]
        )
    }

    /// Removes all that belongs to these runs or logged models, except metric points.
    package static func removeContents(
        of kind: PurgeKind,
        _ numbers: [Int64],
        in writer: any SQLWriter
    ) throws(StoreError) {
        let column = kind == .run ? "run" : "model"
        for table in kind == .run ? ofRun : ofModel {
            try writer.executeEach("DELETE FROM \(table) WHERE \(column) = ?", numbers.map { [.integer($0)] })
        }
    }

    /// Whether the database has traces: their tables come with a step of their own.
    private static func hasTraces(in reader: any SQLReader) throws(StoreError) -> Bool {
        try reader.row("SELECT 1 FROM migrations WHERE name = '0006_traces'") != nil
    }

    /// Removes up to `limit` traces of the experiments of a purge, and tells how many those were.
    package static func removeTraces(by purge: String, limit: Int, in writer: any SQLWriter) throws(StoreError) -> Int {
        guard try hasTraces(in: writer) else { return 0 }
        let numbers = try writer.rows(
            "SELECT number FROM traces WHERE experiment IN (SELECT id FROM experiments WHERE purge = ?) LIMIT ?",
            [.text(purge), .integer(limit)]
        ).map { [$0[0]] }
        for table in ofTrace { try writer.executeEach("DELETE FROM \(table) WHERE trace = ?", numbers) }
        try writer.executeEach("DELETE FROM traces WHERE number = ?", numbers)
        return numbers.count
    }

    /// Removes the emptied rows of a purge, and keeps in mind which folders must go.
    package static func remove(_ purge: String, folders: [String], in writer: any SQLWriter) throws(StoreError) {
        let id = SQLValue.text(purge)
        try writer.executeEach(
            "INSERT INTO purge_folders (purge, path) VALUES (?, ?) ON CONFLICT DO NOTHING",
            folders.map { [id, .text($0)] }
        )
        try writer.execute("DELETE FROM runs WHERE purge = ?", [id])
        try writer.execute("DELETE FROM logged_models WHERE purge = ?", [id])
        let experiments = "SELECT id FROM experiments WHERE purge = ?"
        try writer.execute("INSERT INTO purged_experiments (id) \(experiments)", [id])
        for table in ["experiment_tags", "datasets"] {
            try writer.execute("DELETE FROM \(table) WHERE experiment IN (\(experiments))", [id])
        }
        try writer.execute("DELETE FROM experiments WHERE purge = ?", [id])
    }

    /// Notes the ledger entry of a purge whose rows are gone.
    package static func setEntry(_ entry: EntryID, of purge: String, in writer: any SQLWriter) throws(StoreError) {
        try writer.execute("UPDATE purges SET entry = ? WHERE id = ?", [.text(entry.text), .text(purge)])
    }

    /// Some folders that must still go.
    package static func folders(of purge: String, limit: Int, in reader: any SQLReader) throws(StoreError) -> [String] {
        try reader.rows(
            "SELECT path FROM purge_folders WHERE purge = ? ORDER BY path LIMIT ?",
            [.text(purge), .integer(limit)]
        ).map { $0.text(0) }
    }

    /// Notes that these folders are gone.
    package static func forget(_ folders: [String], of purge: String, in writer: any SQLWriter) throws(StoreError) {
        try writer.executeEach(
            "DELETE FROM purge_folders WHERE purge = ? AND path = ?",
            folders.map { [.text(purge), .text($0)] }
        )
    }

    /// Notes that nothing is left to do.
    package static func finish(_ purge: String, at time: Instant, in writer: any SQLWriter) throws(StoreError) {
        try writer.execute(
            "UPDATE purges SET finished_at = ? WHERE id = ?",
            [.integer(time.milliseconds), .text(purge)]
        )
    }
}
