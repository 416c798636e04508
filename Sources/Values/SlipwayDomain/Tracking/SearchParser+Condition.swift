extension SearchParser {
    private static let mostListItems = 10_000
    private static let longestPattern = 10_000

    mutating func condition() throws(SearchError) -> SearchCondition {
        let start = place
        let field = try field(forOrder: false)
        if vocabulary.isOfTraces { return try traceCondition(field, at: start) }
        if takeWord("IS") {
            let isNegated = takeWord("NOT")
            guard takeWord("NULL") else { throw expected("NULL after IS") }
            guard vocabulary.missing.contains(field.entity) else {
                let able = vocabulary.missing.map { "\($0.rawValue)s" }.sorted().joined(separator: " and ")
                throw SearchError(
                    able.isEmpty ? "IS NULL cannot be asked here" : "IS NULL can be asked of \(able) only",
                    at: start
                )
            }
            return SearchCondition(field, isNegated ? .isNotNull : .isNull)
        }
        return SearchCondition(field, isNumber(field) ? try numberTest() : try textTest(field))
    }

    private func isNumber(_ field: SearchField) -> Bool {
        switch field.entity {
        case .metric: true
        case .attribute: vocabulary.attribute(named: field.key)?.isNumber ?? false
        default: false
        }
    }

    mutating func numberTest() throws(SearchError) -> SearchTest {
        guard case .sign(let sign) = next, let comparator = SearchComparator(rawValue: sign) else {
            throw expected("one of = != > >= < <= after a number field")
        }
        skip()
        guard case .number(let value) = next else { throw expected("a number without quotes after \(sign)") }
        skip()
        return .number(comparator, value)
    }

    private mutating func textTest(_ field: SearchField) throws(SearchError) -> SearchTest {
        if takeSign("=") { return .equals(try text()) }
        if takeSign("!=") { return .differs(try text()) }
        if takeWord("LIKE") { return .like(try pattern(), ignoringCase: false) }
        if takeWord("ILIKE") { return .like(try pattern(), ignoringCase: true) }
        guard takesLists(field) else { throw expected("=, !=, LIKE or ILIKE after \(field)") }
        if takeWord("IN") { return .isIn(try list()) }
        guard takeWord("NOT") else { throw expected("=, !=, LIKE, ILIKE, IN or NOT IN after \(field)") }
        guard takeWord("IN") else { throw expected("IN after NOT") }
        return .isNotIn(try list())
    }

    private func takesLists(_ field: SearchField) -> Bool {
        if field.entity == .attribute { return vocabulary.attribute(named: field.key)?.takesLists ?? false }
        return vocabulary.lists.contains(field.entity)
    }

    mutating func text() throws(SearchError) -> String {
        guard case .text(let text, _) = next else { throw expected("a text in quotes, such as 'adam'") }
        skip()
        return text
    }

    mutating func pattern() throws(SearchError) -> String {
        let start = place
        let pattern = try text()
        guard pattern.utf8.count <= Self.longestPattern else {
            throw SearchError("a LIKE pattern is at most \(Self.longestPattern) bytes long", at: start)
        }
        return pattern
    }

    mutating func list() throws(SearchError) -> [String] {
        guard takeSign("(") else { throw expected("a list such as ('a', 'b') after IN") }
        var items: [String] = []
        repeat {
            // A comma behind the last text is fine, as it is in MLflow.
            if !items.isEmpty, next == .sign(")") { break }
            items.append(try text())
            guard items.count <= Self.mostListItems else {
                throw SearchError("a list has at most \(Self.mostListItems) texts", at: place)
            }
        } while takeSign(",")
        guard takeSign(")") else { throw expected("')' at the end of the list") }
        return items
    }
}
