internal import SlipwayDomain

/// Builds one SELECT of the numbers of runs, with the tables in the order in which they are to be read.
///
/// CROSS JOIN makes SQLite keep that order; PostgreSQL, which has statistics, is free in it.
struct RunStatement {
    /// Which part of the runs a walk along the first item of the order reads.
    enum Part {
        case values, notNumbers, missing
    }

    private let search: RunSearch
    private let byTime: Bool
    private var driver: SearchText.Piece?
    private var drivingTerm: Int?
    private var part: Part?
    private var extra: [SearchText.Piece] = []

    init(_ search: RunSearch, byTime: Bool = false) {
        self.search = search
        self.byTime = byTime
    }

    func requiring(_ sql: String, _ arguments: [SQLValue]) -> RunStatement {
        var copy = self
        copy.extra.append(SearchText.Piece(sql, arguments))
        return copy
    }

    /// Reads the runs of one condition first.
    func driven(by term: Int) -> RunStatement {
        guard let list = search.terms[term].list else { preconditionFailure("the condition has no list") }
        var copy = self
        copy.drivingTerm = term
        copy.driver = SearchText.Piece("(\(list.sql)) driver", list.arguments)
        return copy
    }

    /// Reads the values of the first item of the order first.
    func walking(_ part: Part) -> RunStatement {
        var copy = self
        copy.part = part
        return copy
    }

    func select() -> (sql: String, arguments: [SQLValue]) {
        var from = SearchText.Piece("runs r")
        var conditions: [SearchText.Piece] = []
        if let driver {
            from = SearchText.Piece("\(driver.sql) CROSS JOIN runs r", driver.arguments)
            conditions.append(SearchText.Piece("r.number = driver.run"))
        }
        if let part, let first = search.orders.first {
            switch part {
            case .values, .notNumbers:
                from = SearchText.Piece("\(Self.table(first.field)) o0 CROSS JOIN runs r")
                conditions.append(SearchText.Piece("r.number = o0.run AND o0.key = ?", [key(first.field)]))
                let walked =
                    first.field.entity == .metric
                    ? "o0.is_nan = \(part == .values ? 0 : 1)" : "length(o0.value) <= \(RunTerm.longestIndexed)"
                conditions.append(SearchText.Piece(walked))
            case .missing:
                conditions.append(
                    SearchText.Piece(
                        "NOT EXISTS (SELECT 1 FROM \(Self.table(first.field)) m WHERE m.run = r.number AND m.key = ?)",
                        [key(first.field)]
                    )
                )
            }
        }
        let (joins, items) = order()
        conditions += scope() + extra
        for (index, term) in search.terms.enumerated() where index != drivingTerm {
            // What bounds the walk is asked of the value that is walked.
            if part == .values, let bound = term.bound, term.needs == search.orders.first?.field {
                conditions.append(bound("o0"))
            } else {
                conditions.append(term.check)
            }
        }
        var sql = "SELECT r.number FROM \(from.sql)"
        for join in joins { sql += " " + join.sql }
        sql += " WHERE " + conditions.map(\.sql).joined(separator: " AND ")
        sql += " ORDER BY " + items.joined(separator: ", ")
        return (sql, from.arguments + joins.flatMap(\.arguments) + conditions.flatMap(\.arguments))
    }

    /// The experiments and the view. A plus keeps SQLite from an index that would not serve.
    private func scope() -> [SearchText.Piece] {
        let isReadFirst = driver == nil && extra.isEmpty && (part == nil || part == .missing)
        let column = isReadFirst && !byTime ? "r.experiment" : "+r.experiment"
        var pieces: [SearchText.Piece] = []
        if search.experiments.count == 1 {
            pieces.append(SearchText.Piece("\(column) = ?", [.integer(search.experiments[0])]))
        } else {
            let list = SQLList(search.experiments.map { .integer($0) })
            pieces.append(SearchText.Piece("\(column) IN (\(list.marks))", list.values))
        }
        let deleted = isReadFirst ? "r.is_deleted" : "+r.is_deleted"
        switch search.view {
        case .active: pieces.append(SearchText.Piece("\(deleted) = 0"))
        case .deleted: pieces.append(SearchText.Piece("\(deleted) = 1"))
        case .all: break
        }
        return pieces
    }

    /// The joins and the items of the order: missing values last, and not-a-number between the numbers and them.
    private func order() -> (joins: [SearchText.Piece], items: [String]) {
        var joins: [SearchText.Piece] = []
        var items: [String] = []
        var hasStart = false
        for (index, order) in search.orders.enumerated() {
            let direction = order.isAscending ? "ASC" : "DESC"
            let field = order.field
            if field.entity == .attribute {
                let column = SearchSubject.runs.column(field.key)
                if field.key == "end_time" { items.append("CASE WHEN \(column) IS NULL THEN 1 ELSE 0 END") }
                if field.key == "start_time" { hasStart = true }
                items.append("\(column) \(direction)")
                continue
            }
            if index == 0, let part {
                // Not-a-number is stored as one value and missing has none, so only values have an order.
                if part == .values { items.append("o0.value \(direction)") }
                continue
            }
            let name = "o\(index)"
            joins.append(
                SearchText.Piece(
                    "LEFT JOIN \(Self.table(field)) \(name) ON \(name).run = r.number AND \(name).key = ?",
                    [key(field)]
                )
            )
            let rank = field.entity == .metric ? "WHEN \(name).is_nan = 1 THEN 1 " : ""
            items.append("CASE WHEN \(name).value IS NULL THEN 2 \(rank)ELSE 0 END")
            items.append("\(name).value \(direction)")
        }
        if !hasStart { items.append("r.started_at DESC") }
        return (joins, items + ["r.id ASC"])
    }

    private func key(_ field: SearchField) -> SQLValue {
        // No metric has the number -1.
        field.entity == .metric ? .integer(search.metricIDs[ExactText(field.key)] ?? -1) : .text(field.key)
    }

    static func table(_ field: SearchField) -> String {
        switch field.entity {
        case .metric: "latest_metrics"
        case .param: "run_params"
        case .tag: "run_tags"
        default: preconditionFailure("\(field) has no table of values")
        }
    }
}
