/// The counts of two categorical profiles side by side, over the union of their categories.
package struct CategoryAlignment: Sendable, Equatable {
    /// Category names in byte order; values without a count of their own come last, with the name nil.
    package let names: [String?]
    /// Counts in the reference.
    package let reference: [Int64]
    /// Counts in the current profile.
    package let current: [Int64]

    /// Aligns two profiles. If the reference itself has values without a count of their own, the unseen categories of
    /// the current profile are put together with them, since they cannot be told apart.
    package init(reference: CategoryProfile, current: CategoryProfile) {
        var table: [CategoryKey: (Int64, Int64)] = [:]
        for (name, count) in zip(reference.known, reference.knownCounts) where count > 0 {
            table[CategoryKey(stored: name), default: (0, 0)].0 += count
        }
        for (name, count) in reference.unseenCounts { table[CategoryKey(stored: name), default: (0, 0)].0 += count }
        for (name, count) in zip(current.known, current.knownCounts) where count > 0 {
            table[CategoryKey(stored: name), default: (0, 0)].1 += count
        }
        var rest = (reference.other, current.other)
        for (name, count) in current.unseenCounts {
            let key = CategoryKey(stored: name)
            if table[key] == nil, reference.other > 0 {
                rest.1 += count
            } else {
                table[key, default: (0, 0)].1 += count
            }
        }
        let sorted = table.sorted { CategoryProfile.precedes($0.key.name, $1.key.name) }
        let hasRest = rest.0 > 0 || rest.1 > 0
        names = sorted.map { $0.key.name } + (hasRest ? [nil] : [])
        self.reference = sorted.map { $0.value.0 } + (hasRest ? [rest.0] : [])
        self.current = sorted.map { $0.value.1 } + (hasRest ? [rest.1] : [])
    }
}
