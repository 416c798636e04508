internal import SlipwayDomain

/// One condition of a search for runs, in the two ways in which SQL can ask it: of a run, or for the runs.
struct RunTerm {
    /// Holds for the run `r`.
    let check: SearchText.Piece
    /// A SELECT of the numbers of the runs for which it holds, from an index; nil when there is none.
    let list: SearchText.Piece?
    /// Whether the list reads only what it gives; otherwise it reads all values of the key.
    let isDirect: Bool
    /// The metric, param or tag that a run must have for the condition to hold.
    let needs: SearchField?
    /// The same test for a value that is walked in order, if it bounds the walk.
    let bound: ((_ column: String) -> SearchText.Piece)?
    /// Whether the condition can hold for a metric that is not a number.
    let allowsNaN: Bool

    /// How long a value may be to stand in the index of values.
    static let longestIndexed = 250

    private init(
        _ check: SearchText.Piece,
        list: SearchText.Piece? = nil,
        isDirect: Bool = false,
        needs: SearchField? = nil,
        bound: ((String) -> SearchText.Piece)? = nil,
        allowsNaN: Bool = false
    ) {
        self.check = check
        self.list = list
        self.isDirect = isDirect
        self.needs = needs
        self.bound = bound
        self.allowsNaN = allowsNaN
    }

    /// The term of a condition; `metric` gives a metric's number, nil for one that no run has.
    static func of(_ condition: SearchCondition, metric: (String) -> Int64?) -> RunTerm {
        let key = condition.field.key
        return switch condition.field.entity {
        case .attribute where key == "run_name":
            // MLflow asks the tag that carries the name, which runs of old clients have alone.
            pairs("run_tags", SearchField(.tag, "mlflow.runName"), condition.test)
        case .attribute: attribute(key, condition.test)
        case .metric: number(metric(key), condition)
        case .param: pairs("run_params", condition.field, condition.test)
        case .tag: pairs("run_tags", condition.field, condition.test)
        case .dataset: dataset(key, condition.test)
        case .metadata, .span, .spanAttribute, .feedback, .expectation, .issue:
            preconditionFailure("runs have no \(condition.field.entity)")
        }
    }

    private static func attribute(_ key: String, _ test: SearchTest) -> RunTerm {
        let check = SearchText.test(test, column: SearchSubject.runs.column(key))
        guard key == "run_id" else { return RunTerm(check) }
        switch test {
        case .equals, .isIn:
            let ids = SearchText.test(test, column: "x.id")
            let list = SearchText.Piece("SELECT x.number AS run FROM runs x WHERE \(ids.sql)", ids.arguments)
            return RunTerm(check, list: list, isDirect: true)
        default: return RunTerm(check)
        }
    }

    private static func number(_ metric: Int64?, _ condition: SearchCondition) -> RunTerm {
        guard let metric, case .number(let comparator, let value) = condition.test else {
            return RunTerm(
                SearchText.Piece("1 = 0"),
                list: SearchText.Piece("SELECT 0 AS run WHERE 1 = 0"),
                isDirect: true
            )
        }
        let argument = SearchText.number(value)
        // Not a number is stored as 0 with its flag; it differs from every number and compares with none.
        func test(_ column: String) -> SearchText.Piece {
            comparator == .notEqual
                ? SearchText.Piece("(\(column).value <> ? OR \(column).is_nan = 1)", [argument])
                : SearchText.Piece("\(column).is_nan = 0 AND \(column).value \(comparator.rawValue) ?", [argument])
        }
        let own = test("x")
        return RunTerm(
            SearchText.Piece(
                "EXISTS (SELECT 1 FROM latest_metrics x WHERE x.run = r.number AND x.key = ? AND \(own.sql))",
                [.integer(metric)] + own.arguments
            ),
            list: SearchText.Piece(
                "SELECT x.run FROM latest_metrics x WHERE x.key = ? AND \(own.sql)",
                [.integer(metric)] + own.arguments
            ),
            isDirect: comparator != .notEqual,
            needs: condition.field,
            bound: test,
            allowsNaN: comparator == .notEqual
        )
    }

    private static func pairs(_ table: String, _ field: SearchField, _ test: SearchTest) -> RunTerm {
        let key = SQLValue.text(field.key)
        let rows = "SELECT 1 FROM \(table) x WHERE x.run = r.number AND x.key = ?"
        switch test {
        case .isNull: return RunTerm(SearchText.Piece("NOT EXISTS (\(rows))", [key]))
        case .isNotNull:
            let list = SearchText.Piece("SELECT x.run FROM \(table) x WHERE x.key = ?", [key])
            return RunTerm(SearchText.Piece("EXISTS (\(rows))", [key]), list: list, isDirect: true, needs: field)
        default: break
        }
        let own = SearchText.test(test, column: "x.value")
        let (list, isDirect) = Self.list(table, key, test, own)
        return RunTerm(
            SearchText.Piece("EXISTS (\(rows) AND \(own.sql))", [key] + own.arguments),
            list: list,
            isDirect: isDirect,
            needs: field,
            bound: { SearchText.test(test, column: "\($0).value") }
        )
    }

    private static func list(
        _ table: String,
        _ key: SQLValue,
        _ test: SearchTest,
        _ own: SearchText.Piece
    ) -> (list: SearchText.Piece, isDirect: Bool) {
        let select = "SELECT x.run FROM \(table) x WHERE x.key = ?"
        var short = SearchText.Piece("\(select) AND length(x.value) <= \(longestIndexed)", [key])
        let long = SearchText.Piece(
            "\(select) AND length(x.value) > \(longestIndexed) AND \(own.sql)",
            [key] + own.arguments
        )
        var isDirect = false
        switch test {
        case .equals(let text) where text.unicodeScalars.count <= longestIndexed:
            return (SearchText.Piece("\(short.sql) AND \(own.sql)", [key] + own.arguments), true)
        case .equals: return (long, true)
        case .like(let pattern, ignoringCase: false):
            if let range = SearchText.range(of: pattern) {
                short.sql += " AND x.value >= ? AND x.value < ?"
                short.arguments += [.text(range.from), .text(range.to)]
                isDirect = true
            }
        default: break
        }
        return (
            SearchText.Piece(
                "\(short.sql) AND \(own.sql) UNION ALL \(long.sql)",
                short.arguments + own.arguments + long.arguments
            ), isDirect
        )
    }

    private static func dataset(_ key: String, _ test: SearchTest) -> RunTerm {
        if key == "context" {
            let own = SearchText.test(test, column: "x.value")
            let rows = "FROM run_dataset_tags x WHERE x.key = 'mlflow.data.context' AND \(own.sql)"
            return RunTerm(
                SearchText.Piece("EXISTS (SELECT 1 \(rows) AND x.run = r.number)", own.arguments),
                list: SearchText.Piece("SELECT DISTINCT x.run \(rows)", own.arguments)
            )
        } else {
            let own = SearchText.test(test, column: key == "digest" ? "d.digest" : "d.name")
            let rows = "FROM datasets d CROSS JOIN run_datasets x WHERE x.dataset = d.id AND \(own.sql)"
            return RunTerm(
                SearchText.Piece(
                    """
                    EXISTS (SELECT 1 FROM run_datasets x JOIN datasets d ON d.id = x.dataset \
                    WHERE x.run = r.number AND \(own.sql))
                    """,
                    own.arguments
                ),
                list: SearchText.Piece("SELECT DISTINCT x.run \(rows)", own.arguments)
            )
        }
    }
}
