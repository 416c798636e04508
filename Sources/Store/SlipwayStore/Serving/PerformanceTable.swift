package import SlipwayDomain

/// What was estimated of a window, and what was realised once its labels were there.
package struct PerformanceEstimateRow: Sendable {
    package let from: Instant
    package let to: Instant
    /// The version that served when the window ended.
    package let version: Int
    package let metric: String
    /// The estimate as JSON; nil when nothing could be estimated.
    package let estimate: String?
    package let realised: Double?

    package init(from: Instant, to: Instant, version: Int, metric: String, estimate: String?, realised: Double?) {
        self.from = from
        self.to = to
        self.version = version
        self.metric = metric
        self.estimate = estimate
        self.realised = realised
    }
}

/// The SQL of what performance is estimated from, and of the estimates.
package enum PerformanceTable {
    /// What an evaluation taught about a version, as JSON.
    package static func reference(
        model: String,
        version: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> String? {
        try connection.row(
            "SELECT json FROM performance_references WHERE model = ? AND version = ?",
            [.text(model), .integer(version)]
        )?.text(0)
    }

    package static func setReference(
        _ json: String,
        model: String,
        version: Int,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO performance_references (model, version, json) VALUES (?, ?, ?)
            ON CONFLICT (model, version) DO UPDATE SET json = excluded.json
            """,
            [.text(model), .integer(version), .text(json)]
        )
    }

    private static let columns =
        "SELECT started_at, ends_at, version, metric, estimate, realised FROM performance_estimates WHERE model = ?"

    /// When the last window ends of which an estimate was tried.
    package static func lastEstimate(model: String, in connection: any SQLReader) throws(StoreError) -> Instant? {
        try connection.row("SELECT MAX(ends_at) FROM performance_estimates WHERE model = ?", [.text(model)])?
            .optionalInteger(0).map { Instant(milliseconds: $0) }
    }

    /// The estimate of exactly this window.
    package static func estimate(
        model: String,
        from: Instant,
        to: Instant,
        in connection: any SQLReader
    ) throws(StoreError) -> PerformanceEstimateRow? {
        try connection.row(
            columns + " AND started_at = ? AND ends_at = ?",
            [.text(model), .integer(from.milliseconds), .integer(to.milliseconds)]
        ).map(row)
    }

    /// The windows of a version and metric whose labels came, oldest first.
    package static func realised(
        model: String,
        version: Int,
        metric: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [PerformanceEstimateRow] {
        try connection.rows(
            columns
                + " AND version = ? AND metric = ? AND realised IS NOT NULL AND estimate IS NOT NULL ORDER BY started_at",
            [.text(model), .integer(version), .text(metric)]
        ).map(row)
    }

    package static func setEstimate(
        _ estimate: PerformanceEstimateRow,
        model: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO performance_estimates (model, started_at, ends_at, version, metric, estimate, realised)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (model, started_at) DO UPDATE SET ends_at = excluded.ends_at, version = excluded.version,
                metric = excluded.metric, estimate = excluded.estimate, realised = excluded.realised
            """,
            [
                .text(model), .integer(estimate.from.milliseconds), .integer(estimate.to.milliseconds),
                .integer(estimate.version), .text(estimate.metric), .optional(estimate.estimate),
                .optional(estimate.realised),
            ]
        )
    }

    private static func row(_ row: SQLRow) -> PerformanceEstimateRow {
        PerformanceEstimateRow(
            from: Instant(milliseconds: row.integer(0)),
            to: Instant(milliseconds: row.integer(1)),
            version: Int(row.integer(2)),
            metric: row.text(3),
            estimate: row.optionalText(4),
            realised: row.optionalReal(5)
        )
    }
}
