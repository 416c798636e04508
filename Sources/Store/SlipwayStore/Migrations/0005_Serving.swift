extension Migration {
    /// Telemetry of what is served, and what watching it concluded.
    static let serving = Migration(
        "0005_serving",
        [
            """
            CREATE TABLE predictions (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                time INTEGER NOT NULL,
                score REAL,
                label REAL
            ) WITHOUT ROWID
            """,
            "CREATE INDEX predictions_by_time ON predictions (model, time)",
            """
            CREATE TABLE live_windows (
                model TEXT NOT NULL,
                started_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL,
                is_closed INTEGER NOT NULL,
                version INTEGER NOT NULL,
                rows INTEGER NOT NULL,
                profile TEXT NOT NULL,
                PRIMARY KEY (model, started_at)
            )
            """,
            """
            CREATE TABLE performance_windows (
                model TEXT NOT NULL,
                started_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL,
                entry TEXT NOT NULL,
                PRIMARY KEY (model, started_at)
            )
            """,
            """
            CREATE TABLE alert_states (
                model TEXT NOT NULL,
                kind TEXT NOT NULL,
                state TEXT NOT NULL,
                PRIMARY KEY (model, kind)
            )
            """,
            """
            CREATE TABLE incidents (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                is_open INTEGER NOT NULL,
                opened_at INTEGER NOT NULL,
                resolved_at INTEGER,
                json TEXT NOT NULL
            )
            """,
            "CREATE UNIQUE INDEX one_open_incident ON incidents (model) WHERE is_open = 1",
            """
            CREATE TABLE served_digests (
                model TEXT NOT NULL,
                digest TEXT NOT NULL,
                day TEXT NOT NULL,
                PRIMARY KEY (model, digest, day)
            )
            """,
        ]
    )
}
