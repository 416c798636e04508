/// Exact counts of a categorical column: the categories that the reference knows, the unseen ones, and the rest.
///
/// Known categories are frozen with the reference (at most 4,096, the most frequent). Others are kept exactly up to
/// `capacity`; above it, only the `capacity` categories with the smallest stable hash keep a count of their own and the
/// rest share `other`. A category among the smallest hashes of a whole is among the smallest of every part that holds
/// it, so it is never dropped on the way and its count is exact: the result is the same for any order and partition.
package struct CategoryProfile: Sendable, Equatable {
    /// The most categories that are counted one by one.
    package static let limit = 4096
    /// The most unseen categories that are counted one by one against a reference.
    package static let unseenLimit = 1024

    /// The frozen categories of the reference, in byte order; empty when there is no reference yet.
    package private(set) var known: [String] = []
    /// Counts of the known categories.
    package private(set) var knownCounts: [Int64] = []
    /// How many categories outside `known` are counted one by one.
    package private(set) var capacity = limit
    /// Values of categories that have no count of their own.
    package private(set) var other: Int64 = 0
    /// Rows without a value.
    package private(set) var missing: Int64 = 0
    /// Values that are of another type.
    package private(set) var failed: Int64 = 0
    private var index: [CategoryKey: Int] = [:]
    private var unseen: [CategoryKey: Int64] = [:]
    private var largest: CategoryKey?

    /// An empty profile with no reference: every category counts as unseen.
    package init() {}

    /// The reference of a column: the most frequent categories, frozen.
    package init(reference values: [String?]) throws(StatisticsError) {
        var all: [CategoryKey: Int64] = [:]
        var missing: Int64 = 0
        for value in values {
            if let value { all[CategoryKey(value), default: 0] += 1 } else { missing += 1 }
        }
        guard !all.isEmpty else { throw .emptyReference }
        self.init(freezing: all, other: 0)
        self.missing = missing
    }

    private init(freezing all: [CategoryKey: Int64], other: Int64) {
        let ranked = all.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        let kept = ranked.prefix(CategoryProfile.limit).sorted { CategoryProfile.precedes($0.key.name, $1.key.name) }
        known = kept.map(\.key.name)
        knownCounts = kept.map(\.value)
        capacity = CategoryProfile.unseenLimit
        self.other = ranked.dropFirst(CategoryProfile.limit).reduce(other) { $0 + $1.value }
        index = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1.key, $0) })
    }

    /// This profile as a reference: all of its categories become known, those without a count stay in `other`.
    package func frozen() throws(StatisticsError) -> CategoryProfile {
        guard count > 0 else { throw .emptyReference }
        var all = unseen
        for (key, place) in index where knownCounts[place] > 0 { all[key] = knownCounts[place] }
        var result = CategoryProfile(freezing: all, other: other)
        result.missing = missing
        result.failed = failed
        return result
    }

    /// An empty profile with the same known categories as the reference.
    package static func emptyLike(_ reference: CategoryProfile) -> CategoryProfile {
        var result = CategoryProfile()
        result.known = reference.known
        result.index = reference.index
        result.capacity = reference.capacity
        result.knownCounts = [Int64](repeating: 0, count: reference.known.count)
        return result
    }

    /// Adds a value, nil for a missing one.
    package mutating func add(_ value: String?) {
        if let value { add(key: CategoryKey(value)) } else { missing &+= 1 }
    }

    /// Adds a category whose key is known already.
    @inline(__always)
    package mutating func add(key: CategoryKey) {
        if let place = index[key] {
            knownCounts[place] &+= 1
        } else {
            addUnseen(key, 1)
        }
    }

    private mutating func addUnseen(_ key: CategoryKey, _ times: Int64) {
        if let largest, largest < key {
            other &+= times
            return
        }
        unseen[key, default: 0] += times
        guard unseen.count > capacity else {
            if unseen.count == capacity, largest == nil { largest = unseen.keys.max() }
            return
        }
        // A key above `largest` never gets here, so the one to drop is `largest` itself.
        if let dropped = largest { other &+= unseen.removeValue(forKey: dropped) ?? 0 }
        largest = unseen.keys.max()
    }

    /// Counts a value that is no category.
    package mutating func addFailed() { failed &+= 1 }

    /// Adds the rows of another part, counted against the same known categories.
    package mutating func merge(_ part: CategoryProfile) throws(StatisticsError) {
        guard known == part.known, capacity == part.capacity else {
            throw .differentReferences("known categories differ")
        }
        _ = try CountRange.sum(rows, part.rows, "categorical column")
        knownCounts = try CountRange.sums(knownCounts, part.knownCounts, "categorical column")
        missing += part.missing
        failed += part.failed
        other += part.other
        for (key, times) in part.unseen { addUnseen(key, times) }
    }

    /// A profile with the same known categories and other counts; what is unseen has no names.
    func replacingCounts(_ counts: [Int64], unseen: Int64, missing: Int64, failed: Int64) -> CategoryProfile {
        precondition(counts.count == known.count, "one count a category")
        var result = CategoryProfile.emptyLike(self)
        result.knownCounts = counts
        (result.other, result.missing, result.failed) = (unseen, missing, failed)
        return result
    }

    static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    package static func == (a: CategoryProfile, b: CategoryProfile) -> Bool {
        a.known == b.known && a.knownCounts == b.knownCounts && a.capacity == b.capacity && a.other == b.other
            && a.missing == b.missing && a.failed == b.failed && a.unseen == b.unseen
    }
}

