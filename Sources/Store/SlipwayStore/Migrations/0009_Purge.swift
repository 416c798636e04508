extension Migration {
    /// When things were deleted, what is being removed for good, and artifact uploads in parts.
    static let purge = Migration("0009_purge", deletionTimes + purges + uploads)

    // A row that was deleted before this step has no time: it gets one when somebody first looks for what to purge.
    private static let deletionTimes = ["experiments", "runs", "logged_models"].flatMap { table in
        [
            "ALTER TABLE \(table) ADD COLUMN deleted_at INTEGER",
            // The purge that is removing the row; nothing can bring it back then.
            "ALTER TABLE \(table) ADD COLUMN purge TEXT",
            "CREATE INDEX \(table)_deleted ON \(table) (deleted_at) WHERE is_deleted = 1",
            "CREATE INDEX \(table)_in_purge ON \(table) (purge) WHERE purge IS NOT NULL",
        ]
    }

    private static let purges = [
        """
        CREATE TABLE purges (
            id TEXT PRIMARY KEY,
            actor TEXT NOT NULL,
            rule TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            entry TEXT,
            finished_at INTEGER
        )
        """,
        "CREATE INDEX purges_unfinished ON purges (started_at) WHERE finished_at IS NULL",
        // Folders of the artifact store whose rows are gone already.
        """
        CREATE TABLE purge_folders (
            purge TEXT NOT NULL REFERENCES purges (id),
            path TEXT NOT NULL,
            PRIMARY KEY (purge, path)
        ) WITHOUT ROWID
        """,
        // The number of an experiment is never given again: its artifacts' paths begin with it.
        "CREATE TABLE purged_experiments (id INTEGER PRIMARY KEY)",
    ]

    private static let uploads = [
        """
        CREATE TABLE artifact_uploads (
            id TEXT PRIMARY KEY,
            path TEXT NOT NULL,
            parts INTEGER NOT NULL,
            token TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            finished_at INTEGER
        )
        """,
        "CREATE INDEX artifact_uploads_by_start ON artifact_uploads (started_at)",
    ]
}
