package import SlipwayDomain

/// Points of metrics, the latest of each metric, and the points that are about logged models.
package enum MetricTable {
    /// A point with its key interned and its value as it is stored.
    private struct Row {
        let key: Int64
        let step: Int64
        let time: Int64
        let value: Double
        let isNaN: Bool

        /// Whether this point is later than another of its metric: by step, then time, then value.
        func isLater(than other: Row) -> Bool {
            (step, time, value) > (other.step, other.time, other.value)
        }

        func arguments(_ run: SQLValue) -> [SQLValue] {
            [run, .integer(key), .integer(step), .integer(time), .real(value), .bool(isNaN)]
        }
    }

    /// Stores points; one that is stored already stays as it is, so a repeated request changes nothing. Returns how many
    /// were new.
    @discardableResult
    package static func add(_ points: [MetricPoint], to run: Int64, in writer: some SQLWriter) throws(StoreError) -> Int
    {
        guard !points.isEmpty else { return 0 }
        let number = SQLValue.integer(run)
        let rows = try interned(points, in: writer)
        let added = try writer.executeEach(
            """
            INSERT INTO metric_points (run, key, step, time, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            rows.map { $0.arguments(number) }
        )
        try writer.executeEach(
            """
            INSERT INTO latest_metrics (run, key, step, time, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, key) DO UPDATE SET
                step = excluded.step, time = excluded.time, value = excluded.value, is_nan = excluded.is_nan
            WHERE (excluded.step, excluded.time, excluded.value)
                > (latest_metrics.step, latest_metrics.time, latest_metrics.value)
            """,
            latest(rows).map { $0.arguments(number) }
        )
        return added
    }

    /// Stores the points that are about a logged model once more, beside the model.
    package static func add(
        _ points: [MetricPoint],
        to run: Int64,
        model: Int64,
        in writer: some SQLWriter
    ) throws(StoreError) {
        let rows = try interned(points, in: writer)
        var arguments: [[SQLValue]] = []
        for (row, point) in zip(rows, points) {
            arguments.append([
                .integer(model), .integer(row.key), .integer(row.time), .integer(row.step), .integer(run),
                .real(row.value), .bool(row.isNaN), .text(point.datasetName ?? ""), .text(point.datasetDigest ?? ""),
            ])
        }
        try writer.executeEach(
            """
            INSERT INTO logged_model_metrics
                (model, key, time, step, run, value, is_nan, dataset_name, dataset_digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (model, key, time, step, run, dataset_name, dataset_digest) DO UPDATE SET
                value = excluded.value, is_nan = excluded.is_nan
            """,
            arguments
        )
    }

    private static func interned(_ points: [MetricPoint], in writer: some SQLWriter) throws(StoreError) -> [Row] {
        var keys: [ExactText: Int64] = [:]
        var rows: [Row] = []
        rows.reserveCapacity(points.count)
        for point in points {
            let key: Int64
            let name = ExactText(point.key)
            if let known = keys[name] {
                key = known
            } else {
                key = try keyID(point.key, in: writer)
                keys[name] = key
            }
            let isNaN = point.value.isNaN
            rows.append(
                Row(
                    key: key,
                    step: point.step,
                    time: point.timestamp,
                    value: isNaN ? 0 : point.value,
                    isNaN: isNaN
                )
            )
        }
        return rows
    }

    private static func keyID(_ key: String, in writer: some SQLWriter) throws(StoreError) -> Int64 {
        if let row = try writer.row("SELECT id FROM metric_keys WHERE key = ?", [.text(key)]) { return row.integer(0) }
        try writer.execute("INSERT INTO metric_keys (key) VALUES (?)", [.text(key)])
        guard let row = try writer.row("SELECT id FROM metric_keys WHERE key = ?", [.text(key)]) else {
            throw .corrupt("the metric key just written cannot be read")
        }
        return row.integer(0)
    }

    /// The latest point of each key, in the order in which the keys came.
    private static func latest(_ rows: [Row]) -> [Row] {
        var places: [Int64: Int] = [:]
        var latest: [Row] = []
        for row in rows {
            if let place = places[row.key] {
                if row.isLater(than: latest[place]) { latest[place] = row }
            } else {
                places[row.key] = latest.count
                latest.append(row)
            }
        }
        return latest
    }

    /// The latest point of each metric of each run, sorted by key.
    static func latest(of runs: [Int64], in reader: some SQLReader) throws(StoreError) -> [Int64: [MetricPoint]] {
        var metrics: [Int64: [MetricPoint]] = [:]
        let select = """
            SELECT l.run, k.key, l.value, l.is_nan, l.time, l.step
            FROM latest_metrics l JOIN metric_keys k ON k.id = l.key
            """
        try TagRows.rows(select, owner: "l.run", order: "k.key", runs, in: reader) { row in
            metrics[row.integer(0), default: []].append(
                MetricPoint(
                    key: row.text(1),
                    value: row.bool(3) ? .nan : row.real(2),
                    timestamp: row.integer(4),
                    step: row.integer(5)
                )
            )
        }
        return metrics
    }

    /// All points that are about each model, by key, time and step.
    static func points(ofModels models: [Int64], in reader: some SQLReader) throws(StoreError) -> [Int64: [MetricPoint]]
    {
        var metrics: [Int64: [MetricPoint]] = [:]
        let select = """
            SELECT x.model, k.key, x.value, x.is_nan, x.time, x.step, m.id, r.id,
                NULLIF(x.dataset_name, ''), NULLIF(x.dataset_digest, '')
            FROM logged_model_metrics x JOIN metric_keys k ON k.id = x.key
            JOIN logged_models m ON m.number = x.model JOIN runs r ON r.number = x.run
            """
        let order = "k.key, x.time, x.step, r.id, x.dataset_name, x.dataset_digest"
        try TagRows.rows(select, owner: "x.model", order: order, models, in: reader) { row in
            metrics[row.integer(0), default: []].append(
                MetricPoint(
                    key: row.text(1),
                    value: row.bool(3) ? .nan : row.real(2),
                    timestamp: row.integer(4),
                    step: row.integer(5),
                    model: row.text(6),
                    datasetName: row.optionalText(8),
                    datasetDigest: row.optionalText(9),
                    run: row.text(7)
                )
            )
        }
        return metrics
    }
}
