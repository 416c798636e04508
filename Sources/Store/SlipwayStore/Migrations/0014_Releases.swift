extension Migration {
    /// What releases rest on beside their own state: frozen environments, counts for error budgets, and which
    /// predictions are evidence.
    static let releaseControls = Migration(
        "0014_release_controls",
        [
            """
            CREATE TABLE environment_freezes (
                environment TEXT PRIMARY KEY,
                reason TEXT NOT NULL,
                frozen_by TEXT NOT NULL,
                frozen_at INTEGER NOT NULL
            )
            """,
            // Hours since 1970; sums, so that a window of any length is a sum of rows.
            """
            CREATE TABLE endpoint_hours (
                model TEXT NOT NULL,
                hour INTEGER NOT NULL,
                requests INTEGER NOT NULL,
                errors INTEGER NOT NULL,
                slow INTEGER NOT NULL,
                PRIMARY KEY (model, hour)
            ) WITHOUT ROWID
            """,
            "ALTER TABLE predictions ADD COLUMN is_evidence INTEGER NOT NULL DEFAULT 1",
        ]
    )
}
