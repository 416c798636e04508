extension Migration {
    /// Experiments, runs, what was logged to them, and logged models.
    static let tracking = Migration("0002_tracking", experiments + runs + metrics + datasets + loggedModels)

    private static let experiments = [
        """
        CREATE TABLE experiments (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            artifact_location TEXT NOT NULL,
            is_deleted INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        )
        """,
        """
        CREATE TABLE experiment_tags (
            experiment INTEGER NOT NULL REFERENCES experiments (id),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (experiment, key)
        ) WITHOUT ROWID
        """,
        """
        INSERT INTO experiments (id, name, artifact_location, created_at, updated_at)
        VALUES (0, 'Default', 'mlflow-artifacts:/0', 0, 0)
        """,
    ]

    // The short number of a run stands in all tables below it instead of its long identifier.
    private static let runs = [
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            experiment INTEGER NOT NULL REFERENCES experiments (id),
            name TEXT NOT NULL,
            user_id TEXT NOT NULL,
            status TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            artifact_uri TEXT NOT NULL,
            is_deleted INTEGER NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX runs_by_start ON runs (experiment, is_deleted, started_at, id)",
        """
        CREATE TABLE run_params (
            run INTEGER NOT NULL REFERENCES runs (number),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE run_tags (
            run INTEGER NOT NULL REFERENCES runs (number),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, key)
        ) WITHOUT ROWID
        """,
    ]

    // Points have no foreign keys: the write that stores them has just read the run, and nothing deletes runs.
    // Not a number is stored as 0 with its flag, because SQLite turns it into NULL.
    private static let metrics = [
        "CREATE TABLE metric_keys (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)",
        """
        CREATE TABLE metric_points (
            run INTEGER NOT NULL,
            key INTEGER NOT NULL,
            step INTEGER NOT NULL,
            time INTEGER NOT NULL,
            value REAL NOT NULL,
            is_nan INTEGER NOT NULL,
            PRIMARY KEY (run, key, step, time, value, is_nan)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE latest_metrics (
            run INTEGER NOT NULL,
            key INTEGER NOT NULL,
            step INTEGER NOT NULL,
            time INTEGER NOT NULL,
            value REAL NOT NULL,
            is_nan INTEGER NOT NULL,
            PRIMARY KEY (run, key)
        ) WITHOUT ROWID
        """,
    ]

    private static let datasets = [
        """
        CREATE TABLE datasets (
            id INTEGER PRIMARY KEY,
            experiment INTEGER NOT NULL REFERENCES experiments (id),
            name TEXT NOT NULL,
            digest TEXT NOT NULL,
            source_type TEXT NOT NULL,
            source TEXT NOT NULL,
            schema TEXT,
            profile TEXT,
            UNIQUE (experiment, name, digest)
        )
        """,
        """
        CREATE TABLE run_datasets (
            run INTEGER NOT NULL REFERENCES runs (number),
            dataset INTEGER NOT NULL REFERENCES datasets (id),
            PRIMARY KEY (run, dataset)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE run_dataset_tags (
            run INTEGER NOT NULL,
            dataset INTEGER NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, dataset, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE run_model_inputs (
            run INTEGER NOT NULL REFERENCES runs (number),
            model TEXT NOT NULL,
            PRIMARY KEY (run, model)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE run_model_outputs (
            run INTEGER NOT NULL REFERENCES runs (number),
            model TEXT NOT NULL,
            step INTEGER NOT NULL,
            PRIMARY KEY (run, model, step)
        ) WITHOUT ROWID
        """,
    ]

    private static let loggedModels = [
        """
        CREATE TABLE logged_models (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            experiment INTEGER NOT NULL REFERENCES experiments (id),
            name TEXT NOT NULL,
            model_type TEXT NOT NULL,
            source_run TEXT,
            status TEXT NOT NULL,
            artifact_uri TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            is_deleted INTEGER NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX logged_models_by_creation ON logged_models (experiment, created_at, id)",
        """
        CREATE TABLE logged_model_params (
            model INTEGER NOT NULL REFERENCES logged_models (number),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (model, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE logged_model_tags (
            model INTEGER NOT NULL REFERENCES logged_models (number),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (model, key)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE logged_model_metrics (
            model INTEGER NOT NULL,
            key INTEGER NOT NULL,
            time INTEGER NOT NULL,
            step INTEGER NOT NULL,
            run INTEGER NOT NULL,
            value REAL NOT NULL,
            is_nan INTEGER NOT NULL,
            dataset_name TEXT,
            dataset_digest TEXT,
            PRIMARY KEY (model, key, time, step, run)
        ) WITHOUT ROWID
        """,
    ]
}
