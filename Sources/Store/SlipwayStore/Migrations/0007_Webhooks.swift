extension Migration {
    /// Webhooks, what is to be sent to them, and how far each reader of the ledger has come.
    static let webhooks = Migration(
        "0007_webhooks",
        [
            """
            CREATE TABLE webhooks (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                description TEXT,
                url TEXT NOT NULL,
                events TEXT NOT NULL,
                secret BLOB,
                is_active INTEGER NOT NULL,
                starts_at INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE webhook_deliveries (
                id TEXT PRIMARY KEY,
                webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
                position INTEGER NOT NULL,
                entry TEXT NOT NULL,
                event TEXT NOT NULL,
                body TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
                attempts INTEGER NOT NULL,
                next_at INTEGER NOT NULL,
                reason TEXT,
                finished_at INTEGER,
                UNIQUE (webhook, position)
            )
            """,
            """
            CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook, next_at, position)
                WHERE state = 'waiting'
            """,
            "CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at)",
            "CREATE TABLE ledger_offsets (consumer TEXT PRIMARY KEY, position INTEGER NOT NULL)",
            // What happened before there were webhooks is not sent.
            """
            INSERT INTO ledger_offsets (consumer, position)
                SELECT 'webhooks', COALESCE(MAX(position) + 1, 0) FROM ledger_entries
            """,
        ]
    )
}
