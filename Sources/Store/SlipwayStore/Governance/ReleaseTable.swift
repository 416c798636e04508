package import SlipwayDomain

/// A release as it is stored.
package struct ReleaseRow: Sendable {
    package let id: ReleaseID
    package let model: String
    package let revision: Int
    package let isActive: Bool
    package let startedAt: Instant
    /// The planner's state as canonical JSON.
    package let state: String
}

/// The SQL of releases.
package enum ReleaseTable {
    private static let columns = "SELECT id, model, revision, is_active, started_at, state FROM releases"

    package static func insert(
        id: ReleaseID,
        model: String,
        environment: String,
        candidate: Int,
        revision: Int,
        isActive: Bool,
        startedAt: Instant,
        state: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO releases (id, model, environment, candidate, is_active, revision, started_at, state)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(id.text), .text(model), .text(environment), .integer(candidate), .bool(isActive),
                .integer(revision), .integer(startedAt.milliseconds), .text(state),
            ]
        )
    }

    /// Stores the next state, if nobody else did meanwhile.
    package static func update(
        id: ReleaseID,
        from revision: Int,
        to next: Int,
        isActive: Bool,
        state: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        let changed = try connection.execute(
            "UPDATE releases SET revision = ?, is_active = ?, state = ? WHERE id = ? AND revision = ?",
            [.integer(next), .bool(isActive), .text(state), .text(id.text), .integer(revision)]
        )
        guard changed == 1 else { throw .conflict("release \(id) is no longer at revision \(revision)") }
    }

    package static func row(_ id: ReleaseID, in connection: any SQLReader) throws(StoreError) -> ReleaseRow? {
        try connection.row(columns + " WHERE id = ?", [.text(id.text)]).map(release)
    }

    /// Releases that are not over.
    package static func active(in connection: any SQLReader) throws(StoreError) -> [ReleaseRow] {
        try connection.rows(columns + " WHERE is_active = 1 ORDER BY started_at, id").map(release)
    }

    /// The release of a model that is not over.
    package static func active(model: String, in connection: any SQLReader) throws(StoreError) -> ReleaseRow? {
        try connection.row(columns + " WHERE is_active = 1 AND model = ?", [.text(model)]).map(release)
    }

    /// The newest releases of a model, newest first.
    package static func newest(
        model: String,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [ReleaseRow] {
        try connection.rows(
            columns + " WHERE model = ? ORDER BY started_at DESC, id DESC LIMIT ?",
            [.text(model), .integer(limit)]
        ).map(release)
    }

    /// When a model was released for the first time; nil when it never was.
    package static func firstStart(model: String, in connection: any SQLReader) throws(StoreError) -> Instant? {
        let row = try connection.row(
            "SELECT COALESCE(MIN(started_at), -1) FROM releases WHERE model = ?",
            [.text(model)]
        )
        guard let start = row?.integer(0), start >= 0 else { return nil }
        return Instant(milliseconds: start)
    }

    private static func release(_ row: SQLRow) -> ReleaseRow {
        ReleaseRow(
            id: ReleaseID(row.text(0)),
            model: row.text(1),
            revision: Int(row.integer(2)),
            isActive: row.bool(3),
            startedAt: Instant(milliseconds: row.integer(4)),
            state: row.text(5)
        )
    }
}
