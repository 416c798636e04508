/// The profile of a categorical column: counts of categories, the number of distinct values and the lengths of the texts.
package struct CategoricalProfile: Sendable, Equatable, Codable {
    /// Counts of categories.
    package private(set) var categories: CategoryProfile
    /// Distinct values.
    package private(set) var distinct = DistinctCount()
    /// Lengths in UTF-8 bytes; nil when not counted.
    package private(set) var lengths: LengthHistogram?
    /// True when it was made without a reference; its categories can then be added up with those of any other such.
    package private(set) var isOwn: Bool?

    /// The reference itself.
    package init(reference values: [String?]) throws(StatisticsError) {
        categories = try CategoryProfile(reference: values)
        var lengths = LengthHistogram()
        for value in values {
            guard let value else { continue }
            distinct.add(value)
            lengths.add(value.utf8.count)
        }
        self.lengths = lengths
        isOwn = true
    }

    /// What a counter collected.
    init(categories: CategoryProfile, distinct: DistinctCount, lengths: LengthHistogram?, isOwn: Bool?) {
        (self.categories, self.distinct, self.lengths, self.isOwn) = (categories, distinct, lengths, isOwn)
    }

    /// An empty profile with the reference's known categories.
    package static func emptyLike(_ reference: CategoricalProfile) -> CategoricalProfile {
        CategoricalProfile(
            categories: .emptyLike(reference.categories),
            distinct: DistinctCount(),
            lengths: reference.lengths == nil ? nil : LengthHistogram(),
            isOwn: nil
        )
    }

    /// The same column with other counts; the number of distinct values stays.
    func replacingCategories(_ categories: CategoryProfile) -> CategoricalProfile {
        var result = self
        result.categories = categories
        return result
    }

    /// Adds a value, nil for a missing one. A reference that is added to keeps its known categories.
    package mutating func add(_ value: String?) {
        isOwn = nil
        guard let value else {
            categories.add(nil)
            return
        }
        let key = CategoryKey(value)
        categories.add(key: key)
        distinct.add(hash: key.hash)
        if lengths != nil { lengths?.add(value.utf8.count) }
    }

    /// Counts a value that is no category.
    package mutating func addFailed() { categories.addFailed() }

    /// Adds the rows of another part: one against the same reference, or, when both were made without a reference, any.
    package mutating func merge(_ other: CategoricalProfile) throws(StatisticsError) {
        if isOwn == true, other.isOwn == true {
            categories = try categories.united(with: other.categories)
        } else {
            try categories.merge(other.categories)
            isOwn = nil
        }
        distinct.merge(other.distinct)
        if var lengths, let others = other.lengths {
            try lengths.merge(others)
            self.lengths = lengths
        } else {
            lengths = nil
        }
    }
}
