extension Migration {
    /// What a logged model reached on two data sets at the same moment are two points.
    static let modelMetrics = Migration(
        "0029_model_metrics",
        [
            "ALTER TABLE logged_model_metrics RENAME TO logged_model_metrics_before",
            """
            CREATE TABLE logged_model_metrics (
                model INTEGER NOT NULL,
                key INTEGER NOT NULL,
                time INTEGER NOT NULL,
                step INTEGER NOT NULL,
                run INTEGER NOT NULL,
                value REAL NOT NULL,
                is_nan INTEGER NOT NULL,
                dataset_name TEXT NOT NULL,
                dataset_digest TEXT NOT NULL,
                PRIMARY KEY (model, key, time, step, run, dataset_name, dataset_digest)
            ) WITHOUT ROWID
            """,
            """
            INSERT INTO logged_model_metrics
                (model, key, time, step, run, value, is_nan, dataset_name, dataset_digest)
            SELECT model, key, time, step, run, value, is_nan, COALESCE(dataset_name, ''), COALESCE(dataset_digest, '')
            FROM logged_model_metrics_before
            """,
            "DROP TABLE logged_model_metrics_before",
        ]
    )
}
