/// What changed between two contracts, and whom it hurts.
package struct ContractDiff: Hashable, Sendable, Codable {
    package let changes: [Change]

    /// Some change breaks who reads the data, or who writes them.
    package var isBreaking: Bool { changes.contains { $0.effect == .breaking } }

    package struct Change: Hashable, Sendable, Codable {
        package let place: String
        package let effect: Effect
        package let sentence: String
    }

    package enum Effect: String, Hashable, Sendable, Codable {
        /// Data or queries that were right are not any more.
        case breaking
        case harmless
    }

    /// Compares what is promised now with what was promised before.
    ///
    /// A consumer relies on what the contract promises: a weaker promise breaks the consumer. A stronger one is harmless
    /// to consumers; the producer notices it by `validate`.
    package init(from old: Contract, to new: Contract) {
        var changes = DiffCollector()
        for table in old.tables {
            guard let later = new.tables.first(where: { $0.name == table.name }) else {
                changes.breaks(table.name, "the table is gone")
                continue
            }
            changes.compare(table, later)
        }
        for table in new.tables where !old.tables.contains(where: { $0.name == table.name }) {
            changes.harmless(table.name, "the table is new")
        }
        for rule in old.freshness {
            let place = "freshness.\(rule.column)"
            guard let later = new.freshness.first(where: { $0.column == rule.column && $0.table == rule.table }) else {
                changes.breaks(place, "freshness of \(rule.text) is no longer promised")
                continue
            }
            if later.milliseconds > rule.milliseconds {
                changes.breaks(place, "the data may be \(later.text) old, it was \(rule.text)")
            } else if later.milliseconds < rule.milliseconds {
                changes.harmless(place, "the data are at most \(later.text) old, it was \(rule.text)")
            }
        }
        for rule in new.freshness
        where !old.freshness.contains(where: { $0.column == rule.column && $0.table == rule.table }) {
            changes.harmless("freshness.\(rule.column)", "freshness of \(rule.text) is promised")
        }
        self.changes = changes.changes
    }
}

private struct DiffCollector {
    private(set) var changes: [ContractDiff.Change] = []

    mutating func breaks(_ place: String, _ sentence: String) {
        changes.append(ContractDiff.Change(place: place, effect: .breaking, sentence: sentence))
    }

    mutating func harmless(_ place: String, _ sentence: String) {
        changes.append(ContractDiff.Change(place: place, effect: .harmless, sentence: sentence))
    }

    /// A promise that was made and is not any more breaks; one that is new is harmless.
    private mutating func promise(_ place: String, _ before: Bool, _ after: Bool, _ words: String) {
        if before, !after { breaks(place, "\(words) is no longer promised") }
        if !before, after { harmless(place, "\(words) is promised now") }
    }

    mutating func compare(_ old: ContractTable, _ new: ContractTable) {
        for column in old.columns {
            guard let later = new.columns.first(where: { $0.name == column.name }) else {
                breaks("\(old.name).\(column.name)", "the column is gone")
                continue
            }
            compare(column, later, place: "\(old.name).\(column.name)")
        }
        for column in new.columns where !old.columns.contains(where: { $0.name == column.name }) {
            let place = "\(old.name).\(column.name)"
            if old.isClosed {
                breaks(place, "the column is new, and the old contract allows no other columns")
            } else {
                harmless(place, "the column is new")
            }
        }
        if old.primaryKey != new.primaryKey {
            let (before, after) = (old.primaryKey.joined(separator: " + "), new.primaryKey.joined(separator: " + "))
            if before.isEmpty {
                harmless(old.name, "\(after) is a key now")
            } else {
                breaks(
                    old.name,
                    after.isEmpty ? "\(before) is no longer a key" : "the key is \(after), it was \(before)"
                )
            }
        }
        promise(old.name, old.isClosed, new.isClosed, "that there are no other columns")
        compare(old.rules, new.rules, place: old.name)
    }

    private mutating func compare(_ old: ContractColumn, _ new: ContractColumn, place: String) {
        if old.type != new.type {
            let (before, after) = (old.type?.rawValue ?? "any type", new.type?.rawValue ?? "any type")
            if old.type == nil || (old.type == .number && new.type == .integer) {
                harmless(place, "it is \(after), it was \(before)")
            } else {
                breaks(place, "it is \(after), it was \(before)")
            }
        }
        if let before = old.physicalType, before != new.physicalType {
            breaks(place, "its physical type is \(new.physicalType ?? "open"), it was \(before)")
        }
        promise(place, old.isRequired, new.isRequired, "that it is never missing")
        promise(place, old.isUnique, new.isUnique, "that it never repeats")
        compare(old.limits, new.limits, place: place)
        compare(old.rules, new.rules, place: place)
    }

