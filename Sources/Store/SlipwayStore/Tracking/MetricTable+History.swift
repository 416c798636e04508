package import SlipwayDomain

extension MetricTable {
    private static let columns = "p.value, p.is_nan, p.time, p.step"

    private static func point(_ row: SQLRow, _ key: String) -> MetricPoint {
        MetricPoint(
            key: key,
            value: row.bool(1) ? .nan : row.real(0),
            timestamp: row.integer(2),
            step: row.integer(3)
        )
    }

    /// One page of a metric's points, by time, step and value; all of them when there is no limit.
    package static func history(
        of key: String,
        run: Int64,
        limit: Int64?,
        offset: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [MetricPoint] {
        guard let id = try reader.row("SELECT id FROM metric_keys WHERE key = ?", [.text(key)])?.integer(0) else {
            return []
        }
        let select = "SELECT \(columns) FROM metric_points p WHERE p.run = ? AND p.key = ? ORDER BY"
        guard limit == nil, offset == 0 else {
            return try reader.rows(
                "\(select) p.time, p.step, p.value, p.is_nan LIMIT ? OFFSET ?",
                [.integer(run), .integer(id), .integer(limit ?? Int64.max), .integer(offset)]
            ).map { point($0, key) }
        }
        // Points lie by step, which nearly always is their order in time too: the sort is then one look at each.
        var points: [MetricPoint] = []
        try reader.eachRow("\(select) p.step, p.time, p.value, p.is_nan", [.integer(run), .integer(id)]) {
            points.append(point($0, key))
        }
        func isBefore(_ one: MetricPoint, _ other: MetricPoint) -> Bool {
            // Not-a-number lies as 0.
            (one.timestamp, one.step, one.value.isNaN ? 0 : one.value)
                < (other.timestamp, other.step, other.value.isNaN ? 0 : other.value)
        }
        if zip(points, points.dropFirst()).contains(where: { isBefore($1, $0) }) { points.sort(by: isBefore) }
        return points
    }

    /// At most `limit` points, evenly chosen along the steps, the first and the last always among them.
    ///
    /// The points are cut into `limit` pieces as SQL's NTILE does, and the first of each piece is taken; the last
    /// point takes the place of the last piece's. This is what MLflow's web pages get for their charts.
    package static func sample(
        of key: String,
        run: Int64,
        steps: ClosedRange<Int64>?,
        limit: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [MetricPoint] {
        guard let id = try reader.row("SELECT id FROM metric_keys WHERE key = ?", [.text(key)])?.integer(0) else {
            return []
        }
        var rows = "FROM metric_points p WHERE p.run = ? AND p.key = ?"
        var arguments: [SQLValue] = [.integer(run), .integer(id)]
        if let steps {
            rows += " AND p.step >= ? AND p.step <= ?"
            arguments += [.integer(steps.lowerBound), .integer(steps.upperBound)]
        }
        let count = try reader.row("SELECT COUNT(*) \(rows)", arguments)?.integer(0) ?? 0
        guard count > limit else {
            let all = "SELECT \(columns) \(rows) ORDER BY p.step, p.time, p.value, p.is_nan"
            return try reader.rows(all, arguments).map { point($0, key) }
        }
        let size = count / limit
        let larger = (count % limit) * (size + 1)
        let lastPiece = larger + (limit - count % limit - 1) * size
        return try reader.rows(
            """
            SELECT \(columns) FROM (SELECT p.value, p.is_nan, p.time, p.step, \
            ROW_NUMBER() OVER (ORDER BY p.step, p.time, p.value, p.is_nan) - 1 AS place \(rows)) p \
            WHERE (p.place < ? AND p.place % ? = 0) \
            OR (p.place >= ? AND p.place < ? AND (p.place - ?) % ? = 0) OR p.place = ? ORDER BY p.place
            """,
            arguments
                + [larger, size + 1, larger, lastPiece, larger, size, count - 1].map { .integer($0) }
        ).map { point($0, key) }
    }
}
