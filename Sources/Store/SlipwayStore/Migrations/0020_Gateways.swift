extension Migration {
    /// Gateways beside the control plane: what a token is for, and how far the reports of each gateway life were taken.
    static let gateways = Migration(
        "0020_gateways",
        [
            "ALTER TABLE tokens ADD COLUMN purpose TEXT NOT NULL DEFAULT 'person'",
            """
            CREATE TABLE gateway_lives (
                life TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                sequence INTEGER NOT NULL,
                seen_at INTEGER NOT NULL
            )
            """,
        ]
    )
}
