package import SlipwayDomain

/// One stored webhook.
package struct WebhookRow: Sendable, Equatable {
    package let id: String
    package var name: String
    package var description: String?
    package var url: String
    /// The events as `ENTITY.ACTION`, sorted.
    package var events: [String]
    /// The encrypted secret.
    package var secret: [UInt8]?
    package var isActive: Bool
    /// The first ledger position that is sent to it.
    package var startsAt: Int
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(
        id: String,
        name: String,
        description: String?,
        url: String,
        events: [String],
        secret: [UInt8]?,
        isActive: Bool,
        startsAt: Int,
        createdAt: Instant,
        updatedAt: Instant
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.url = url
        self.events = events
        self.secret = secret
        self.isActive = isActive
        self.startsAt = startsAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// The SQL of webhooks.
package enum WebhookTable {
    private static let columns =
        "id, name, description, url, events, secret, is_active, starts_at, created_at, updated_at"

    private static func webhook(_ row: SQLRow) -> WebhookRow {
        WebhookRow(
            id: row.text(0),
            name: row.text(1),
            description: row.optionalText(2),
            url: row.text(3),
            events: row.text(4).split(separator: " ").map(String.init),
            secret: row[5] == .null ? nil : row.blob(5),
            isActive: row.bool(6),
            startsAt: Int(row.integer(7)),
            createdAt: Instant(milliseconds: row.integer(8)),
            updatedAt: Instant(milliseconds: row.integer(9))
        )
    }

    package static func row(_ id: String, in connection: any SQLReader) throws(StoreError) -> WebhookRow? {
        try connection.row("SELECT \(columns) FROM webhooks WHERE id = ?", [.text(id)]).map(webhook)
    }

    /// A part of all webhooks, the newest first.
    package static func page(
        offset: Int64,
        limit: Int64,
        in connection: any SQLReader
    ) throws(StoreError) -> [WebhookRow] {
        try connection.rows(
            "SELECT \(columns) FROM webhooks ORDER BY created_at DESC, id LIMIT ? OFFSET ?",
            [.integer(limit), .integer(offset)]
        ).map(webhook)
    }

    /// The webhooks that something may be sent to.
    package static func active(in connection: any SQLReader) throws(StoreError) -> [WebhookRow] {
        try connection.rows("SELECT \(columns) FROM webhooks WHERE is_active = 1 ORDER BY id").map(webhook)
    }

    package static func count(in connection: any SQLReader) throws(StoreError) -> Int {
        Int(try connection.row("SELECT COUNT(*) FROM webhooks")?.integer(0) ?? 0)
    }

    /// Stores a new webhook, or the new state of a known one.
    package static func save(_ webhook: WebhookRow, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO webhooks (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                url = excluded.url, events = excluded.events, secret = excluded.secret,
                is_active = excluded.is_active, starts_at = excluded.starts_at, updated_at = excluded.updated_at
            """,
            [
                .text(webhook.id), .text(webhook.name), .optional(webhook.description), .text(webhook.url),
                .text(webhook.events.joined(separator: " ")), webhook.secret.map(SQLValue.blob) ?? .null,
                .bool(webhook.isActive), .integer(webhook.startsAt), .integer(webhook.createdAt.milliseconds),
                .integer(webhook.updatedAt.milliseconds),
            ]
        )
    }

    /// Removes the webhook; what waits to be sent to it goes by the foreign key. False when there was none.
    package static func delete(_ id: String, in connection: any SQLWriter) throws(StoreError) -> Bool {
        try connection.execute("DELETE FROM webhooks WHERE id = ?", [.text(id)]) > 0
    }
}
