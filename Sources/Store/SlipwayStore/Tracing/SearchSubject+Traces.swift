internal import SlipwayDomain

/// Where the fields of traces stand that other subjects do not have.
enum TraceFieldRows {
    private static let run = """
        SELECT 1 FROM (SELECT m.value AS value FROM trace_metadata m WHERE m.trace = t.number \
        AND m.key = 'mlflow.sourceRun' UNION ALL SELECT l.run FROM trace_runs l WHERE l.trace = t.number) x WHERE 1 = 1
        """

    /// The value of an attribute as people write it: a string without its quotes.
    private static let attributeValue = """
        CASE WHEN j.value LIKE '"%' AND json_valid(j.value) THEN json_extract(j.value, '$') ELSE j.value END
        """

    /// The rows `x` of a field that traces alone have. A run counts whether the trace was made in it or linked later.
    static func rows(_ field: SearchField) -> SearchText.Piece? {
        switch (field.entity, field.key) {
        case (.attribute, "run_id"): SearchText.Piece(run)
        case (.attribute, "prompt"):
            SearchText.Piece(
                "SELECT 1 FROM (SELECT trace, prompt AS value FROM trace_prompts) x WHERE x.trace = t.number"
            )
        case (.tag, TraceKey.name):
            SearchText.Piece("SELECT 1 FROM (SELECT t.name AS value) x WHERE x.value IS NOT NULL")
        case (.metadata, let key):
            SearchText.Piece("SELECT 1 FROM trace_metadata x WHERE x.trace = t.number AND x.key = ?", [.text(key)])
        case (.issue, _):
            SearchText.Piece(
                """
                SELECT 1 FROM (SELECT trace, name AS value FROM assessments WHERE kind = 'issue') x \
                WHERE x.trace = t.number
                """
            )
        default: nil
        }
    }

    /// The condition that one span `s` must fulfil.
    static func span(_ condition: SearchCondition) -> SearchText.Piece {
        let field = condition.field
        guard field.entity == .spanAttribute else { return SearchText.test(condition.test, column: "s.\(field.key)") }
        let test = SearchText.test(condition.test, column: "(\(attributeValue))")
        return SearchText.Piece(
            "EXISTS (SELECT 1 FROM json_each(s.content, '$.attributes') j WHERE j.key = ? AND \(test.sql))",
            [.text(field.key)] + test.arguments
        )
    }

    /// Traces with a valid assessment that passes: their own, or one that was given to their whole session.
    static func assessment(_ condition: SearchCondition) -> SearchText.Piece {
        let field = condition.field
        let test = assessmentTest(condition.test)
        let wanted = "a.kind = ? AND a.name = ? AND a.is_valid = 1\(test.sql.isEmpty ? "" : " AND \(test.sql)")"
        let values = [SQLValue.text(field.entity.rawValue), .text(field.key)] + test.arguments
        let assessed = """
            (EXISTS (SELECT 1 FROM assessments a WHERE a.trace = t.number AND \(wanted)) OR t.session IN (\
            SELECT o.session FROM assessments a JOIN traces o ON o.number = a.trace \
            WHERE o.session IS NOT NULL AND o.experiment = t.experiment AND a.is_for_session = 1 AND \(wanted)))
            """
        // A session that is NULL makes the whole unknown rather than false.
        let sql = condition.test == .isNull ? "NOT COALESCE(\(assessed), 0)" : assessed
        return SearchText.Piece(sql, values + values)
    }

    /// What is asked of an assessment's value, which is stored as JSON.
    private static func assessmentTest(_ test: SearchTest) -> SearchText.Piece {
        switch test {
        case .number:
            let number = SearchText.test(test, column: "a.number")
            return SearchText.Piece("a.is_number = 1 AND \(number.sql)", number.arguments)
        case .equals(let text):
            return SearchText.Piece("a.value IN (?, ?)", [.text(text), .text(JSONText.text(of: text))])
        case .differs(let text):
            return SearchText.Piece("a.value NOT IN (?, ?)", [.text(text), .text(JSONText.text(of: text))])
        case .isNull, .isNotNull: return SearchText.Piece("")
        default: return SearchText.test(test, column: "a.value")
        }
    }
}

extension SearchSubject {
    static let traces = traces(from: "traces t")

    /// Traces with other tables joined to them.
    static func traces(from tables: String) -> SearchSubject {
        SearchSubject(
            from: tables,
            columns: [
                "request_id": "t.id", "timestamp_ms": "t.started_at", "execution_time_ms": "t.duration",
                "end_time_ms": "(t.started_at + COALESCE(t.duration, 0))", "status": "t.state",
                "client_request_id": "t.client_request_id", "experiment_id": "t.experiment", "name": "t.name",
                "run_id":
                    "(SELECT m.value FROM trace_metadata m WHERE m.trace = t.number AND m.key = 'mlflow.sourceRun')",
            ],
            owner: [("t.number", "trace")],
            paramTable: nil,
            tagTable: "trace_tags",
            metricTable: nil,
            ownRows: TraceFieldRows.rows
        )
    }
}
