package import SlipwayDomain

/// One start of a gateway, as far as its reports were taken.
package struct GatewayLife: Sendable, Equatable {
    package let life: String
    package let name: String
    /// The number of the newest report that was taken.
    package let sequence: Int
    package let seenAt: Instant
}

/// The SQL of gateway lives.
package enum GatewayLifeTable {
    /// How long a life that says nothing is remembered: far longer than anybody sends a report again.
    private static let kept = Span.days(30)

    /// Marks a report as taken; false when it or a newer one was taken before.
    package static func take(
        life: String,
        name: String,
        sequence: Int,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) -> Bool {
        let isNew = try connection.row("SELECT 1 FROM gateway_lives WHERE life = ?", [.text(life)]) == nil
        if isNew {
            let limit = time.milliseconds - kept.milliseconds
            try connection.execute("DELETE FROM gateway_lives WHERE seen_at < ?", [.integer(limit)])
        }
        let changed = try connection.execute(
            """
            INSERT INTO gateway_lives (life, name, sequence, seen_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (life) DO UPDATE SET name = excluded.name, sequence = excluded.sequence,
                seen_at = excluded.seen_at
            WHERE gateway_lives.sequence < excluded.sequence
            """,
            [.text(life), .text(name), .integer(sequence), .integer(time.milliseconds)]
        )
        return changed > 0
    }

    /// The lives that were heard of since `time`, by name.
    package static func seen(since time: Instant, in connection: any SQLReader) throws(StoreError) -> [GatewayLife] {
        try connection.rows(
            "SELECT life, name, sequence, seen_at FROM gateway_lives WHERE seen_at >= ? ORDER BY name, life",
            [.integer(time.milliseconds)]
        ).map {
            GatewayLife(
                life: $0.text(0),
                name: $0.text(1),
                sequence: Int($0.integer(2)),
                seenAt: Instant(milliseconds: $0.integer(3))
            )
        }
    }
}
