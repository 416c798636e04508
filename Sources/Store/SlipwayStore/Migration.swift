/// One named, forward-only step of the schema.
package struct Migration: Sendable {
    package let name: String
    package let statements: [String]

    package init(_ name: String, _ statements: [String]) {
        self.name = name
        self.statements = statements
    }

    /// Every step ever shipped, in order. Append only: a shipped step never changes.
    package static let all: [Migration] = [
        .ledger, .tracking, .registry, .governance, .serving,
        .traces, .webhooks, .search, .purge, .evaluation, .imports,
        .releaseControls, .gateways, .watching, .performance,
        .modelMetrics, .classes,
    ]
}

/// Brings a database to the newest schema, or refuses one that is newer.
package enum Migrator {
    /// Applies what is missing, each step with its mark in the same transaction; returns the names applied.
    @discardableResult
    package static func migrate(
        _ database: any SQLDatabase,
        steps: [Migration] = Migration.all
    ) async throws -> [String] {
        try await database.write { connection in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
            )
            let applied = try connection.rows("SELECT name FROM migrations ORDER BY position").map { $0.text(0) }
            let unknown = applied.filter { name in !steps.contains { $0.name == name } }
            guard unknown.isEmpty else { throw StoreError.tooNew(unknown: unknown) }
            var done: [String] = []
            for (position, step) in steps.enumerated() where !applied.contains(step.name) {
                for statement in step.statements { try connection.execute(statement) }
                try connection.execute(
                    "INSERT INTO migrations (position, name) VALUES (?, ?)",
                    [.integer(position), .text(step.name)]
                )
                done.append(step.name)
            }
            return done
        }
    }
}
