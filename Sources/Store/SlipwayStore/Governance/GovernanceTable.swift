package import SlipwayDomain

/// The SQL of manifests, evidence, approvals and decisions.
package enum GovernanceTable {
    /// A manifest as it is stored.
    package struct ManifestRow: Sendable {
        package let model: String
        package let digest: String
        package let json: String
        package let appliedAt: Instant
        package let appliedBy: String
    }

    package static func manifest(_ model: String, in connection: any SQLReader) throws(StoreError) -> ManifestRow? {
        try connection.row(manifestColumns + " WHERE model = ?", [.text(model)]).map(manifestRow)
    }

    package static func manifests(in connection: any SQLReader) throws(StoreError) -> [ManifestRow] {
        try connection.rows(manifestColumns + " ORDER BY model").map(manifestRow)
    }

    private static let manifestColumns = "SELECT model, digest, json, applied_at, applied_by FROM manifests"

    private static func manifestRow(_ row: SQLRow) -> ManifestRow {
        ManifestRow(
            model: row.text(0),
            digest: row.text(1),
            json: row.text(2),
            appliedAt: Instant(milliseconds: row.integer(3)),
            appliedBy: row.text(4)
        )
    }

    package static func setManifest(
        _ model: String,
        digest: String,
        json: String,
        at time: Instant,
        by actor: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO manifests (model, digest, json, applied_at, applied_by, revision) VALUES (?, ?, ?, ?, ?, 1)
            ON CONFLICT (model) DO UPDATE SET digest = excluded.digest, json = excluded.json,
                applied_at = excluded.applied_at, applied_by = excluded.applied_by, revision = revision + 1
            """,
            [.text(model), .text(digest), .text(json), .integer(time.milliseconds), .text(actor)]
        )
    }

    package static func insertEvidence(
        entry: EntryID,
        model: String,
        version: Int,
        kind: String,
        at time: Instant,
        json: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO evidence (entry, model, version, kind, time, json) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .text(entry.text), .text(model), .integer(version), .text(kind), .integer(time.milliseconds),
                .text(json),
            ]
        )
    }

    /// All evidence of one kind about a version, oldest first, as canonical JSON.
    package static func evidence(
        model: String,
        version: Int,
        kind: String,
        in connection: any SQLReader
    ) throws(StoreError) -> [String] {
        try connection.rows(
            "SELECT json FROM evidence WHERE model = ? AND version = ? AND kind = ? ORDER BY time, entry",
            [.text(model), .integer(version), .text(kind)]
        ).map { $0.text(0) }
    }

    package static func setReference(
        model: String,
        version: Int,
        digest: String,
        json: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO reference_profiles (model, version, digest, json) VALUES (?, ?, ?, ?)
            ON CONFLICT (model, version) DO UPDATE SET digest = excluded.digest, json = excluded.json
            """,
            [.text(model), .integer(version), .text(digest), .text(json)]
        )
    }

    package static func reference(
        model: String,
        version: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> (digest: String, json: String)? {
        try connection.row(
            "SELECT digest, json FROM reference_profiles WHERE model = ? AND version = ?",
            [.text(model), .integer(version)]
        ).map { ($0.text(0), $0.text(1)) }
    }

    /// Only the digest of a reference, which is asked for often.
    package static func referenceDigest(
        model: String,
        version: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> String? {
        try connection.row(
            "SELECT digest FROM reference_profiles WHERE model = ? AND version = ?",
            [.text(model), .integer(version)]
        )?.text(0)
    }

    package static func insertApproval(
        _ id: ApprovalID,
        model: String,
        version: Int,
        environment: String,
        by user: String?,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO approvals (id, model, version, environment, requested_by, requested_at)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .text(id.text), .text(model), .integer(version), .text(environment), .optional(user),
                .integer(time.milliseconds),
            ]
        )
    }

    /// What an approval request is about.
    package static func approval(
        _ id: ApprovalID,
        in connection: any SQLReader
    ) throws(StoreError) -> (model: String, version: Int, environment: String)? {
        try connection.row(
            "SELECT model, version, environment FROM approvals WHERE id = ?",
            [.text(id.text)]
        ).map { ($0.text(0), Int($0.integer(1)), $0.text(2)) }
    }

    package static func insertDecision(
        entry: EntryID,
        model: String,
        version: Int,
        environment: String,
        allowed: Bool,
        at time: Instant,
        json: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO decisions (entry, model, version, environment, allowed, time, json)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(entry.text), .text(model), .integer(version), .text(environment), .bool(allowed),
                .integer(time.milliseconds), .text(json),
            ]
        )
    }

    /// The decision recorded as `entry`, as canonical JSON.
    package static func decision(_ entry: EntryID, in connection: any SQLReader) throws(StoreError) -> String? {
        try connection.row("SELECT json FROM decisions WHERE entry = ?", [.text(entry.text)])?.text(0)
    }
}
