extension Migration {
    /// Registered models, their versions, tags and aliases.
    static let registry = Migration(
        "0003_registry",
        [
            """
            CREATE TABLE registered_models (
                name TEXT PRIMARY KEY,
                lineage TEXT NOT NULL,
                description TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            )
            """,
            // Outlives the model: a version number that evidence was recorded for is never given to something else.
            """
            CREATE TABLE registry_names (
                name TEXT PRIMARY KEY,
                lineage TEXT NOT NULL,
                last_version INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE registered_model_tags (
                model TEXT NOT NULL REFERENCES registered_models (name) ON UPDATE CASCADE ON DELETE CASCADE,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model, key)
            )
            """,
            """
            CREATE TABLE model_versions (
                model TEXT NOT NULL REFERENCES registered_models (name) ON UPDATE CASCADE ON DELETE CASCADE,
                version INTEGER NOT NULL,
                description TEXT NOT NULL,
                source TEXT NOT NULL,
                location TEXT NOT NULL,
                run_id TEXT NOT NULL,
                run_link TEXT NOT NULL,
                stage TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                registered_by TEXT,
                PRIMARY KEY (model, version)
            )
            """,
            "CREATE INDEX model_versions_by_run ON model_versions (run_id)",
            """
            CREATE TABLE model_version_tags (
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (model, version, key),
                FOREIGN KEY (model, version) REFERENCES model_versions (model, version)
                    ON UPDATE CASCADE ON DELETE CASCADE
            )
            """,
            """
            CREATE TABLE model_aliases (
                model TEXT NOT NULL,
                alias TEXT NOT NULL,
                version INTEGER NOT NULL,
                PRIMARY KEY (model, alias),
                FOREIGN KEY (model, version) REFERENCES model_versions (model, version)
                    ON UPDATE CASCADE ON DELETE CASCADE
            )
            """,
            "CREATE INDEX model_aliases_by_version ON model_aliases (model, version)",
        ]
    )
}
