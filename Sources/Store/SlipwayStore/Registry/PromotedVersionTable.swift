/// A version and where its files are.
package struct VersionLocation: Sendable, Equatable {
    package let model: String
    package let version: Int64
    /// A URI, or `runs:/<run>/<path>`.
    package let location: String
    /// The run that made it; empty when unknown.
    package let runID: String
}

/// Which versions stand on their files.
package enum PromotedVersionTable {
    /// The versions that were allowed somewhere, answered by a person, released, or serve.
    package static func versions(in connection: any SQLReader) throws(StoreError) -> [VersionLocation] {
        try connection.rows(
            """
            SELECT v.model, v.version, v.location, v.run_id FROM model_versions v
            JOIN (
                SELECT model, version FROM decisions WHERE allowed = 1
                UNION SELECT model, version FROM evidence WHERE kind = 'approval'
                UNION SELECT model, candidate FROM releases
                UNION SELECT model, stable FROM endpoints WHERE stable IS NOT NULL
                UNION SELECT model, previous FROM endpoints WHERE previous IS NOT NULL
                UNION SELECT model, candidate FROM endpoints WHERE candidate IS NOT NULL
            ) p ON p.model = v.model AND p.version = v.version
            ORDER BY v.model, v.version
            """
        ).map(location)
    }

    /// Every registered version.
    package static func all(in connection: any SQLReader) throws(StoreError) -> [VersionLocation] {
        try connection.rows("SELECT model, version, location, run_id FROM model_versions ORDER BY model, version")
            .map(location)
    }

    /// The versions that evidence, a decision or a release is about, whether they are still registered or not.
    package static func withEvidence(
        in connection: any SQLReader
    ) throws(StoreError) -> [(model: String, version: Int64)] {
        try connection.rows(
            """
            SELECT model, version FROM evidence UNION SELECT model, version FROM decisions
            UNION SELECT model, candidate FROM releases
            """
        ).map { ($0.text(0), $0.integer(1)) }
    }

    private static func location(_ row: SQLRow) -> VersionLocation {
        VersionLocation(model: row.text(0), version: row.integer(1), location: row.text(2), runID: row.text(3))
    }
}
