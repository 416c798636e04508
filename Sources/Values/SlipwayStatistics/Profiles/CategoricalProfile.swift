/// The profile of a categorical column: counts of categories and the number of distinct values.
package struct CategoricalProfile: Sendable, Equatable, Codable {
    /// Counts of categories.
    package private(set) var categories: CategoryProfile
    /// Distinct values.
    package private(set) var distinct = DistinctCount()

    /// The reference itself.
    package init(reference values: [String?]) throws(StatisticsError) {
        categories = try CategoryProfile(reference: values)
        for value in values {
            if let value { distinct.add(value) }
        }
    }

    private init(categories: CategoryProfile) { self.categories = categories }

    /// An empty profile with the reference's known categories.
    package static func emptyLike(_ reference: CategoricalProfile) -> CategoricalProfile {
        CategoricalProfile(categories: .emptyLike(reference.categories))
    }

    /// The same column with other counts; the number of distinct values stays.
    func replacingCategories(_ categories: CategoryProfile) -> CategoricalProfile {
        var result = self
        result.categories = categories
        return result
    }

    /// Adds a value, nil for a missing one.
    package mutating func add(_ value: String?) {
        guard let value else {
            categories.add(nil)
            return
        }
        let key = CategoryKey(value)
        categories.add(key: key)
        distinct.add(hash: key.hash)
    }

    /// Counts a value that is no category.
    package mutating func addFailed() { categories.addFailed() }

    /// Adds the rows of another part.
    package mutating func merge(_ other: CategoricalProfile) throws(StatisticsError) {
        try categories.merge(other.categories)
        distinct.merge(other.distinct)
    }
}
