package import SlipwayDomain

/// One prediction as it is kept for its label.
package struct PredictionRow: Sendable {
    package let id: String
    package let model: String
    package let version: Int
    package let time: Instant
    package var score: Double?
    /// The class that was chosen, of a model of the task multiclass; its score is then that of this class.
    package var answer: String?
    /// False for what testers and probes asked.
    package let isEvidence: Bool
    /// The values that answers are told apart by, as a JSON object.
    package var groups: String?
    /// The absolute and the squared error that are to be expected.
    package var expectedError: Double?
    package var expectedSquare: Double?

    package init(
        id: String,
        model: String,
        version: Int,
        time: Instant,
        score: Double?,
        isEvidence: Bool = true
    ) {
        self.isEvidence = isEvidence
        self.id = id
        self.model = model
        self.version = version
        self.time = time
        self.score = score
    }
}

/// The SQL of predictions and their labels.
package enum PredictionTable {
    /// Stores predictions; of two with the same id the first one stays.
    package static func insert(_ rows: [PredictionRow], in connection: any SQLWriter) throws(StoreError) {
        try connection.insertMany(
            """
            INSERT OR IGNORE INTO predictions
                (id, model, version, time, score, is_evidence, feature_groups, expected_error, expected_square, answer)
            """,
            count: rows.count,
            width: 10
        ) { index, values in
            let row = rows[index]
            values.append(.text(row.id))
            values.append(.text(row.model))
            values.append(.integer(row.version))
            values.append(.integer(row.time.milliseconds))
            values.append(.optional(row.score))
            values.append(.bool(row.isEvidence))
            values.append(.optional(row.groups))
            values.append(.optional(row.expectedError))
            values.append(.optional(row.expectedSquare))
            values.append(.optional(row.answer))
        }
    }

    /// One prediction and its label, if it has one by now; nil when there is none of that id. `class` is the true one of
    /// several, and the label then says whether it was chosen.
    package static func row(
        _ id: String,
        model: String,
        in connection: any SQLReader
    ) throws(StoreError) -> (row: PredictionRow, label: Double?, class: String?)? {
        let found = try connection.row(
            "SELECT version, time, score, label, answer, label_text FROM predictions WHERE id = ? AND model = ?",
            [.text(id), .text(model)]
        )
        return found.map { found in
            var row = PredictionRow(
                id: id,
                model: model,
                version: Int(found.integer(0)),
                time: Instant(milliseconds: found.integer(1)),
                score: found.optionalReal(2)
            )
            row.answer = found.optionalText(4)
            return (row, found.optionalReal(3), found.optionalText(5))
        }
    }

    /// How many predictions of a version since `from` have a label, and how many of those labels are 1; only what is
    /// evidence about the split of traffic.
    package static func labels(
        model: String,
        version: Int,
        from: Instant,
        in connection: any SQLReader
    ) throws(StoreError) -> (count: Int, ones: Int) {
        let row = try connection.row(
            """
            SELECT COUNT(label), COALESCE(SUM(CASE WHEN label = 1 THEN 1 ELSE 0 END), 0) FROM predictions
            WHERE model = ? AND time >= ? AND version = ? AND is_evidence = 1
            """,
            [.text(model), .integer(from.milliseconds), .integer(version)]
        )
        return (Int(row?.integer(0) ?? 0), Int(row?.integer(1) ?? 0))
    }

    /// Predictions of one version in one span of time against their labels.
    package struct Quality: Sendable {
        /// The span's number, from 0.
        package let span: Int
        package let version: Int
        package let labelled: Int
        package let wrong: Int
        package let unlabelled: Int
    }

    /// Predictions of two versions in [from, until] with a score, span by span of `milliseconds`: a prediction is wrong
    /// when its score and its label are on different sides of `threshold`, and the choice of one class of several
    /// when its label says so. Only what is evidence counts.
    package static func quality(
        model: String,
        versions: (Int, Int),
        from: Instant,
        until: Instant,
        milliseconds: Int64,
        threshold: Double,
        in connection: any SQLReader
    ) throws(StoreError) -> [Quality] {
        let rows = try connection.rows(
            """
            SELECT (time - ?) / ?, version, COUNT(label),
                SUM(CASE WHEN answer IS NOT NULL THEN CASE WHEN label = 0 THEN 1 ELSE 0 END
                    WHEN label >= ? AND score < ? OR label < ? AND score >= ? THEN 1 ELSE 0 END),
                SUM(CASE WHEN label IS NULL THEN 1 ELSE 0 END)
            FROM predictions
            WHERE model = ? AND time >= ? AND time <= ? AND is_evidence = 1 AND score IS NOT NULL
                AND (version = ? OR version = ?)
            GROUP BY 1, 2 ORDER BY 1, 2
            """,
            [.integer(from.milliseconds), .integer(max(1, milliseconds))]
                + Array(repeating: .real(threshold), count: 4)
                + [
                    .text(model), .integer(from.milliseconds), .integer(until.milliseconds), .integer(versions.0),
                    .integer(versions.1),
                ]
        )
        return rows.map { row in
            Quality(
                span: Int(row.integer(0)),
                version: Int(row.integer(1)),
                labelled: Int(row.integer(2)),
                wrong: Int(row.integer(3)),
                unlabelled: Int(row.integer(4))
            )
        }
    }
}
