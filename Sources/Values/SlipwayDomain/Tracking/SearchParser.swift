/// Reads MLflow's search language: conditions joined by AND.
package struct SearchParser {
    private typealias Token = SearchLexer.Token

    let vocabulary: SearchVocabulary
    private var tokens: ArraySlice<SearchLexer.Token>

    /// So many conditions one filter may have; the database's own limit is a thousand.
    private static let mostConditions = 200
    private static let mostListItems = 10_000
    private static let longestPattern = 10_000

    /// Parses a filter; an empty text lets everything through, blanks alone are a mistake.
    package static func filter(_ text: String, _ vocabulary: SearchVocabulary) throws(SearchError) -> SearchFilter {
        guard !text.isEmpty else { return SearchFilter() }
        var parser = SearchParser(vocabulary: vocabulary, tokens: try SearchLexer.tokens(text)[...])
        guard !parser.tokens.isEmpty else { throw SearchError("the filter is blank; leave it out to find everything") }
        var conditions: [SearchCondition] = []
        repeat {
            conditions.append(try parser.condition())
            guard conditions.count <= mostConditions else {
                throw SearchError("the filter has more than \(mostConditions) conditions")
            }
            guard !parser.tokens.isEmpty else { break }
            guard parser.takeWord("AND") else {
                throw SearchError(
                    "expected AND after condition \(conditions.count); OR, NOT and parentheses are not supported"
                )
            }
            // MLflow takes an AND at the very end, so this does too.
        } while !parser.tokens.isEmpty
        return SearchFilter(conditions)
    }

    /// Parses one item of an order: a field, then ASC or DESC or nothing.
    package static func order(_ text: String, _ vocabulary: SearchVocabulary) throws(SearchError) -> SearchOrder {
        var parser = SearchParser(vocabulary: vocabulary, tokens: try SearchLexer.tokens(text)[...])
        let field = try parser.field()
        guard field.entity != .dataset else { throw SearchError("runs cannot be ordered by data sets") }
        var isAscending = true
        if parser.takeWord("DESC") { isAscending = false } else { _ = parser.takeWord("ASC") }
        guard parser.tokens.isEmpty else {
            throw SearchError("'\(text.prefix(200))' is no order: write FIELD [ASC|DESC]")
        }
        return SearchOrder(field, isAscending: isAscending)
    }

    /// Parses a whole order; a field may stand in it once.
    package static func order(
        _ items: [String],
        _ vocabulary: SearchVocabulary
    ) throws(SearchError) -> [SearchOrder] {
        guard items.count <= 20 else { throw SearchError("an order has at most 20 items") }
        var orders: [SearchOrder] = []
        for item in items {
            let order = try order(item, vocabulary)
            guard !orders.contains(where: { $0.field == order.field }) else {
                throw SearchError("the order names '\(item.prefix(200))' twice")
            }
            orders.append(order)
        }
        return orders
    }

    private init(vocabulary: SearchVocabulary, tokens: ArraySlice<SearchLexer.Token>) {
        self.vocabulary = vocabulary
        self.tokens = tokens
    }

    mutating func takeWord(_ keyword: String) -> Bool {
        guard case .word(let word) = tokens.first, word.uppercased() == keyword else { return false }
        tokens.removeFirst()
        return true
    }

    /// Whether this comparator comes next.
    func startsWith(_ comparator: SearchComparator) -> Bool { tokens.first == .sign(comparator.rawValue) }

    mutating func takeSign(_ sign: String) -> Bool {
        guard tokens.first == .sign(sign) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func field() throws(SearchError) -> SearchField {
        switch tokens.popFirst() {
        case .word(let word):
            guard let dot = word.firstIndex(of: ".") else { return try attribute(word) }
            return try field(entity: String(word[..<dot]), key: String(word[word.index(after: dot)...]))
        case .quotedField(let entity, let key): return try field(entity: entity, key: key)
        case .name(let name): return try attribute(name)
        case .text(let name, quote: "\""): return try attribute(name)
        default: throw SearchError("expected a field such as metrics.auc or params.depth")
        }
    }

    private func field(entity word: String, key: String) throws(SearchError) -> SearchField {
        guard let entity = vocabulary.entities[word] else {
            let known = vocabulary.entities.keys.sorted().joined(separator: ", ")
            throw SearchError("'\(word.prefix(200))' is no kind of field; known are \(known)")
        }
        guard !key.isEmpty else { throw SearchError("a key is missing after '\(word).'") }
        switch entity {
        case .attribute: return try attribute(key)
        case .dataset where !SearchVocabulary.datasetKeys.contains(key):
            throw SearchError("a data set has name, digest and context, not '\(key.prefix(200))'")
        default: return SearchField(entity, key)
        }
    }

    private func attribute(_ spelling: String) throws(SearchError) -> SearchField {
        guard let attribute = vocabulary.attributes[spelling] else {
            let known = vocabulary.attributes.values.map(\.name)
            throw SearchError(
                "'\(spelling.prefix(200))' is no attribute; known are \(Set(known).sorted().joined(separator: ", "))"
            )
        }
        return SearchField(.attribute, attribute.name)
    }

    private mutating func condition() throws(SearchError) -> SearchCondition {
        let field = try field()
        if vocabulary.takesPatterns { return try traceCondition(field) }
        if takeWord("IS") {
            let isNegated = takeWord("NOT")
            guard takeWord("NULL") else { throw SearchError("expected NULL after IS") }
            guard field.entity == .param || field.entity == .tag else {
                throw SearchError("IS NULL can be asked of params and tags only")
            }
            return SearchCondition(field, isNegated ? .isNotNull : .isNull)
        }
        return SearchCondition(field, isNumber(field) ? try numberTest() : try textTest(field))
    }

    private func isNumber(_ field: SearchField) -> Bool {
        switch field.entity {
        case .metric: true
        case .attribute: vocabulary.attributes[field.key]?.isNumber ?? false
        default: false
        }
    }

    mutating func numberTest() throws(SearchError) -> SearchTest {
        guard case .sign(let sign) = tokens.popFirst(), let comparator = SearchComparator(rawValue: sign) else {
            throw SearchError("expected one of = != > >= < <= after a number field")
        }
        guard case .number(let value) = tokens.popFirst() else {
            throw SearchError("expected a number without quotes after \(sign)")
        }
        return .number(comparator, value)
    }

    private mutating func textTest(_ field: SearchField) throws(SearchError) -> SearchTest {
        if takeSign("=") { return .equals(try text()) }
        if takeSign("!=") { return .differs(try text()) }
        if takeWord("LIKE") { return .like(try pattern(), ignoringCase: false) }
        if takeWord("ILIKE") { return .like(try pattern(), ignoringCase: true) }
        guard takesLists(field) else { throw SearchError("'\(field)' can be compared by =, !=, LIKE and ILIKE") }
        if takeWord("IN") { return .isIn(try list()) }
        if takeWord("NOT"), takeWord("IN") { return .isNotIn(try list()) }
        throw SearchError("'\(field)' can be compared by =, !=, LIKE, ILIKE, IN and NOT IN")
    }

    private func takesLists(_ field: SearchField) -> Bool {
        switch field.entity {
        case .dataset: true
        case .attribute: vocabulary.attributes[field.key]?.takesLists ?? false
        default: false
        }
    }

    mutating func text() throws(SearchError) -> String {
        guard case .text(let text, _) = tokens.popFirst() else {
            throw SearchError("expected a text in quotes, such as 'adam'")
        }
        return text
    }

    mutating func pattern() throws(SearchError) -> String {
        let pattern = try text()
        guard pattern.utf8.count <= Self.longestPattern else {
            throw SearchError("a LIKE pattern is at most \(Self.longestPattern) bytes long")
        }
        return pattern
    }

    mutating func list() throws(SearchError) -> [String] {
        guard takeSign("(") else { throw SearchError("expected a list such as ('a', 'b') after IN") }
        var items: [String] = []
        repeat {
            items.append(try text())
            guard items.count <= Self.mostListItems else {
                throw SearchError("a list has at most \(Self.mostListItems) texts")
            }
        } while takeSign(",")
        guard takeSign(")") else { throw SearchError("expected ')' at the end of the list") }
        return items
    }
}
