package import SlipwayDomain

/// A window of live traffic as it is stored.
package struct LiveWindowRow: Sendable {
    package let model: String
    package let startedAt: Instant
    package let endsAt: Instant
    package let isClosed: Bool
    package let version: Int
    package let rows: Int
    package let profile: String
    /// How many rows came in each hour of the week; nil for a window of an older server.
    package let hours: String?

    package init(
        model: String,
        startedAt: Instant,
        endsAt: Instant,
        isClosed: Bool,
        version: Int,
        rows: Int,
        profile: String,
        hours: String? = nil
    ) {
        self.model = model
        self.startedAt = startedAt
        self.endsAt = endsAt
        self.isClosed = isClosed
        self.version = version
        self.rows = rows
        self.profile = profile
        self.hours = hours
    }
}

/// An incident as it is stored.
package struct IncidentRow: Sendable {
    package let id: IncidentID
    package let model: String
    package let isOpen: Bool
    package let openedAt: Instant
    package let resolvedAt: Instant?
    package let json: String
}

/// The SQL of what watching live traffic keeps: windows, alert states, incidents.
package enum WatchTable {
    package static func setWindow(_ window: LiveWindowRow, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO live_windows (model, started_at, ends_at, is_closed, version, rows, profile, hours)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (model, started_at) DO UPDATE SET ends_at = excluded.ends_at, is_closed = excluded.is_closed,
                version = excluded.version, rows = excluded.rows, profile = excluded.profile, hours = excluded.hours
            """,
            [
                .text(window.model), .integer(window.startedAt.milliseconds), .integer(window.endsAt.milliseconds),
                .bool(window.isClosed), .integer(window.version), .integer(window.rows), .text(window.profile),
                .optional(window.hours),
            ]
        )
    }

    /// The window of a model that is still filling.
    package static func openWindow(model: String, in connection: any SQLReader) throws(StoreError) -> LiveWindowRow? {
        try connection.row(
            windowColumns + " WHERE model = ? AND is_closed = 0 ORDER BY started_at DESC LIMIT 1",
            [.text(model)]
        ).map(window)
    }

    /// The last windows of a version that were full before an instant, the newest last.
    package static func closedWindows(
        model: String,
        version: Int,
        before start: Instant,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [LiveWindowRow] {
        try connection.rows(
            windowColumns
                + " WHERE model = ? AND version = ? AND is_closed = 1 AND started_at < ? ORDER BY started_at DESC LIMIT ?",
            [.text(model), .integer(version), .integer(start.milliseconds), .integer(limit)]
        ).map(window).reversed()
    }

    private static let windowColumns =
        "SELECT model, started_at, ends_at, is_closed, version, rows, profile, hours FROM live_windows"

    private static func window(_ row: SQLRow) -> LiveWindowRow {
        LiveWindowRow(
            model: row.text(0),
            startedAt: Instant(milliseconds: row.integer(1)),
            endsAt: Instant(milliseconds: row.integer(2)),
            isClosed: row.bool(3),
            version: Int(row.integer(4)),
            rows: Int(row.integer(5)),
            profile: row.text(6),
            hours: row.optionalText(7)
        )
    }

    package static func alertState(
        model: String,
        kind: String,
        in connection: any SQLReader
    ) throws(StoreError) -> String? {
        try connection.row("SELECT state FROM alert_states WHERE model = ? AND kind = ?", [.text(model), .text(kind)])?
            .text(0)
    }

    package static func setAlertState(
        model: String,
        kind: String,
        state: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO alert_states (model, kind, state) VALUES (?, ?, ?)
            ON CONFLICT (model, kind) DO UPDATE SET state = excluded.state
            """,
            [.text(model), .text(kind), .text(state)]
        )
    }

    package static func lastPerformanceWindow(model: String, in connection: any SQLReader) throws(StoreError)
        -> Instant?
    {
        try connection.row("SELECT MAX(ends_at) FROM performance_windows WHERE model = ?", [.text(model)])?
            .optionalInteger(0).map { Instant(milliseconds: $0) }
    }

    package static func insertPerformanceWindow(
        model: String,
        from: Instant,
        to: Instant,
        entry: EntryID,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO performance_windows (model, started_at, ends_at, entry) VALUES (?, ?, ?, ?)",
            [.text(model), .integer(from.milliseconds), .integer(to.milliseconds), .text(entry.text)]
        )
    }

    private static let incidentColumns = "SELECT id, model, is_open, opened_at, resolved_at, json FROM incidents"

    package static func openIncident(model: String, in connection: any SQLReader) throws(StoreError) -> IncidentRow? {
        try connection.row(incidentColumns + " WHERE model = ? AND is_open = 1", [.text(model)]).map(incident)
    }

    package static func incident(_ id: IncidentID, in connection: any SQLReader) throws(StoreError) -> IncidentRow? {
        try connection.row(incidentColumns + " WHERE id = ?", [.text(id.text)]).map(incident)
    }

    /// Incidents of one model or of all, newest first.
    package static func incidents(
        model: String?,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [IncidentRow] {
        try connection.rows(
            incidentColumns + " WHERE ? IS NULL OR model = ? ORDER BY opened_at DESC, id DESC LIMIT ?",
            [.optional(model), .optional(model), .integer(limit)]
        ).map(incident)
    }

    package static func insertIncident(
        _ id: IncidentID,
        model: String,
        at time: Instant,
        json: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO incidents (id, model, is_open, opened_at, json) VALUES (?, ?, 1, ?, ?)",
            [.text(id.text), .text(model), .integer(time.milliseconds), .text(json)]
        )
    }

    /// Replaces what is known of an incident.
    package static func setIncident(
        _ id: IncidentID,
        json: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute("UPDATE incidents SET json = ? WHERE id = ?", [.text(json), .text(id.text)])
    }

    /// Closes an incident; false when it was not open.
    package static func resolveIncident(
        _ id: IncidentID,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) -> Bool {
        try connection.execute(
            "UPDATE incidents SET is_open = 0, resolved_at = ? WHERE id = ? AND is_open = 1",
            [.integer(time.milliseconds), .text(id.text)]
        ) == 1
    }

    /// Marks a digest as seen serving on a day; false when it was already.
    package static func markServed(
        model: String,
        digest: String,
        day: String,
        in connection: any SQLWriter
    ) throws(StoreError) -> Bool {
        try connection.execute(
            "INSERT OR IGNORE INTO served_digests (model, digest, day) VALUES (?, ?, ?)",
            [.text(model), .text(digest), .text(day)]
        ) == 1
    }

    private static func incident(_ row: SQLRow) -> IncidentRow {
        IncidentRow(
            id: IncidentID(row.text(0)),
            model: row.text(1),
            isOpen: row.bool(2),
            openedAt: Instant(milliseconds: row.integer(3)),
            resolvedAt: row.optionalInteger(4).map { Instant(milliseconds: $0) },
            json: row.text(5)
        )
    }
}
