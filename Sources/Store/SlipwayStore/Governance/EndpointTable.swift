/// Which versions of a model take production traffic.
package struct EndpointRow: Sendable, Equatable {
    package let model: String
    package let stable: Int?
    /// What was stable before; a rollback goes there.
    package let previous: Int?
    package let candidate: Int?
    package let candidatePercent: Int
    package let release: String?
}

/// The SQL of endpoints.
package enum EndpointTable {
    private static let columns =
        "SELECT model, stable, previous, candidate, candidate_percent, release FROM endpoints"

    package static func row(_ model: String, in connection: any SQLReader) throws(StoreError) -> EndpointRow? {
        try connection.row(columns + " WHERE model = ?", [.text(model)]).map(endpoint)
    }

    package static func all(in connection: any SQLReader) throws(StoreError) -> [EndpointRow] {
        try connection.rows(columns + " ORDER BY model").map(endpoint)
    }

    /// Ties an endpoint to a release that begins; its share stays 0 until an effect sets it.
    package static func begin(
        model: String,
        release: String,
        candidate: Int,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO endpoints (model, candidate, release) VALUES (?, ?, ?)
            ON CONFLICT (model) DO UPDATE SET candidate = excluded.candidate, release = excluded.release,
                candidate_percent = 0, effect_revision = 0, effect_index = 0
            """,
            [.text(model), .integer(candidate), .text(release)]
        )
    }

    /// Sets the candidate's share, unless a newer effect of the release already did; an old one changes nothing.
    package static func setPercent(
        _ percent: Int,
        model: String,
        release: String,
        effect: (revision: Int, index: Int),
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            """
            UPDATE endpoints SET candidate_percent = ?, effect_revision = ?, effect_index = ?
            WHERE model = ? AND release = ? AND (effect_revision, effect_index) <= (?, ?)
            """,
            [
                .integer(percent), .integer(effect.revision), .integer(effect.index), .text(model), .text(release),
                .integer(effect.revision), .integer(effect.index),
            ]
        )
    }

    /// Ends a release: a promoted candidate becomes stable, any other goes.
    package static func finish(
        model: String,
        release: String,
        promoted: Bool,
        in connection: any SQLWriter
    ) throws(StoreError) {
        if promoted {
            try connection.execute(
                "UPDATE endpoints SET previous = stable, stable = candidate WHERE model = ? AND release = ?",
                [.text(model), .text(release)]
            )
        }
        try connection.execute(
            "UPDATE endpoints SET candidate = NULL, candidate_percent = 0, release = NULL WHERE model = ? AND release = ?",
            [.text(model), .text(release)]
        )
    }

    /// Says which version served before the stable one; nil when there is none to go back to.
    package static func setPrevious(
        _ version: Int?,
        model: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "UPDATE endpoints SET previous = ? WHERE model = ?",
            [version.map { .integer(Int64($0)) } ?? .null, .text(model)]
        )
    }

    private static func endpoint(_ row: SQLRow) -> EndpointRow {
        EndpointRow(
            model: row.text(0),
            stable: row.optionalInteger(1).map(Int.init),
            previous: row.optionalInteger(2).map(Int.init),
            candidate: row.optionalInteger(3).map(Int.init),
            candidatePercent: Int(row.integer(4)),
            release: row.optionalText(5)
        )
    }
}
