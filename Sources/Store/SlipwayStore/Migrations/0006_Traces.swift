extension Migration {
    /// Traces, their spans, what was noted of them, and how they were judged.
    static let traces = Migration("0006_traces", heads + notes + spans + assessments + links)

    // The short number of a trace stands in all tables below it. Session, tokens and cost are read out of the metadata
    // when it is written, so that sums over many traces need not parse it.
    private static let heads = [
        """
        CREATE TABLE traces (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            experiment INTEGER NOT NULL REFERENCES experiments (id),
            started_at INTEGER NOT NULL,
            duration INTEGER,
            state TEXT NOT NULL,
            name TEXT,
            client_request_id TEXT,
            request_preview TEXT,
            response_preview TEXT,
            session TEXT,
            input_tokens INTEGER,
            output_tokens INTEGER,
            total_tokens INTEGER,
            cache_read_tokens INTEGER,
            cache_creation_tokens INTEGER,
            input_cost REAL,
            output_cost REAL,
            total_cost REAL
        )
        """,
        "CREATE INDEX traces_by_start ON traces (experiment, started_at DESC, id)",
        "CREATE INDEX traces_by_session ON traces (session) WHERE session IS NOT NULL",
    ]

    private static let notes = ["trace_tags", "trace_metadata"].map { table in
        """
        CREATE TABLE \(table) (
            trace INTEGER NOT NULL REFERENCES traces (number),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (trace, key)
        ) WITHOUT ROWID
        """
    }

    private static let spans = [
        """
        CREATE TABLE spans (
            number INTEGER PRIMARY KEY,
            trace INTEGER NOT NULL REFERENCES traces (number),
            id TEXT NOT NULL,
            parent TEXT,
            name TEXT NOT NULL,
            type TEXT,
            status TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            model TEXT,
            provider TEXT,
            input_cost REAL,
            output_cost REAL,
            total_cost REAL,
            content TEXT NOT NULL,
            UNIQUE (trace, id)
        )
        """
    ]

    private static let assessments = [
        """
        CREATE TABLE assessments (
            trace INTEGER NOT NULL REFERENCES traces (number),
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            span TEXT,
            source_type TEXT NOT NULL,
            source_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            value TEXT NOT NULL,
            number REAL,
            is_number INTEGER NOT NULL,
            failure_code TEXT,
            failure_message TEXT,
            failure_stack TEXT,
            rationale TEXT,
            metadata TEXT,
            is_for_session INTEGER NOT NULL,
            overrides TEXT,
            is_valid INTEGER NOT NULL,
            PRIMARY KEY (trace, id)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX assessments_by_name ON assessments (kind, name, trace)",
    ]

    private static let links = [
        """
        CREATE TABLE trace_runs (
            trace INTEGER NOT NULL REFERENCES traces (number),
            run TEXT NOT NULL,
            PRIMARY KEY (trace, run)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE trace_prompts (
            trace INTEGER NOT NULL REFERENCES traces (number),
            prompt TEXT NOT NULL,
            PRIMARY KEY (trace, prompt)
        ) WITHOUT ROWID
        """,
    ]
}
