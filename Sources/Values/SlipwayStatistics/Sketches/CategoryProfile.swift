/// Exact counts of a categorical column: the categories that the reference knows, the unseen ones, and the rest.
///
/// Known categories are frozen with the reference: the most frequent, at most 4,096 and `knownBytes` of text. Others keep
/// a count of their own in the order of their stable hash, as many as `capacity` and `unseenBytes` allow; the rest share
/// `other`. A category that has its place among the others of a whole has it in every part that holds it, so it is never
/// dropped on the way and its count is exact: the result is the same for any order and partition.
package struct CategoryProfile: Sendable, Equatable {
    /// The most categories that are counted one by one.
    package static let limit = 4096
    /// The most unseen categories that are counted one by one against a reference.
    package static let unseenLimit = 1024
    /// The most bytes that the known categories take when stored, so that a column keeps to 40 KB.
    static let knownBytes = 30 << 10
    /// The most bytes that unseen categories take when stored beside known ones.
    static let unseenBytes = 8 << 10

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
    /// The smallest hash of a category that had no place.
    private var ceiling: UInt64?
    private var unseenSize = 0

    /// An empty profile with no reference: every category counts as unseen.
    package init() {}

    /// An empty profile with no reference that counts more categories one by one than is stored.
    init(capacity: Int) { self.capacity = capacity }

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
        let ranked = all.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.map { $0 }
        var most = min(ranked.count, CategoryProfile.limit)
        var kept = CategoryProfile.ordered(ranked.prefix(most))
        if NameList.size(kept.map(\.key.name), kept.map(\.value)) > CategoryProfile.knownBytes {
            // The most that fit, by bisection: fewer categories never take more.
            var (fits, tooMany) = (1, most)
            while tooMany - fits > 1 {
                most = (fits + tooMany) / 2
                kept = CategoryProfile.ordered(ranked.prefix(most))
                let size = NameList.size(kept.map(\.key.name), kept.map(\.value))
                if size > CategoryProfile.knownBytes { tooMany = most } else { fits = most }
            }
            most = fits
            kept = CategoryProfile.ordered(ranked.prefix(most))
        }
        known = kept.map(\.key.name)
        knownCounts = kept.map(\.value)
        capacity = CategoryProfile.unseenLimit
        self.other = ranked.dropFirst(most).reduce(other) { $0 + $1.value }
        index = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1.key, $0) })
    }

    private static func ordered(_ ranked: ArraySlice<(key: CategoryKey, value: Int64)>) -> [(
        key: CategoryKey, value: Int64
    )] {
        ranked.sorted { precedes($0.key.name, $1.key.name) }
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

    /// Adds a category a number of times.
    mutating func add(key: CategoryKey, times: Int64) {
        if let place = index[key] { knownCounts[place] &+= times } else { addUnseen(key, times) }
    }

    private mutating func addUnseen(_ key: CategoryKey, _ times: Int64) {
        if let ceiling, key.hash >= ceiling {
            other &+= times
            return
        }
        if let count = unseen[key] {
            unseen[key] = count &+ times
            return
        }
        unseen[key] = times
        unseenSize += CategoryProfile.size(key)
        while unseen.count > capacity || unseenSize > sizeLimit { dropLargest() }
    }

    /// Without a reference yet, a column may be any size in memory: `frozen` cuts it.
    private var sizeLimit: Int { capacity > CategoryProfile.unseenLimit ? .max : CategoryProfile.unseenBytes }

    private mutating func dropLargest() {
        guard let last = unseen.keys.max() else { return }
        ceiling = last.hash
        // Names with the same hash go together, since the ceiling does not tell them apart.
        for key in unseen.keys where key.hash == last.hash {
            unseenSize -= CategoryProfile.size(key)
            other &+= unseen.removeValue(forKey: key) ?? 0
        }
    }

    /// About the bytes that a category takes when stored: its name with quotes and comma, and a count.
    private static func size(_ key: CategoryKey) -> Int { key.name.utf8.count + 10 }

    /// Adds rows that hold no category.
    mutating func add(missing: Int64, failed: Int64) {
        self.missing += missing
        self.failed += failed
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
        if let theirs = part.ceiling, theirs < ceiling ?? .max {
            ceiling = theirs
            for key in unseen.keys where key.hash >= theirs {
                unseenSize -= CategoryProfile.size(key)
                other &+= unseen.removeValue(forKey: key) ?? 0
            }
        }
        for (key, times) in part.unseen { addUnseen(key, times) }
    }

    /// Whether every value has a count of its own, so that categories can be added up across references.
    package var isComplete: Bool { other == 0 }

    /// The categories of two references together, as a reference. When they are too many for each to keep a count of its
    /// own, none does: which ones were the most frequent of all cannot be told from the parts.
    func united(with part: CategoryProfile) throws(StatisticsError) -> CategoryProfile {
        _ = try CountRange.sum(rows, part.rows, "categorical column")
        var all = CategoryProfile()
        all.capacity = .max
        for profile in [self, part] {
            for (name, count) in zip(profile.known, profile.knownCounts) where count > 0 {
                all.addUnseen(CategoryKey(stored: name), count)
            }
            for (key, count) in profile.unseen { all.addUnseen(key, count) }
            all.other += profile.other
        }
        var result = all.count > 0 ? try all.frozen() : CategoryProfile(capacity: CategoryProfile.unseenLimit)
        if !(isComplete && part.isComplete && result.isComplete) {
            result = CategoryProfile(capacity: CategoryProfile.unseenLimit)
            result.other = all.count
        }
        result.missing = missing + part.missing
        result.failed = failed + part.failed
        return result
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
            && a.missing == b.missing && a.failed == b.failed && a.unseen == b.unseen && a.ceiling == b.ceiling
    }
}

