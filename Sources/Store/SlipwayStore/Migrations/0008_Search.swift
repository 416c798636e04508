extension Migration {
    /// Indexes that searches of half a million runs walk, so that none of them needs the database's statistics.
    static let search = Migration("0008_search", runOrders + runValues + runDatasets + registryOrders)

    // The order in which runs are shown is the order of the index, ties included.
    private static let runOrders = [
        "DROP INDEX runs_by_start",
        "CREATE INDEX runs_by_start ON runs (experiment, is_deleted, started_at DESC, id)",
        "CREATE INDEX runs_by_status ON runs (experiment, is_deleted, status, started_at DESC, id)",
        "CREATE INDEX runs_by_time ON runs (is_deleted, started_at DESC, id, experiment)",
    ]

    // Long values stay out: they would double a table of notes, and PostgreSQL refuses an index row of over 2,700
    // bytes. They are few, so what they hold is read from the table.
    private static let runValues = [
        "CREATE INDEX latest_metrics_by_value ON latest_metrics (key, is_nan, value, run)",
        "CREATE INDEX run_params_by_value ON run_params (key, value, run) WHERE length(value) <= 250",
        "CREATE INDEX run_params_long ON run_params (key, run) WHERE length(value) > 250",
        "CREATE INDEX run_tags_by_value ON run_tags (key, value, run) WHERE length(value) <= 250",
        "CREATE INDEX run_tags_long ON run_tags (key, run) WHERE length(value) > 250",
    ]

    private static let runDatasets = [
        "CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset, run)",
        "CREATE INDEX run_dataset_tags_by_value ON run_dataset_tags (key, value, run)",
    ]

    private static let registryOrders = [
        "CREATE INDEX model_versions_by_change ON model_versions (updated_at DESC, model, version DESC)",
        "CREATE INDEX model_versions_by_stage ON model_versions (model, stage, version)",
        "CREATE INDEX registered_models_by_change ON registered_models (updated_at, name)",
        """
        CREATE INDEX registered_model_tags_by_value ON registered_model_tags (key, value, model)
        WHERE length(value) <= 250
        """,
        """
        CREATE INDEX model_version_tags_by_value ON model_version_tags (key, value, model, version)
        WHERE length(value) <= 250
        """,
    ]
}
