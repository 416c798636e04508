extension Migration {
    /// What telling causes apart needs: the hours that a window's rows came in, and what a version's answers looked like
    /// when it began.
    static let watching = Migration(
        "0026_watching",
        [
            "ALTER TABLE live_windows ADD COLUMN hours TEXT",
            """
            CREATE TABLE output_references (
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                frozen_at INTEGER NOT NULL,
                profile TEXT NOT NULL,
                PRIMARY KEY (model, version)
            )
            """,
        ]
    )
}
