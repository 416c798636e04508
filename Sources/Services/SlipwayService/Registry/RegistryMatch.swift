internal import SlipwayDomain

/// A search of the registry, applied to rows in memory: registries are small, and this minds case as MLflow does.
struct RegistryMatch: Sendable {
    /// What a search can see of one model or version.
    struct Row {
        let texts: [String: String]
        let numbers: [String: Int64]
        let tags: [String: String]
    }

    private let conditions: [SearchCondition]
    private let order: [SearchOrder]
    private let wantsPrompts: Bool

    init(
        _ search: RegistrySearch,
        _ vocabulary: SearchVocabulary,
        defaultOrder: [String],
        tieBreak: [String]
    ) throws(ServiceError) {
        do throws(SearchError) {
            let filter = try SearchParser.filter(search.filter, vocabulary)
            var order = try SearchParser.order(search.order.isEmpty ? defaultOrder : search.order, vocabulary)
            guard order.allSatisfy({ $0.field.entity == .attribute }) else {
                throw SearchError("the registry cannot be ordered by tags")
            }
            for item in try SearchParser.order(tieBreak, vocabulary)
            where !order.contains(where: { $0.field == item.field }) { order.append(item) }
            let promptField = SearchField(.tag, Registry.promptTag)
            wantsPrompts = filter.conditions.contains(SearchCondition(promptField, .equals("true")))
            // "Is no prompt" holds for everything without the tag too, unlike other tags, and is always asked for.
            conditions = filter.conditions.filter { $0 != SearchCondition(promptField, .differs("true")) }
            self.order = order
        } catch {
            throw .invalid(error.message)
        }
    }

    /// The one text that an attribute must equal, if the filter says so.
    func only(_ attribute: String) -> String? {
        for condition in conditions where condition.field == SearchField(.attribute, attribute) {
            if case .equals(let text) = condition.test { return text }
        }
        return nil
    }

    /// Whether any condition needs the tags.
    var looksAtTags: Bool { conditions.contains { $0.field.entity == .tag } }

    /// The records whose rows pass, in the search's order.
    func sorted<Record>(_ candidates: [(row: Row, record: Record)]) -> [Record] {
        candidates.filter { passes($0.row) }.sorted { isBefore($0.row, $1.row) }.map(\.record)
    }

    private func passes(_ row: Row) -> Bool {
        let isPrompt = row.tags[Registry.promptTag] == "true"
        return isPrompt == wantsPrompts && conditions.allSatisfy { passes(row, $0) }
    }

    private func passes(_ row: Row, _ condition: SearchCondition) -> Bool {
        let key = condition.field.key
        if case .number(let comparator, let value) = condition.test {
            return row.numbers[key].map { Self.holds(Double($0), comparator, value) } ?? false
        }
        let text = condition.field.entity == .tag ? row.tags[key] : row.texts[key]
        switch condition.test {
        case .isNull: return text == nil
        case .isNotNull: return text != nil
        default: return text.map { Self.holds($0, condition.test) } ?? false
        }
    }

    private static func holds(_ number: Double, _ comparator: SearchComparator, _ value: Double) -> Bool {
        switch comparator {
        case .equal: number == value
        case .notEqual: number != value
        case .greater: number > value
        case .greaterOrEqual: number >= value
        case .less: number < value
        case .lessOrEqual: number <= value
        }
    }

    private static func holds(_ text: String, _ test: SearchTest) -> Bool {
        switch test {
        case .equals(let other): text == other
        case .differs(let other): text != other
        case .like(let pattern, ignoringCase: false): LikePattern(pattern).matches(text)
        case .like(let pattern, ignoringCase: true): LikePattern(pattern.lowercased()).matches(text.lowercased())
        case .isIn(let list): list.contains(text)
        case .isNotIn(let list): !list.contains(text)
        case .isNull, .isNotNull, .number, .matches: false
        }
    }

    private func isBefore(_ left: Row, _ right: Row) -> Bool {
        for item in order {
            let key = item.field.key
            if let first = left.texts[key], let second = right.texts[key], first != second {
                return (first < second) == item.isAscending
            }
            if let first = left.numbers[key], let second = right.numbers[key], first != second {
                return (first < second) == item.isAscending
            }
        }
        return false
    }
}

/// SQL's LIKE: `%` stands for any text, `_` for one character. The time is at most pattern times text.
struct LikePattern {
    private let pattern: [Unicode.Scalar]

    init(_ text: String) { pattern = Array(text.unicodeScalars) }

    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var position = 0
        var place = 0
        // Where to go on when a later part does not fit: the last '%' and how much of the text it has taken.
        var retry: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == "%" {
                retry = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == "_" || pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = retry {
                retry = (last.place, last.position + 1)
                place = last.place + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "%" }
    }
}
