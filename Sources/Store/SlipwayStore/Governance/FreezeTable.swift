package import SlipwayDomain

/// An environment whose releases must not go on.
package struct FreezeRow: Sendable, Equatable {
    package let environment: String
    package let reason: String
    package let by: String
    package let since: Instant

    package init(environment: String, reason: String, by: String, since: Instant) {
        self.environment = environment
        self.reason = reason
        self.by = by
        self.since = since
    }
}

/// The SQL of frozen environments.
package enum FreezeTable {
    package static func row(_ environment: String, in connection: any SQLReader) throws(StoreError) -> FreezeRow? {
        try connection.row(
            "SELECT reason, frozen_by, frozen_at FROM environment_freezes WHERE environment = ?",
            [.text(environment)]
        ).map {
            FreezeRow(
                environment: environment,
                reason: $0.text(0),
                by: $0.text(1),
                since: Instant(milliseconds: $0.integer(2))
            )
        }
    }

    package static func set(_ row: FreezeRow, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO environment_freezes (environment, reason, frozen_by, frozen_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (environment) DO UPDATE SET reason = excluded.reason, frozen_by = excluded.frozen_by,
                frozen_at = excluded.frozen_at
            """,
            [.text(row.environment), .text(row.reason), .text(row.by), .integer(row.since.milliseconds)]
        )
    }

    package static func remove(_ environment: String, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute("DELETE FROM environment_freezes WHERE environment = ?", [.text(environment)])
    }
}
