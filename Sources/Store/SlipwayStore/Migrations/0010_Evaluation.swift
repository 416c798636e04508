extension Migration {
    /// Scorers with their versions, and evaluation datasets with their records.
    static let evaluation = Migration(
        "0010_evaluation",
        [
            """
            CREATE TABLE scorers (
                id TEXT PRIMARY KEY,
                experiment INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
                name TEXT NOT NULL,
                last_version INTEGER NOT NULL,
                UNIQUE (experiment, name)
            )
            """,
            """
            CREATE TABLE scorer_versions (
                scorer TEXT NOT NULL REFERENCES scorers (id) ON DELETE CASCADE,
                version INTEGER NOT NULL,
                body TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (scorer, version)
            )
            """,
            """
            CREATE TABLE evaluation_datasets (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                digest TEXT NOT NULL,
                fields TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                created_by TEXT,
                updated_by TEXT
            )
            """,
            """
            CREATE TABLE evaluation_dataset_tags (
                dataset TEXT NOT NULL REFERENCES evaluation_datasets (id) ON DELETE CASCADE,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (dataset, key)
            )
            """,
            """
            CREATE TABLE evaluation_dataset_experiments (
                dataset TEXT NOT NULL REFERENCES evaluation_datasets (id) ON DELETE CASCADE,
                experiment INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
                PRIMARY KEY (dataset, experiment)
            )
            """,
            """
            CREATE INDEX evaluation_dataset_experiments_by_experiment
                ON evaluation_dataset_experiments (experiment, dataset)
            """,
            """
            CREATE TABLE evaluation_records (
                id TEXT PRIMARY KEY,
                dataset TEXT NOT NULL REFERENCES evaluation_datasets (id) ON DELETE CASCADE,
                input_digest TEXT NOT NULL,
                inputs TEXT NOT NULL,
                outputs TEXT,
                expectations TEXT,
                tags TEXT NOT NULL,
                source TEXT,
                source_id TEXT,
                source_type TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                created_by TEXT,
                updated_by TEXT,
                UNIQUE (dataset, input_digest)
            )
            """,
            "CREATE INDEX evaluation_records_in_order ON evaluation_records (dataset, created_at, id)",
        ]
    )
}