    private mutating func compare(_ old: ValueLimits, _ new: ValueLimits, place: String) {
        end(old.minimum, new.minimum, isLower: true, place: place)
        end(old.maximum, new.maximum, isLower: false, place: place)
        bound(old.minLength, new.minLength, isLower: true, "length", place: place)
        bound(old.maxLength, new.maxLength, isLower: false, "length", place: place)
        if old.pattern != new.pattern {
            if let before = old.pattern {
                breaks(
                    place,
                    new.pattern.map { "its pattern is \($0), it was \(before)" } ?? "the pattern \(before) is gone"
                )
            } else if let after = new.pattern {
                harmless(place, "it matches \(after) now")
            }
        }
        if old.multipleOf != new.multipleOf {
            if let before = old.multipleOf {
                breaks(place, "it is no longer a multiple of \(before)")
            } else if let after = new.multipleOf {
                harmless(place, "it is a multiple of \(after) now")
            }
        }
        values(old.values, new.values, place: place)
    }

    private mutating func values(_ old: [String]?, _ new: [String]?, place: String) {
        guard let old else {
            if let new { harmless(place, "only \(new.prefix(8).joined(separator: ", ")) are allowed now") }
            return
        }
        guard let new else {
            return breaks(place, "every value is allowed, it was \(old.prefix(8).joined(separator: ", "))")
        }
        let added = new.filter { !old.contains($0) }
        let removed = old.filter { !new.contains($0) }
        if !added.isEmpty { breaks(place, "new values may come: \(added.prefix(8).joined(separator: ", "))") }
        if !removed.isEmpty {
            harmless(place, "values do not come any more: \(removed.prefix(8).joined(separator: ", "))")
        }
    }

    private mutating func end(_ old: ValueLimits.Limit?, _ new: ValueLimits.Limit?, isLower: Bool, place: String) {
        guard old != new else { return }
        let word = isLower ? "minimum" : "maximum"
        guard let old else { return harmless(place, "it has the \(word) \(new?.text ?? "") now") }
        guard let new else { return breaks(place, "the \(word) \(old.text) is gone") }
        let isWider: Bool =
            if let before = Double(old.text), let after = Double(new.text) {
                before == after ? old.isExclusive && !new.isExclusive : (after < before) == isLower
            } else {
                // Dates and instants in ISO form are in the order of their texts.
                (new.text < old.text) == isLower
            }
        let sentence = "its \(word) is \(new.text)\(new.isExclusive ? " (exclusive)" : ""), it was \(old.text)"
        if isWider { breaks(place, sentence) } else { harmless(place, sentence) }
    }

    private mutating func bound(_ old: Int?, _ new: Int?, isLower: Bool, _ word: String, place: String) {
        let text = { (value: Int) in ValueLimits.Limit("\(value)") }
        guard old != new else { return }
        let name = "\(isLower ? "least" : "largest") \(word)"
        guard let old else { return harmless(place, "it has the \(name) \(new ?? 0) now") }
        guard let new else { return breaks(place, "the \(name) \(text(old).text) is gone") }
        let sentence = "its \(name) is \(new), it was \(old)"
        if (new < old) == isLower { breaks(place, sentence) } else { harmless(place, sentence) }
    }

    /// Rules are compared by what they count.
    private mutating func compare(_ old: [QualityRule], _ new: [QualityRule], place: String) {
        for rule in old where !new.contains(rule) {
            let title = rule.title(of: place)
            guard let later = new.first(where: { $0.isSameQuestion(as: rule) }) else {
                breaks(place, "the rule is gone: \(title)")
                continue
            }
            if case .invalidValues(let before) = rule.metric, case .invalidValues(let after) = later.metric {
                compare(before, after, place: place)
            }
            guard rule.bound != later.bound || rule.unit != later.unit else { continue }
            let sentence = "must be \(later.bound.words), it was \(rule.bound.words): \(title)"
            if rule.unit == later.unit, later.bound.implies(rule.bound) {
                harmless(place, sentence)
            } else {
                breaks(place, sentence)
            }
        }
        for rule in new where !old.contains(where: { $0 == rule || rule.isSameQuestion(as: $0) }) {
            harmless(place, "a new rule: \(rule.title(of: place))")
        }
    }
}

extension QualityRule {
    /// Whether the two rules count the same thing and differ only in how much of it may be.
    fileprivate func isSameQuestion(as other: QualityRule) -> Bool {
        switch (metric, other.metric) {
        case (.invalidValues, .invalidValues): name == other.name
        default: metric == other.metric
        }
    }
}

extension Bound {
    /// The numbers that keep the bound, as a closed or open range; nil for what is no range.
    private var range: (low: Double, lowOpen: Bool, high: Double, highOpen: Bool)? {
        switch self {
        case .equal(let value): (value, false, value, false)
        case .greater(let value): (value, true, .infinity, false)
        case .atLeast(let value): (value, false, .infinity, false)
        case .less(let value): (-.infinity, false, value, true)
        case .atMost(let value): (-.infinity, false, value, false)
        case .between(let low, let high): (low, false, high, false)
        case .notEqual, .notBetween: nil
        }
    }

    /// Every number that keeps this bound keeps the other.
    func implies(_ other: Bound) -> Bool {
        if self == other { return true }
        guard let inner = range, let outer = other.range else { return false }
        let low = inner.low > outer.low || (inner.low == outer.low && (inner.lowOpen || !outer.lowOpen))
        let high = inner.high < outer.high || (inner.high == outer.high && (inner.highOpen || !outer.highOpen))
        return low && high
    }
}
