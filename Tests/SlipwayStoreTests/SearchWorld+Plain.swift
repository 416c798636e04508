import SlipwayDomain
import SlipwayStore

// The meaning of a search, without SQL: every run is looked at, every comparison is of the bytes of texts.
extension SearchWorld {
    func plain(_ filter: SearchFilter, _ order: [SearchOrder], _ view: LifecycleView, _ experiments: [Int64]) -> [Int64]
    {
        runs.filter { run in
            let isSeen =
                switch view {
                case .active: !run.info.isDeleted
                case .deleted: run.info.isDeleted
                case .all: true
                }
            return isSeen && experiments.contains(run.info.experiment)
                && filter.conditions.allSatisfy { Self.holds($0, run) }
        }.sorted { Self.isBefore($0, $1, order) }.map(\.number)
    }

    private static func holds(_ condition: SearchCondition, _ run: PlainRun) -> Bool {
        let key = condition.field.key
        switch condition.field.entity {
        case .metric: return run.metrics[key].map { holds(condition.test, $0) } ?? false
        case .param: return holds(condition.test, run.params[key])
        case .tag: return holds(condition.test, run.tags[key])
        case .dataset:
            return run.datasets.contains { set in texts(key, of: set).contains { holds(condition.test, $0) } }
        default: break
        }
        switch key {
        case "start_time": return holds(condition.test, Double(run.info.startedAt.milliseconds))
        case "end_time": return run.info.endedAt.map { holds(condition.test, Double($0.milliseconds)) } ?? false
        case "run_id": return holds(condition.test, run.info.id)
        case "status": return holds(condition.test, run.info.status.rawValue)
        default: return holds(condition.test, run.info.name)
        }
    }

    private static func texts(_ key: String, of set: DatasetInput) -> [String] {
        switch key {
        case "name": [set.name]
        case "digest": [set.digest]
        default: set.tags.filter { $0.key == "mlflow.data.context" }.map(\.value)
        }
    }

    private static func holds(_ test: SearchTest, _ number: Double) -> Bool {
        guard case .number(let comparator, let value) = test else { return false }
        switch comparator {
        case .equal: return number == value
        case .notEqual: return number != value
        case .greater: return number > value
        case .greaterOrEqual: return number >= value
        case .less: return number < value
        case .lessOrEqual: return number <= value
        }
    }

    private static func holds(_ test: SearchTest, _ text: String?) -> Bool {
        guard let text else { return test == .isNull }
        switch test {
        case .equals(let other): return bytes(text) == bytes(other)
        case .differs(let other): return bytes(text) != bytes(other)
        case .like(let pattern, ignoringCase: false): return matches(bytes(pattern)[...], bytes(text)[...])
        case .like(let pattern, ignoringCase: true): return matches(folded(pattern)[...], folded(text)[...])
        case .isIn(let list): return list.contains { bytes($0) == bytes(text) }
        case .isNotIn(let list): return !list.contains { bytes($0) == bytes(text) }
        case .isNotNull: return true
        default: return false
        }
    }

    private static func bytes(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

    /// ASCII letters alone are folded, as SQLite does.
    private static func folded(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.map { ("A"..."Z").contains($0) ? Unicode.Scalar(UInt8($0.value + 32)) : $0 }
    }

    private static func matches(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "%" {
            return (text.startIndex...text.endIndex).contains { matches(pattern.dropFirst(), text[$0...]) }
        }
        guard let letter = text.first, first == "_" || first == letter else { return false }
        return matches(pattern.dropFirst(), text.dropFirst())
    }

    /// What one item of an order sees: what kind of value, and the value.
    private enum Sight {
        case number(Double)
        case text([UInt32])
        case notNumber, missing

        var rank: Int {
            switch self {
            case .number, .text: 0
            case .notNumber: 1
            case .missing: 2
            }
        }
    }

    private static func sight(_ field: SearchField, _ run: PlainRun) -> Sight {
        func text(_ value: String?) -> Sight { value.map { .text($0.unicodeScalars.map(\.value)) } ?? .missing }
        switch field.entity {
        case .metric: return run.metrics[field.key].map { $0.isNaN ? .notNumber : .number($0) } ?? .missing
        case .param: return text(run.params[field.key])
        case .tag: return text(run.tags[field.key])
        default: break
        }
        switch field.key {
        case "start_time": return .number(Double(run.info.startedAt.milliseconds))
        case "end_time": return run.info.endedAt.map { .number(Double($0.milliseconds)) } ?? .missing
        case "run_id": return text(run.info.id)
        default: return text(run.info.name)
        }
    }

    private static func isBefore(_ one: PlainRun, _ other: PlainRun, _ order: [SearchOrder]) -> Bool {
        for item in order {
            let (left, right) = (sight(item.field, one), sight(item.field, other))
            if left.rank != right.rank { return left.rank < right.rank }
            switch (left, right) {
            case (.number(let first), .number(let second)) where first != second:
                return (first < second) == item.isAscending
            case (.text(let first), .text(let second)) where first != second:
                return first.lexicographicallyPrecedes(second) == item.isAscending
            default: continue
            }
        }
        if one.info.startedAt != other.info.startedAt { return one.info.startedAt > other.info.startedAt }
        return one.info.id < other.info.id
    }
}
