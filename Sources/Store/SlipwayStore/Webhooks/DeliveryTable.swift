package import SlipwayDomain

/// One thing that is sent to one webhook until it has arrived or is given up.
package struct DeliveryRow: Sendable, Equatable {
    /// Where a delivery stands.
    package enum State: String, Sendable {
        case waiting, delivered, failed
    }

    /// What the receiver knows it by; the same however often it is sent.
    package let id: String
    package let webhook: String
    /// The place of the ledger entry that it tells of.
    package let position: Int
    package let entry: EntryID
    /// The event as `ENTITY.ACTION`.
    package let event: String
    package let body: String
    package var state: State
    package var attempts: Int
    package var nextAt: Instant
    /// Why the newest attempt did not succeed.
    package var reason: String?
    package var finishedAt: Instant?

    package init(
        id: String,
        webhook: String,
        position: Int,
        entry: EntryID,
        event: String,
        body: String,
        state: State = .waiting,
        attempts: Int = 0,
        nextAt: Instant,
        reason: String? = nil,
        finishedAt: Instant? = nil
    ) {
        self.id = id
        self.webhook = webhook
        self.position = position
        self.entry = entry
        self.event = event
        self.body = body
        self.state = state
        self.attempts = attempts
        self.nextAt = nextAt
        self.reason = reason
        self.finishedAt = finishedAt
    }
}

/// The SQL of deliveries.
package enum DeliveryTable {
    private static let columns =
        "id, webhook, position, entry, event, body, state, attempts, next_at, reason, finished_at"

    private static func delivery(_ row: SQLRow) throws(StoreError) -> DeliveryRow {
        guard let state = DeliveryRow.State(rawValue: row.text(6)) else {
            throw .corrupt("the delivery \(row.text(0)) has no state")
        }
        return DeliveryRow(
            id: row.text(0),
            webhook: row.text(1),
            position: Int(row.integer(2)),
            entry: EntryID(row.text(3)),
            event: row.text(4),
            body: row.text(5),
            state: state,
            attempts: Int(row.integer(7)),
            nextAt: Instant(milliseconds: row.integer(8)),
            reason: row.optionalText(9),
            finishedAt: row.optionalInteger(10).map { Instant(milliseconds: $0) }
        )
    }

    /// Stores new deliveries; one for an entry that the webhook has a delivery of already changes nothing.
    package static func insert(_ deliveries: [DeliveryRow], in connection: any SQLWriter) throws(StoreError) {
        try connection.executeEach(
            """
            INSERT INTO webhook_deliveries (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (webhook, position) DO NOTHING
            """,
            deliveries.map { delivery in
                [
                    .text(delivery.id), .text(delivery.webhook), .integer(delivery.position),
                    .text(delivery.entry.text), .text(delivery.event), .text(delivery.body),
                    .text(delivery.state.rawValue), .integer(delivery.attempts),
                    .integer(delivery.nextAt.milliseconds), .optional(delivery.reason),
                    .optional(delivery.finishedAt?.milliseconds),
                ]
            }
        )
    }

    /// The active webhooks that something is due for.
    package static func dueWebhooks(at time: Instant, in connection: any SQLReader) throws(StoreError) -> [String] {
        try connection.rows(
            """
            SELECT id FROM webhooks WHERE is_active = 1 AND EXISTS (
                SELECT 1 FROM webhook_deliveries
                WHERE webhook = webhooks.id AND state = 'waiting' AND next_at <= ?
            ) ORDER BY id
            """,
            [.integer(time.milliseconds)]
        ).map { $0.text(0) }
    }

    /// What is due first for a webhook.
    package static func due(
        for webhook: String,
        at time: Instant,
        in connection: any SQLReader
    ) throws(StoreError) -> DeliveryRow? {
        guard
            let row = try connection.row(
                """
                SELECT \(columns) FROM webhook_deliveries WHERE webhook = ? AND state = 'waiting' AND next_at <= ?
                ORDER BY next_at, position LIMIT 1
                """,
                [.text(webhook), .integer(time.milliseconds)]
            )
        else { return nil }
        return try delivery(row)
    }

    /// The newest deliveries of a webhook, newest first.
    package static func newest(
        of webhook: String,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [DeliveryRow] {
        var found: [DeliveryRow] = []
        for row in try connection.rows(
            "SELECT \(columns) FROM webhook_deliveries WHERE webhook = ? ORDER BY position DESC LIMIT ?",
            [.text(webhook), .integer(limit)]
        ) { found.append(try delivery(row)) }
        return found
    }

    /// Stores how a delivery stands after an attempt; false when it is gone or was settled meanwhile.
    package static func settle(_ delivery: DeliveryRow, in connection: any SQLWriter) throws(StoreError) -> Bool {
        try connection.execute(
            """
            UPDATE webhook_deliveries SET state = ?, attempts = ?, next_at = ?, reason = ?, finished_at = ?
            WHERE id = ? AND state = 'waiting'
            """,
            [
                .text(delivery.state.rawValue), .integer(delivery.attempts), .integer(delivery.nextAt.milliseconds),
                .optional(delivery.reason), .optional(delivery.finishedAt?.milliseconds), .text(delivery.id),
            ]
        ) > 0
    }

    /// Forgets deliveries that ended before `time`; the ledger keeps what was given up.
    package static func forget(endedBefore time: Instant, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "DELETE FROM webhook_deliveries WHERE finished_at < ?",
            [.integer(time.milliseconds)]
        )
    }
}
