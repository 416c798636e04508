internal import SlipwayDomain

/// A test of one column as SQL that SQLite and PostgreSQL share: texts and numbers are arguments.
///
/// LIKE minds case, in SQLite by a setting of the connection; ILIKE folds ASCII letters, as MLflow does on SQLite.
enum SearchText {
    /// SQL and its arguments.
    struct Piece {
        var sql: String
        var arguments: [SQLValue]

        init(_ sql: String, _ arguments: [SQLValue] = []) {
            self.sql = sql
            self.arguments = arguments
        }
    }

    static func test(_ test: SearchTest, column: String) -> Piece {
        switch test {
        case .number(let comparator, let value): Piece("\(column) \(sign(comparator)) ?", [number(value)])
        case .equals(let text): Piece("\(column) = ?", [.text(text)])
        case .differs(let text): Piece("\(column) <> ?", [.text(text)])
        case .like(let pattern, ignoringCase: false):
            Piece("\(column) LIKE ? ESCAPE '!'", [.text(escaped(pattern))])
        case .like(let pattern, ignoringCase: true):
            Piece("lower(\(column)) LIKE lower(?) ESCAPE '!'", [.text(escaped(pattern))])
        case .matches(let pattern): Piece("\(column) REGEXP ?", [.text(pattern)])
        case .isIn(let texts): list(texts, column, "IN")
        case .isNotIn(let texts): list(texts, column, "NOT IN")
        case .isNull: Piece("\(column) IS NULL")
        case .isNotNull: Piece("\(column) IS NOT NULL")
        }
    }

    static func sign(_ comparator: SearchComparator) -> String {
        comparator == .notEqual ? "<>" : comparator.rawValue
    }

    /// Whole numbers as integers, so that an index over integers is used for them by both databases.
    static func number(_ value: Double) -> SQLValue {
        abs(value) < 9e15 && value == value.rounded() ? .integer(Int64(value)) : .real(value)
    }

    private static func list(_ texts: [String], _ column: String, _ word: String) -> Piece {
        let list = SQLList(texts.map { .text($0) })
        return Piece("\(column) \(word) (\(list.marks))", list.values)
    }

    /// The pattern with its exclamation marks meant as such: only % and _ are special, in either database.
    private static func escaped(_ pattern: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in pattern.unicodeScalars {
            if scalar == "!" { output.append("!") }
            output.append(scalar)
        }
        return String(output)
    }

    /// The texts that begin as a LIKE pattern does, as a range: from, and up to but not including.
    static func range(of pattern: String) -> (from: String, to: String)? {
        let head = pattern.unicodeScalars.prefix { $0 != "%" && $0 != "_" }
        guard let last = head.last, last.value < 0x7F, let next = Unicode.Scalar(last.value + 1) else { return nil }
        return (String(head), String(head.dropLast()) + String(next))
    }
}
