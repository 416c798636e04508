extension Migration {
    /// What came from other MLflow servers: which import, what got which number here, and what is complete.
    static let imports = Migration(
        "0011_imports",
        [
            // The address of the other server or the path of its database, without credentials.
            "CREATE TABLE import_sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
            """
            CREATE TABLE imports (
                id TEXT PRIMARY KEY,
                source INTEGER NOT NULL REFERENCES import_sources (id),
                started_at INTEGER NOT NULL,
                ended_at INTEGER,
                digest TEXT NOT NULL
            )
            """,
            "CREATE INDEX imports_by_source ON imports (source)",
            """
            CREATE TABLE import_counts (
                import TEXT NOT NULL REFERENCES imports (id),
                kind TEXT NOT NULL,
                added INTEGER NOT NULL,
                already INTEGER NOT NULL,
                refused INTEGER NOT NULL,
                PRIMARY KEY (import, kind)
            )
            """,
            // No reference to experiments: one that was purged must not be held by its origin.
            """
            CREATE TABLE import_experiments (
                source INTEGER NOT NULL REFERENCES import_sources (id),
                theirs INTEGER NOT NULL,
                ours INTEGER NOT NULL,
                PRIMARY KEY (source, theirs)
            )
            """,
            """
            CREATE TABLE import_marks (
                source INTEGER NOT NULL REFERENCES import_sources (id),
                kind TEXT NOT NULL,
                id TEXT NOT NULL,
                mark TEXT NOT NULL,
                PRIMARY KEY (source, kind, id)
            ) WITHOUT ROWID
            """,
        ]
    )
}
