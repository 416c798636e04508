package import SlipwayDomain

/// What an endpoint did in some time.
package struct EndpointSums: Sendable, Equatable {
    package let requests: Int
    package let errors: Int
    package let slow: Int

    package init(requests: Int, errors: Int, slow: Int) {
        self.requests = requests
        self.errors = errors
        self.slow = slow
    }
}

/// The SQL of hourly counts, which error budgets are computed from.
package enum EndpointHourTable {
    private static let length: Int64 = 3_600_000

    package static func add(
        _ sums: EndpointSums,
        model: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO endpoint_hours (model, hour, requests, errors, slow) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (model, hour) DO UPDATE SET requests = endpoint_hours.requests + excluded.requests,
                errors = endpoint_hours.errors + excluded.errors, slow = endpoint_hours.slow + excluded.slow
            """,
            [
                .text(model), .integer(time.milliseconds / length), .integer(sums.requests), .integer(sums.errors),
                .integer(sums.slow),
            ]
        )
    }

    /// The sums of the hours that lie in [from, to], the first and the last hour whole.
    package static func sums(
        model: String,
        from: Instant,
        to: Instant,
        in connection: any SQLReader
    ) throws(StoreError) -> EndpointSums {
        let row = try connection.row(
            """
            SELECT COALESCE(SUM(requests), 0), COALESCE(SUM(errors), 0), COALESCE(SUM(slow), 0) FROM endpoint_hours
            WHERE model = ? AND hour >= ? AND hour <= ?
            """,
            [.text(model), .integer(from.milliseconds / length), .integer(to.milliseconds / length)]
        )
        return EndpointSums(
            requests: Int(row?.integer(0) ?? 0),
            errors: Int(row?.integer(1) ?? 0),
            slow: Int(row?.integer(2) ?? 0)
        )
    }

    /// When the first hour of [from, to] with any count began; nil when there is none.
    package static func first(
        model: String,
        from: Instant,
        to: Instant,
        in connection: any SQLReader
    ) throws(StoreError) -> Instant? {
        let row = try connection.row(
            "SELECT COALESCE(MIN(hour), -1) FROM endpoint_hours WHERE model = ? AND hour >= ? AND hour <= ?",
            [.text(model), .integer(from.milliseconds / length), .integer(to.milliseconds / length)]
        )
        guard let hour = row?.integer(0), hour >= 0 else { return nil }
        return Instant(milliseconds: hour * length)
    }
}
