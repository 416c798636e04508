package import SlipwayDomain

/// An artifact that is being uploaded in parts, or was lately.
package struct UploadRow: Sendable, Equatable {
    package let id: String
    /// Where the artifact goes.
    package let path: String
    /// How many parts were announced.
    package let parts: Int64
    /// What proves that somebody may send parts.
    package let token: String
    package let startedAt: Instant
    /// When the artifact took its place.
    package let finishedAt: Instant?

    package init(id: String, path: String, parts: Int64, token: String, startedAt: Instant, finishedAt: Instant?) {
        self.id = id
        self.path = path
        self.parts = parts
        self.token = token
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// The SQL of uploads in parts.
package enum UploadTable {
    package static func insert(_ upload: UploadRow, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "INSERT INTO artifact_uploads (id, path, parts, token, started_at) VALUES (?, ?, ?, ?, ?)",
            [
                .text(upload.id), .text(upload.path), .integer(upload.parts), .text(upload.token),
                .integer(upload.startedAt.milliseconds),
            ]
        )
    }

    package static func row(_ id: String, in connection: any SQLReader) throws(StoreError) -> UploadRow? {
        try connection.row(
            "SELECT id, path, parts, token, started_at, finished_at FROM artifact_uploads WHERE id = ?",
            [.text(id)]
        ).map { row in
            UploadRow(
                id: row.text(0),
                path: row.text(1),
                parts: row.integer(2),
                token: row.text(3),
                startedAt: Instant(milliseconds: row.integer(4)),
                finishedAt: row.optionalInteger(5).map { Instant(milliseconds: $0) }
            )
        }
    }

    /// How many uploads are under way.
    package static func unfinishedCount(in connection: any SQLReader) throws(StoreError) -> Int64 {
        try connection.row("SELECT COUNT(*) FROM artifact_uploads WHERE finished_at IS NULL")?.integer(0) ?? 0
    }

    /// Notes that the artifact took its place.
    package static func finish(_ id: String, at time: Instant, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute(
            "UPDATE artifact_uploads SET finished_at = ? WHERE id = ?",
            [.integer(time.milliseconds), .text(id)]
        )
    }

    package static func delete(_ id: String, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute("DELETE FROM artifact_uploads WHERE id = ?", [.text(id)])
    }

    /// Forgets the uploads that began before `time`.
    package static func delete(startedBefore time: Instant, in connection: any SQLWriter) throws(StoreError) {
        try connection.execute("DELETE FROM artifact_uploads WHERE started_at < ?", [.integer(time.milliseconds)])
    }

    /// The uploads whose parts are still needed.
    package static func unfinished(in connection: any SQLReader) throws(StoreError) -> [String] {
        try connection.rows("SELECT id FROM artifact_uploads WHERE finished_at IS NULL").map { $0.text(0) }
    }
}
