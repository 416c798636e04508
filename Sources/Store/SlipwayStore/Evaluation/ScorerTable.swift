package import SlipwayDomain

/// Scorers and their versions.
package enum ScorerTable {
    private static let select = """
        SELECT s.id, s.experiment, s.name, v.version, v.body, v.created_at
        FROM scorers s JOIN scorer_versions v ON v.scorer = s.id
        """

    private static func version(_ row: SQLRow) -> ScorerVersion {
        ScorerVersion(
            scorer: row.text(0),
            experiment: row.integer(1),
            name: row.text(2),
            version: row.integer(3),
            body: row.text(4),
            createdAt: Instant(milliseconds: row.integer(5))
        )
    }

    /// The scorer's identifier and the last number that a version of it got.
    package static func find(
        _ name: String,
        experiment: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> (id: String, lastVersion: Int64)? {
        try reader.row(
            "SELECT id, last_version FROM scorers WHERE experiment = ? AND name = ?",
            [.integer(experiment), .text(name)]
        ).map { ($0.text(0), $0.integer(1)) }
    }

    /// Stores a version, and its scorer when it is the first.
    package static func insert(_ version: ScorerVersion, in writer: some SQLWriter) throws(StoreError) {
        try writer.execute(
            """
            INSERT INTO scorers (id, experiment, name, last_version) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET last_version = excluded.last_version
            """,
            [.text(version.scorer), .integer(version.experiment), .text(version.name), .integer(version.version)]
        )
        try writer.execute(
            "INSERT INTO scorer_versions (scorer, version, body, created_at) VALUES (?, ?, ?, ?)",
            [
                .text(version.scorer), .integer(version.version), .text(version.body),
                .integer(version.createdAt.milliseconds),
            ]
        )
    }

    /// All versions of a scorer, the first one first.
    package static func versions(
        of id: String,
        in reader: some SQLReader
    ) throws(StoreError) -> [ScorerVersion] {
        try reader.rows("\(select) WHERE s.id = ? ORDER BY v.version", [.text(id)]).map(version)
    }

    /// The newest version of each scorer of active experiments, by experiment and name; nil means all of those.
    package static func newest(
        ofExperiments ids: [Int64]?,
        limit: Int64,
        in reader: some SQLReader
    ) throws(StoreError) -> [ScorerVersion] {
        let list = ids.map { SQLList($0.map { .integer($0) }) }
        let scope = list.map { "AND s.experiment IN (\($0.marks))" } ?? ""
        return try reader.rows(
            """
            \(select) JOIN experiments e ON e.id = s.experiment
            WHERE e.is_deleted = 0 \(scope)
                AND v.version = (SELECT MAX(n.version) FROM scorer_versions n WHERE n.scorer = s.id)
            ORDER BY s.experiment, s.name LIMIT ?
            """,
            (list?.values ?? []) + [.integer(limit)]
        ).map(version)
    }

    /// Removes one version, or the scorer with all of them.
    package static func delete(_ id: String, version: Int64?, in writer: some SQLWriter) throws(StoreError) {
        if let version {
            try writer.execute(
                "DELETE FROM scorer_versions WHERE scorer = ? AND version = ?",
                [.text(id), .integer(version)]
            )
        } else {
            try writer.execute("DELETE FROM scorers WHERE id = ?", [.text(id)])
        }
    }
}
