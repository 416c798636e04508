extension Migration {
    /// The ledger: entries, the compact Merkle state that lets one append without reading them all, and checkpoints.
    static let ledger = Migration(
        "0001_ledger",
        [
            """
            CREATE TABLE ledger_entries (
                position INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                type TEXT NOT NULL,
                subject TEXT NOT NULL,
                time INTEGER NOT NULL,
                bytes BLOB NOT NULL,
                leaf BLOB NOT NULL
            )
            """,
            "CREATE INDEX ledger_entries_by_subject ON ledger_entries (subject, position)",
            "CREATE INDEX ledger_entries_by_type ON ledger_entries (type, position)",
            "CREATE TABLE ledger_frontier (one INTEGER PRIMARY KEY CHECK (one = 1), frontier TEXT NOT NULL)",
            "CREATE TABLE ledger_checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL)",
        ]
    )
}
