package import SlipwayDomain

/// One live answer, and its label if it has one by now.
package struct AnswerRow: Sendable {
    package let version: Int
    package let score: Double?
    package let label: Double?
    /// The values that answers are told apart by, as JSON objects: from the features, and from who gave the label.
    package let featureGroups: String?
    package let labelGroups: String?
    /// Losses that were expected when the answer was given.
    package let expectedError: Double?
    package let expectedSquare: Double?
}

/// A label on its way to its prediction.
package struct LabelRow: Sendable {
    package let id: String
    package let label: Double
    /// The true class of several; the label says whether it was chosen.
    package let text: String?
    /// A JSON object; nil keeps what is there.
    package let groups: String?

    package init(id: String, label: Double, text: String? = nil, groups: String?) {
        self.id = id
        self.label = label
        self.text = text
        self.groups = groups
    }
}

/// The SQL of live answers and their late labels.
package enum AnswerTable {
    /// A prediction that waits for its label, or has it.
    package struct Target: Sendable {
        package let time: Instant
        package let label: Double?
        /// The class that was chosen of several, and the true one.
        package let answer: String?
        package let text: String?
    }

    /// The prediction of an id; nil when there is none.
    package static func target(
        _ id: String,
        model: String,
        in connection: any SQLReader
    ) throws(StoreError) -> Target? {
        try connection.row(
            "SELECT time, label, answer, label_text FROM predictions WHERE id = ? AND model = ?",
            [.text(id), .text(model)]
        ).map { row in
            Target(
                time: Instant(milliseconds: row.integer(0)),
                label: row.optionalReal(1),
                answer: row.optionalText(2),
                text: row.optionalText(3)
            )
        }
    }

    /// Sets labels of predictions that exist.
    package static func setLabels(
        _ labels: [LabelRow],
        model: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.executeEach(
            """
            UPDATE predictions SET label = ?, label_text = ?, labelled_at = ?, label_groups = COALESCE(?, label_groups)
            WHERE id = ? AND model = ?
            """,
            labels.map {
                [
                    .real($0.label), .optional($0.text), .integer(time.milliseconds), .optional($0.groups),
                    .text($0.id),
                    .text(model),
                ]
            }
        )
    }

    /// When the first answer at or after an instant was given; nil when there is none.
    package static func firstTime(
        model: String,
        from: Instant,
        in connection: any SQLReader
    ) throws(StoreError) -> Instant? {
        try connection.row(
            "SELECT MIN(time) FROM predictions WHERE model = ? AND time >= ?",
            [.text(model), .integer(from.milliseconds)]
        )?.optionalInteger(0).map { Instant(milliseconds: $0) }
    }

    /// Calls `each` with every answer that was given in [from, to).
    package static func eachAnswer(
        model: String,
        from: Instant,
        to: Instant,
        in connection: any SQLReader,
        _ each: (AnswerRow) -> Void
    ) throws(StoreError) {
        try connection.eachRow(
            """
            SELECT version, score, label, feature_groups, label_groups, expected_error, expected_square
            FROM predictions WHERE model = ? AND time >= ? AND time < ?
            """,
            [.text(model), .integer(from.milliseconds), .integer(to.milliseconds)]
        ) { row in
            each(
                AnswerRow(
                    version: Int(row.integer(0)),
                    score: row.optionalReal(1),
                    label: row.optionalReal(2),
                    featureGroups: row.optionalText(3),
                    labelGroups: row.optionalText(4),
                    expectedError: row.optionalReal(5),
                    expectedSquare: row.optionalReal(6)
                )
            )
        }
    }

    /// Adds to the counts of what became of labels.
    package static func count(
        _ outcomes: [(outcome: String, labels: Int)],
        model: String,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.executeEach(
            """
            INSERT INTO label_counts (model, outcome, labels) VALUES (?, ?, ?)
            ON CONFLICT (model, outcome) DO UPDATE SET labels = label_counts.labels + excluded.labels
            """,
            outcomes.map { [.text(model), .text($0.outcome), .integer($0.labels)] }
        )
    }

    /// What became of all labels of a model, by outcome.
    package static func counts(model: String, in connection: any SQLReader) throws(StoreError) -> [String: Int] {
        let rows = try connection.rows("SELECT outcome, labels FROM label_counts WHERE model = ?", [.text(model)])
        return Dictionary(rows.map { ($0.text(0), Int($0.integer(1))) }) { first, _ in first }
    }
}
