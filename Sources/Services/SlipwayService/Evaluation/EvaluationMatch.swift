internal import SlipwayDomain

/// A search for evaluation datasets, applied to rows in memory: a team has some dozens of them.
struct EvaluationMatch: Sendable {
    private let filter: SearchFilter
    private let order: [SearchOrder]

    init(filter: String, order: [String]) throws(ServiceError) {
        self.filter = try Tracking.filter(filter, .evaluationDatasets)
        var items = try Tracking.order(order.isEmpty ? ["created_time DESC"] : order, .evaluationDatasets)
        // The identifier settles what is otherwise equal.
        items.append(SearchOrder(SearchField(.attribute, "dataset_id"), isAscending: false))
        self.order = items
    }

    /// The datasets that pass, in the search's order.
    func sorted(_ datasets: [EvaluationDataset]) -> [EvaluationDataset] {
        datasets.filter { dataset in filter.conditions.allSatisfy { passes(dataset, $0) } }
            .sorted { isBefore($0, $1) }
    }

    private func passes(_ dataset: EvaluationDataset, _ condition: SearchCondition) -> Bool {
        if case .number(let comparator, let value) = condition.test {
            return Self.number(dataset, condition.field.key).map { Self.holds(Double($0), comparator, value) } ?? false
        }
        let key = condition.field.key
        let text =
            condition.field.entity == .tag
            ? dataset.tags.first { $0.key == key }?.value : Self.text(dataset, key)
        switch condition.test {
        case .isNull: return text == nil
        case .isNotNull: return text != nil
        default: return text.map { Self.holds($0, condition.test) } ?? false
        }
    }

    private static func text(_ dataset: EvaluationDataset, _ attribute: String) -> String? {
        switch attribute {
        case "name": dataset.name
        case "dataset_id": dataset.id
        case "created_by": dataset.createdBy
        case "last_updated_by": dataset.updatedBy
        default: nil
        }
    }

    private static func number(_ dataset: EvaluationDataset, _ attribute: String) -> Int64? {
        switch attribute {
        case "created_time": dataset.createdAt.milliseconds
        case "last_update_time": dataset.updatedAt.milliseconds
        default: nil
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
        case .like(let pattern, let ignoringCase):
            ignoringCase
                ? fits(text.lowercased(), pattern.lowercased()) : fits(text, pattern)
        case .isIn(let list): list.contains(text)
        case .isNotIn(let list): !list.contains(text)
        default: false
        }
    }

    /// SQL's LIKE, where `%` stands for any text and `_` for one character, in at most pattern times text steps: for
    /// each place of the pattern, the set of places of the text where it can stand.
    private static func fits(_ text: String, _ pattern: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var reached = [Bool](repeating: false, count: text.count + 1)
        reached[0] = true
        for letter in pattern.unicodeScalars {
            var next = [Bool](repeating: false, count: text.count + 1)
            for place in 0...text.count {
                if letter == "%" {
                    next[place] = reached[place] || (place > 0 && next[place - 1])
                } else if place > 0, reached[place - 1] {
                    next[place] = letter == "_" || letter == text[place - 1]
                }
            }
            reached = next
        }
        return reached[text.count]
    }

    private func isBefore(_ left: EvaluationDataset, _ right: EvaluationDataset) -> Bool {
        for item in order {
            let key = item.field.key
            if let first = Self.text(left, key), let second = Self.text(right, key), first != second {
                return (first < second) == item.isAscending
            }
            if let first = Self.number(left, key), let second = Self.number(right, key), first != second {
                return (first < second) == item.isAscending
            }
        }
        return false
    }
}