extension CategoryProfile {
    /// The categories outside `known` that have a count of their own, in byte order.
    package var unseenCounts: [(name: String, count: Int64)] {
        unseen.map { ($0.key.name, $0.value) }.sorted { CategoryProfile.precedes($0.0, $1.0) }
    }

    /// The stable hashes of the known categories, in their order.
    package var knownHashes: [UInt64] { known.map { CategoryKey(stored: $0).hash } }

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
        case names, counts, known, knownCounts, unseen, unseenCounts, capacity, ceiling, other, missing, failed
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        if let stored = try box.decodeIfPresent([String].self, forKey: .names) {
            known = try NameList.names(stored)
            knownCounts = try CountText.numbers(box.decode(String.self, forKey: .counts)).map { Int64(clamping: $0) }
        } else {
            // As profiles were written at first.
            known = try box.decode([String].self, forKey: .known)
            knownCounts = try box.decode([Int64].self, forKey: .knownCounts)
        }
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
        unseenSize = unseen.keys.reduce(0) { $0 + CategoryProfile.size($1) }
        if let text = try box.decodeIfPresent(String.self, forKey: .ceiling) {
            let numbers = try CountText.numbers(text)
            guard numbers.count == 1 else { throw StatisticsError.malformed("the last category has no place") }
            ceiling = numbers[0]
        } else if unseen.count == capacity {
            // Written before there was a ceiling: what is above the last one had no place.
            ceiling = unseen.keys.max().map { $0.hash &+ 1 }
        }
        let last = ceiling ?? .max
        guard unseen.keys.allSatisfy({ $0.hash < last }) || ceiling == nil else {
            throw StatisticsError.malformed("an unseen category has no place")
        }
        guard unseen.keys.allSatisfy({ index[$0] == nil }), unseen.values.allSatisfy({ $0 > 0 }) else {
            throw StatisticsError.malformed("an unseen category is known, or has no values")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        let unseen = unseenCounts
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(NameList.stored(known), forKey: .names)
        try box.encode(CountText.text(knownCounts.map { UInt64($0) }), forKey: .counts)
        try box.encode(unseen.map(\.name), forKey: .unseen)
        try box.encode(unseen.map(\.count), forKey: .unseenCounts)
        try box.encode(capacity, forKey: .capacity)
        try box.encodeIfPresent(ceiling.map { CountText.text([$0]) }, forKey: .ceiling)
        try box.encode(other, forKey: .other)
        try box.encode(missing, forKey: .missing)
        try box.encode(failed, forKey: .failed)
    }
}
