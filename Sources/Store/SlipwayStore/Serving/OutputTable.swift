package import SlipwayDomain

/// The SQL of a version's answers: their scores in a window, and what they looked like when the version began.
package enum OutputTable {
    /// The scores of a version's predictions in [from, to], oldest first.
    package static func scores(
        model: String,
        version: Int,
        from: Instant,
        to: Instant,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [Double] {
        try connection.rows(
            """
            SELECT score FROM predictions
            WHERE model = ? AND time >= ? AND time <= ? AND version = ? AND score IS NOT NULL ORDER BY time, id LIMIT ?
            """,
            [
                .text(model), .integer(from.milliseconds), .integer(to.milliseconds), .integer(version),
                .integer(limit),
            ]
        ).map { $0.real(0) }
    }

    /// The frozen profile of a version's answers.
    package static func reference(
        model: String,
        version: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> String? {
        try connection.row(
            "SELECT profile FROM output_references WHERE model = ? AND version = ?",
            [.text(model), .integer(version)]
        )?.text(0)
    }

    /// Freezes the profile of a version's answers.
    package static func setReference(
        model: String,
        version: Int,
        at time: Instant,
        profile: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO output_references (model, version, frozen_at, profile) VALUES (?, ?, ?, ?)
            ON CONFLICT (model, version) DO NOTHING
            """,
            [.text(model), .integer(version), .integer(time.milliseconds), .text(profile)]
        )
    }
}
