/// Reads MLflow's search language: conditions joined by AND. Every mistake is told with its place.
package struct SearchParser {
    let vocabulary: SearchVocabulary
    private var pieces: ArraySlice<SearchLexer.Piece>
    private let end: Int

    /// So many conditions one filter may have; the database's own limit is a thousand.
    private static let mostConditions = 200
    private static let mostOrderItems = 20

    /// Parses a filter; an empty text lets everything through, blanks alone are a mistake.
    package static func filter(_ text: String, _ vocabulary: SearchVocabulary) throws(SearchError) -> SearchFilter {
        guard !text.isEmpty else { return SearchFilter() }
        do throws(SearchError) {
            var parser = try SearchParser(text, vocabulary)
            return try parser.filter()
        } catch {
            throw error.found(in: text)
        }
    }

    /// Parses one item of an order: a field, then ASC or DESC or nothing.
    package static func order(_ text: String, _ vocabulary: SearchVocabulary) throws(SearchError) -> SearchOrder {
        do throws(SearchError) {
            var parser = try SearchParser(text, vocabulary)
            return try parser.order()
        } catch {
            throw error.found(in: text)
        }
    }

    /// Parses a field to order by, without a direction.
    package static func field(_ text: String, _ vocabulary: SearchVocabulary) throws(SearchError) -> SearchField {
        do throws(SearchError) {
            var parser = try SearchParser(text, vocabulary)
            let field = try parser.orderField()
            guard parser.isAtEnd else { throw parser.expected("one field and nothing else") }
            return field
        } catch {
            throw error.found(in: text)
        }
    }

    /// Parses a whole order; a field may stand in it once.
    package static func order(
        _ items: [String],
        _ vocabulary: SearchVocabulary
    ) throws(SearchError) -> [SearchOrder] {
        guard items.count <= mostOrderItems else { throw SearchError("an order has at most \(mostOrderItems) items") }
        var orders: [SearchOrder] = []
        for item in items {
            let order = try order(item, vocabulary)
            guard !orders.contains(where: { $0.field == order.field }) else {
                throw SearchError("the order names \(order.field) twice", at: 0..<item.unicodeScalars.count, in: item)
            }
            orders.append(order)
        }
        return orders
    }

    private init(_ text: String, _ vocabulary: SearchVocabulary) throws(SearchError) {
        self.vocabulary = vocabulary
        pieces = try SearchLexer.pieces(text)[...]
        end = text.unicodeScalars.count
    }

    private mutating func filter() throws(SearchError) -> SearchFilter {
        guard !pieces.isEmpty else {
            throw SearchError("the filter is blank; leave it out to find everything", at: 0..<end)
        }
        var conditions: [SearchCondition] = []
        repeat {
            let start = place
            conditions.append(try condition())
            guard conditions.count <= Self.mostConditions else {
                throw SearchError("the filter has more than \(Self.mostConditions) conditions", at: start)
            }
            guard !pieces.isEmpty else { break }
            guard takeWord("AND") else {
                throw expected("AND after condition \(conditions.count); OR, NOT and parentheses are not supported")
            }
            // MLflow takes an AND at the very end, so this does too.
        } while !pieces.isEmpty
        return SearchFilter(conditions)
    }

    private mutating func orderField() throws(SearchError) -> SearchField {
        let start = place
        let field = try field(forOrder: true)
        guard vocabulary.orders.contains(field.entity) else {
            throw SearchError("\(vocabulary.noun) cannot be ordered by a \(field.entity.rawValue)", at: start)
        }
        return field
    }

    private mutating func order() throws(SearchError) -> SearchOrder {
        let field = try orderField()
        var isAscending = true
        if takeWord("DESC") { isAscending = false } else { _ = takeWord("ASC") }
        guard pieces.isEmpty else { throw expected("the end; an order is written FIELD [ASC|DESC]") }
        return SearchOrder(field, isAscending: isAscending)
    }

    // MARK: Tokens

    /// The place of the next token, or of the end.
    var place: Range<Int> { pieces.first?.place ?? end..<end }

    /// A mistake at the next token.
    func expected(_ what: String) -> SearchError { SearchError("expected \(what)", at: place) }

    /// Whether the text ends here.
    var isAtEnd: Bool { pieces.isEmpty }

    /// The next token, left where it is.
    var next: SearchLexer.Token? { pieces.first?.token }

    mutating func skip() { _ = pieces.popFirst() }

    mutating func takeWord(_ keyword: String) -> Bool {
        guard case .word(let word) = next, word.uppercased() == keyword else { return false }
        skip()
        return true
    }

    mutating func takeSign(_ sign: String) -> Bool {
        guard next == .sign(sign) else { return false }
        skip()
        return true
    }

    // MARK: Fields

    mutating func field(forOrder: Bool) throws(SearchError) -> SearchField {
        let start = place
        guard let token = next else { throw expected("a field such as \(vocabulary.example)") }
        skip()
        do throws(SearchError) {
            switch token {
            case .word(let word):
                guard let dot = word.firstIndex(of: ".") else { return try attribute(word, forOrder) }
                return try field(String(word[..<dot]), String(word[word.index(after: dot)...]), forOrder)
            case .quotedField(let entity, let key): return try field(entity, key, forOrder)
            case .name(let name): return try attribute(name, forOrder)
            case .text(let name, quote: "\""): return try attribute(name, forOrder)
            default: throw SearchError("expected a field such as \(vocabulary.example)")
            }
        } catch {
            throw SearchError(error.reason, at: start)
        }
    }

    private func field(_ word: String, _ key: String, _ forOrder: Bool) throws(SearchError) -> SearchField {
        guard let entity = vocabulary.entities[word] else {
            let known = vocabulary.entities.keys.sorted().joined(separator: ", ")
            throw SearchError("'\(word.prefix(200))' is no kind of field; known are \(known)")
        }
        guard !key.isEmpty else { throw SearchError("a key is missing after '\(word).'") }
        switch entity {
        case .attribute: return try attribute(key, forOrder)
        case .dataset where !SearchVocabulary.datasetKeys.contains(key):
            throw SearchError("a data set has name, digest and context, not '\(key.prefix(200))'")
        default: return SearchField(entity, key)
        }
    }

    private func attribute(_ spelling: String, _ forOrder: Bool) throws(SearchError) -> SearchField {
        let usable = vocabulary.attributes.filter { forOrder ? $0.value.isOrderable : $0.value.isFilterable }
        guard let attribute = usable[spelling] else {
            let known = Set(usable.values.map(\.name)).sorted().joined(separator: ", ")
            throw SearchError(
                "'\(spelling.prefix(200))' is no attribute to \(forOrder ? "order" : "search") by; known are \(known)"
            )
        }
        return SearchField(.attribute, attribute.name)
    }
}