extension CategoryProfile {
    /// The categories outside `known` that have a count of their own, in byte order.
    package var unseenCounts: [(name: String, count: Int64)] {
        unseen.map { ($0.key.name, $0.value) }.sorted { CategoryProfile.precedes($0.0, $1.0) }
    }

    /// How many values there are.
    package var count: Int64 { knownCounts.reduce(0, +) + unseen.values.reduce(0, +) + other }

    /// How many rows there are, whatever they hold.
    package var rows: Int64 { count + missing + failed }

    /// Values of categories that the reference does not list.
    package var unseenTotal: Int64 { unseen.values.reduce(0, +) + other }

    /// The share of values in categories that the reference does not list, nil when empty or when there is no
    /// reference.
    package var unseenShare: Double? {
        count == 0 || known.isEmpty ? nil : Double(unseenTotal) / Double(count)
    }
}

extension CategoryProfile: Codable {
    private enum Key: String, CodingKey {
        case known, knownCounts, unseen, unseenCounts, capacity, other, missing, failed
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        known = try box.decode([String].self, forKey: .known)
        knownCounts = try box.decode([Int64].self, forKey: .knownCounts)
        capacity = try box.decode(Int.self, forKey: .capacity)
        other = try CountRange.checked(box.decode(Int64.self, forKey: .other), "categorical column")
        missing = try CountRange.checked(box.decode(Int64.self, forKey: .missing), "categorical column")
        failed = try CountRange.checked(box.decode(Int64.self, forKey: .failed), "categorical column")
        let names = try box.decode([String].self, forKey: .unseen)
        let counts = try box.decode([Int64].self, forKey: .unseenCounts)
        let isOrdered = [known, names].allSatisfy { list in
            zip(list, list.dropFirst()).allSatisfy { CategoryProfile.precedes($0, $1) }
        }
        guard isOrdered, known.count == knownCounts.count, names.count == counts.count,
            known.count <= CategoryProfile.limit, names.count <= capacity, capacity <= CategoryProfile.limit,
            capacity > 0
        else {
            throw StatisticsError.malformed("categories are not in order, too many, or not one count each")
        }
        _ = try CountRange.total(knownCounts + counts + [other, missing, failed], "categorical column")
        index = Dictionary(uniqueKeysWithValues: known.enumerated().map { (CategoryKey(stored: $1), $0) })
        unseen = Dictionary(uniqueKeysWithValues: zip(names.map { CategoryKey(stored: $0) }, counts))
        if unseen.count == capacity { largest = unseen.keys.max() }
        guard unseen.keys.allSatisfy({ index[$0] == nil }), unseen.values.allSatisfy({ $0 > 0 }) else {
            throw StatisticsError.malformed("an unseen category is known, or has no values")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        let unseen = unseenCounts
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(known, forKey: .known)
        try box.encode(knownCounts, forKey: .knownCounts)
        try box.encode(unseen.map(\.name), forKey: .unseen)
        try box.encode(unseen.map(\.count), forKey: .unseenCounts)
        try box.encode(capacity, forKey: .capacity)
        try box.encode(other, forKey: .other)
        try box.encode(missing, forKey: .missing)
        try box.encode(failed, forKey: .failed)
    }
}
