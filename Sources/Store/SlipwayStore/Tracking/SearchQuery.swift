internal import SlipwayDomain

/// Builds one SELECT from a search: its conditions and order become SQL, all texts and numbers become arguments.
struct SearchQuery {
    private let subject: SearchSubject
    private var conditions: [SearchText.Piece] = []
    private var joins: [SearchText.Piece] = []
    private var orderItems: [String] = []

    init(_ subject: SearchSubject) { self.subject = subject }

    mutating func require(_ condition: String, _ arguments: [SQLValue] = []) {
        conditions.append(SearchText.Piece(condition, arguments))
    }

    mutating func require(view: LifecycleView, column: String) {
        switch view {
        case .active: require("\(column) = 0")
        case .deleted: require("\(column) = 1")
        case .all: break
        }
    }

    mutating func require(_ column: String, in values: [SQLValue]) {
        let list = SQLList(values)
        require("\(column) IN (\(list.marks))", list.values)
    }

    /// Adds the conditions of a filter; metrics are looked at on one of the data sets only, if any are given.
    mutating func require(_ filter: SearchFilter, on datasets: [SearchDataset] = []) {
        // What is asked of spans must be true of one and the same span.
        var spans: [SearchText.Piece] = []
        for condition in filter.conditions {
            switch condition.field.entity {
            case .span, .spanAttribute: spans.append(TraceFieldRows.span(condition))
            case .feedback, .expectation: conditions.append(TraceFieldRows.assessment(condition))
            default: require(condition, on: datasets)
            }
        }
        guard !spans.isEmpty else { return }
        require(
            "EXISTS (SELECT 1 FROM spans s WHERE s.trace = t.number AND \(spans.map(\.sql).joined(separator: " AND ")))",
            spans.flatMap(\.arguments)
        )
    }

    /// Adds the items of an order: missing values last, and not-a-number between the numbers and them.
    /// Where no attribute can be missing an index serves the order.
    mutating func order(by orders: [SearchOrder], nullable: Bool = true) {
        for order in orders {
            let direction = order.isAscending ? "ASC" : "DESC"
            if order.field.entity == .attribute {
                let column = subject.column(order.field.key)
                if nullable { orderItems.append("CASE WHEN \(column) IS NULL THEN 1 ELSE 0 END") }
                orderItems.append("\(column) \(direction)")
                continue
            }
            let name = "o\(joins.count)"
            guard let join = subject.orderJoin(order, as: name) else { continue }
            joins.append(join)
            if order.field.entity == .metric {
                orderItems.append("CASE WHEN \(name).value IS NULL THEN 2 WHEN \(name).is_nan = 1 THEN 1 ELSE 0 END")
            } else {
                orderItems.append("CASE WHEN \(name).value IS NULL THEN 1 ELSE 0 END")
            }
            orderItems.append("\(name).value \(direction)")
        }
    }

    /// Adds a fixed last word to the order.
    mutating func orderLast(_ item: String) { orderItems.append(item) }

    func select(_ columns: String, limit: Int64, offset: Int64) -> (sql: String, arguments: [SQLValue]) {
        var sql = "SELECT \(columns) FROM \(subject.from)"
        for join in joins { sql += " " + join.sql }
        if !conditions.isEmpty { sql += " WHERE " + conditions.map(\.sql).joined(separator: " AND ") }
        if !orderItems.isEmpty { sql += " ORDER BY " + orderItems.joined(separator: ", ") }
        let arguments = joins.flatMap(\.arguments) + conditions.flatMap(\.arguments)
        return (sql + " LIMIT ? OFFSET ?", arguments + [.integer(limit), .integer(offset)])
    }

    private mutating func require(_ condition: SearchCondition, on datasets: [SearchDataset]) {
        let field = condition.field
        if field.entity == .attribute, subject.ownRows(field) == nil {
            return conditions.append(SearchText.test(condition.test, column: subject.column(field.key)))
        }
        guard let rows = subject.rows(field) else { return require("1 = 0") }
        switch condition.test {
        case .isNull: require("NOT EXISTS (\(rows.sql))", rows.arguments)
        case .isNotNull: require("EXISTS (\(rows.sql))", rows.arguments)
        default:
            var test = SearchText.test(condition.test, column: "x.value")
            if field.entity == .metric {
                // Not a number is stored as 0 with its flag; it differs from every number and compares with none.
                if case .number(.notEqual, _) = condition.test {
                    test.sql = "(\(test.sql) OR x.is_nan = 1)"
                } else {
                    test.sql += " AND x.is_nan = 0"
                }
                if let places = SearchDataset.test(datasets) {
                    test.sql += " AND \(places.sql)"
                    test.arguments += places.arguments
                }
            }
            require("EXISTS (\(rows.sql) AND \(test.sql))", rows.arguments + test.arguments)
        }
    }
}
