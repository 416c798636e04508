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

    /// A run counts whether the trace was made in it or linked to it later.
    static func attribute(_ key: String) -> SearchSubject.Rows? {
        switch key {
        case "run_id": SearchSubject.Rows(select: run, arguments: [], column: "x.value")
        case "prompt":
            SearchSubject.Rows(
                select: "SELECT 1 FROM trace_prompts x WHERE x.trace = t.number",
                arguments: [],
                column: "x.prompt"
            )
        default: nil
        }
    }

    static func metadata(_ key: String) -> SearchSubject.Rows {
        SearchSubject.Rows(
            select: "SELECT 1 FROM trace_metadata x WHERE x.trace = t.number AND x.key = ?",
            arguments: [.text(key)],
            column: "x.value"
        )
    }

    static func issue() -> SearchSubject.Rows {
        SearchSubject.Rows(
            select: "SELECT 1 FROM assessments x WHERE x.trace = t.number AND x.kind = 'issue'",
            arguments: [],
            column: "x.name"
        )
    }

    /// The condition that one span `s` must fulfil, with its arguments before and after those of the test.
    static func spanTest(
        _ field: SearchField,
        _ test: (String) -> (String, [SQLValue])
    ) -> (sql: String, arguments: [SQLValue]) {
        guard field.entity == .spanAttribute else {
            let (sql, arguments) = test("s.\(field.key)")
            return (sql, arguments)
        }
        let (sql, arguments) = test("(\(attributeValue))")
        return (
            "EXISTS (SELECT 1 FROM json_each(s.content, '$.attributes') j WHERE j.key = ? AND \(sql))",
            [.text(field.key)] + arguments
        )
    }

    /// Traces with a valid assessment that passes `sql`: their own, or one that was given to their whole session.
    static func assessed(
        _ field: SearchField,
        _ sql: String,
        _ arguments: [SQLValue]
    ) -> (sql: String, arguments: [SQLValue]) {
        let wanted = "a.kind = ? AND a.name = ? AND a.is_valid = 1\(sql.isEmpty ? "" : " AND \(sql)")"
        let values = [SQLValue.text(field.entity.rawValue), .text(field.key)] + arguments
        return (
            """
            (EXISTS (SELECT 1 FROM assessments a WHERE a.trace = t.number AND \(wanted)) OR t.session IN (\
            SELECT o.session FROM assessments a JOIN traces o ON o.number = a.trace \
            WHERE o.session IS NOT NULL AND o.experiment = t.experiment AND a.is_for_session = 1 AND \(wanted)))
            """,
            values + values
        )
    }

    /// What is asked of an assessment's value, which is stored as JSON.
    static func assessmentTest(
        _ test: SearchTest,
        _ plain: (SearchTest, String) -> (String, [SQLValue])
    ) -> (String, [SQLValue]) {
        switch test {
        case .number:
            let (sql, arguments) = plain(test, "a.number")
            return ("a.is_number = 1 AND \(sql)", arguments)
        case .equals(let text): return ("a.value IN (?, ?)", [.text(text), .text(JSONText.text(of: text))])
        case .differs(let text): return ("a.value NOT IN (?, ?)", [.text(text), .text(JSONText.text(of: text))])
        case .isNull, .isNotNull: return ("", [])
        default: return plain(test, "a.value")
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
            owner: "t.number",
            paramTable: nil,
            tagTable: "trace_tags",
            metricTable: nil,
            metricOrder: nil,
            ownerColumn: "trace"
        )
    }
}
