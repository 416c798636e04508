extension Migration {
    /// Performance before and after labels: what is noted of a prediction, what an evaluation taught about estimates,
    /// what was estimated, and what became of labels.
    static let performance = Migration(
        "0028_performance",
        [
            "ALTER TABLE predictions ADD COLUMN labelled_at INTEGER",
            "ALTER TABLE predictions ADD COLUMN feature_groups TEXT",
            "ALTER TABLE predictions ADD COLUMN label_groups TEXT",
            "ALTER TABLE predictions ADD COLUMN expected_error REAL",
            "ALTER TABLE predictions ADD COLUMN expected_square REAL",
            """
            CREATE TABLE performance_references (
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                json TEXT NOT NULL,
                PRIMARY KEY (model, version)
            )
            """,
            """
            CREATE TABLE performance_estimates (
                model TEXT NOT NULL,
                started_at INTEGER NOT NULL,
                ends_at INTEGER NOT NULL,
                version INTEGER NOT NULL,
                metric TEXT NOT NULL,
                estimate TEXT,
                realised REAL,
                PRIMARY KEY (model, started_at)
            )
            """,
            """
            CREATE TABLE label_counts (
                model TEXT NOT NULL,
                outcome TEXT NOT NULL,
                labels INTEGER NOT NULL,
                PRIMARY KEY (model, outcome)
            )
            """,
        ]
    )
}
