extension Migration {
    /// People, manifests, evidence, approvals, decisions, releases and what each endpoint serves.
    static let governance = Migration(
        "0004_governance",
        [
            "CREATE TABLE users (name TEXT PRIMARY KEY, is_admin INTEGER NOT NULL, created_at INTEGER NOT NULL)",
            """
            CREATE TABLE tokens (
                id TEXT PRIMARY KEY,
                user_name TEXT NOT NULL REFERENCES users (name),
                hash TEXT NOT NULL UNIQUE,
                created_at INTEGER NOT NULL,
                revoked_at INTEGER
            )
            """,
            """
            CREATE TABLE manifests (
                model TEXT PRIMARY KEY,
                digest TEXT NOT NULL,
                json TEXT NOT NULL,
                applied_at INTEGER NOT NULL,
                applied_by TEXT NOT NULL,
                revision INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE evidence (
                entry TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                kind TEXT NOT NULL,
                time INTEGER NOT NULL,
                json TEXT NOT NULL
            )
            """,
            "CREATE INDEX evidence_by_version ON evidence (model, version, kind, time)",
            """
            CREATE TABLE reference_profiles (
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                digest TEXT NOT NULL,
                json TEXT NOT NULL,
                PRIMARY KEY (model, version)
            )
            """,
            """
            CREATE TABLE approvals (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                environment TEXT NOT NULL,
                requested_by TEXT,
                requested_at INTEGER NOT NULL
            )
            """,
            "CREATE INDEX approvals_by_version ON approvals (model, version, environment)",
            """
            CREATE TABLE decisions (
                entry TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                version INTEGER NOT NULL,
                environment TEXT NOT NULL,
                allowed INTEGER NOT NULL,
                time INTEGER NOT NULL,
                json TEXT NOT NULL
            )
            """,
            """
            CREATE TABLE releases (
                id TEXT PRIMARY KEY,
                model TEXT NOT NULL,
                environment TEXT NOT NULL,
                candidate INTEGER NOT NULL,
                is_active INTEGER NOT NULL,
                revision INTEGER NOT NULL,
                started_at INTEGER NOT NULL,
                state TEXT NOT NULL
            )
            """,
            "CREATE UNIQUE INDEX one_active_release ON releases (model, environment) WHERE is_active = 1",
            "CREATE INDEX releases_by_model ON releases (model, started_at)",
            """
            CREATE TABLE endpoints (
                model TEXT PRIMARY KEY,
                stable INTEGER,
                previous INTEGER,
                candidate INTEGER,
                candidate_percent INTEGER NOT NULL DEFAULT 0,
                release TEXT,
                effect_revision INTEGER NOT NULL DEFAULT 0,
                effect_index INTEGER NOT NULL DEFAULT 0
            )
            """,
        ]
    )
}
