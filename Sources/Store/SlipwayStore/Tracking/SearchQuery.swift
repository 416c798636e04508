internal import SlipwayDomain

/// Builds one SELECT from a search: its conditions and order become SQL, all texts and numbers become arguments.
struct SearchQuery {
    private let subject: SearchSubject
    private var conditions: [String] = []
    private var conditionArguments: [SQLValue] = []
    private var joins: [String] = []
    private var joinArguments: [SQLValue] = []
    private var orderItems: [String] = []

    init(_ subject: SearchSubject) { self.subject = subject }

    mutating func require(_ condition: String, _ arguments: [SQLValue] = []) {
        conditions.append(condition)
        conditionArguments += arguments
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

    mutating func require(_ filter: SearchFilter) {
        // What is asked of spans must be true of one and the same span.
        var spans: [(sql: String, arguments: [SQLValue])] = []
        for condition in filter.conditions {
            switch condition.field.entity {
            case .span, .spanAttribute:
                spans.append(TraceFieldRows.spanTest(condition.field) { test(condition.test, column: $0) })
            case .feedback, .expectation: requireAssessment(condition)
            default: require(condition)
            }
        }
        guard !spans.isEmpty else { return }
        require(
            "EXISTS (SELECT 1 FROM spans s WHERE s.trace = t.number AND \(spans.map(\.sql).joined(separator: " AND ")))",
            spans.flatMap(\.arguments)
        )
    }

    private mutating func requireAssessment(_ condition: SearchCondition) {
        let (sql, arguments) = TraceFieldRows.assessmentTest(condition.test) { test($0, column: $1) }
        let assessed = TraceFieldRows.assessed(condition.field, sql, arguments)
        // A session that is NULL makes the whole unknown rather than false.
        let negation = condition.test == .isNull ? "NOT COALESCE(\(assessed.sql), 0)" : assessed.sql
        require(negation, assessed.arguments)
    }

    /// Adds the items of an order: missing values last, and not-a-number between the numbers and them.
    mutating func order(by orders: [SearchOrder]) {
        for order in orders {
            let direction = order.isAscending ? "ASC" : "DESC"
            if order.field.entity == .attribute {
                let column = subject.column(order.field.key)
                orderItems += ["CASE WHEN \(column) IS NULL THEN 1 ELSE 0 END", "\(column) \(direction)"]
                continue
            }
            let name = "o\(joins.count)"
            guard let join = subject.orderJoin(order.field.entity, as: name) else { continue }
            joins.append(join)
            joinArguments.append(.text(order.field.key))
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
        for join in joins { sql += " " + join }
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        if !orderItems.isEmpty { sql += " ORDER BY " + orderItems.joined(separator: ", ") }
        return (sql + " LIMIT ? OFFSET ?", joinArguments + conditionArguments + [.integer(limit), .integer(offset)])
    }

    private mutating func require(_ condition: SearchCondition) {
        let field = condition.field
        if field.entity == .attribute, subject.rows(.attribute, key: field.key) == nil {
            let (sql, arguments) = test(condition.test, column: subject.column(field.key))
            return require(sql, arguments)
        }
        guard let rows = subject.rows(field.entity, key: field.key) else { return require("1 = 0") }
        switch condition.test {
        case .isNull: require("NOT EXISTS (\(rows.select))", rows.arguments)
        case .isNotNull: require("EXISTS (\(rows.select))", rows.arguments)
        default:
            let (sql, arguments) = test(condition.test, column: rows.column)
            require("EXISTS (\(rows.select) AND \(sql))", rows.arguments + arguments)
        }
    }

    private func test(_ test: SearchTest, column: String) -> (String, [SQLValue]) {
        switch test {
        case .number(let comparator, let value): ("\(column) \(Self.sign(comparator)) ?", [.real(value)])
        case .equals(let text): ("\(column) = ?", [.text(text)])
        case .differs(let text): ("\(column) <> ?", [.text(text)])
        case .like(let pattern, ignoringCase: true): ("\(column) LIKE ?", [.text(pattern)])
        case .like(let pattern, ignoringCase: false): ("\(column) GLOB ?", [.text(Self.glob(pattern))])
        case .matches(let pattern): ("\(column) REGEXP ?", [.text(pattern)])
        case .isIn(let texts): Self.list(texts, column, "IN")
        case .isNotIn(let texts): Self.list(texts, column, "NOT IN")
        case .isNull: ("\(column) IS NULL", [])
        case .isNotNull: ("\(column) IS NOT NULL", [])
        }
    }

    private static func sign(_ comparator: SearchComparator) -> String {
        comparator == .notEqual ? "<>" : comparator.rawValue
    }

    private static func list(_ texts: [String], _ column: String, _ word: String) -> (String, [SQLValue]) {
        let list = SQLList(texts.map { .text($0) })
        return ("\(column) \(word) (\(list.marks))", list.values)
    }

    /// A LIKE pattern as SQLite's GLOB, whose comparison minds case.
    static func glob(_ pattern: String) -> String {
        var output = ""
        for character in pattern.unicodeScalars {
            switch character {
            case "%": output += "*"
            case "_": output += "?"
            case "*", "?", "[": output += "[\(character)]"
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }
}
