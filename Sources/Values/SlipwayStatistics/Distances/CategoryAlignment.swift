/// The counts of two categorical profiles side by side, over the union of their categories.
package struct CategoryAlignment: Sendable, Equatable {
    /// Category names in byte order; values without a count of their own come last, with the name nil.
    package let names: [String?]
    /// Counts in the reference.
    package let reference: [Int64]
    /// Counts in the current profile.
    package let current: [Int64]

    /// Aligns two profiles. A category that one side has not, while it has values without a count of their own, may be
    /// among those: its values are put together with them on both sides.
    package init(reference: CategoryProfile, current: CategoryProfile) {
        let (old, new) = (CategoryAlignment.counts(reference), CategoryAlignment.counts(current))
        var rest = (reference.other, current.other)
        var table: [(key: CategoryKey, counts: (Int64, Int64))] = []
        for key in Set(old.keys).union(new.keys) {
            let counts = (old[key] ?? 0, new[key] ?? 0)
            if (old[key] == nil && reference.other > 0) || (new[key] == nil && current.other > 0) {
                rest = (rest.0 + counts.0, rest.1 + counts.1)
            } else if counts.0 + counts.1 > 0 {
                table.append((key, counts))
            }
        }
        table.sort { CategoryProfile.precedes($0.key.name, $1.key.name) }
        let hasRest = rest.0 > 0 || rest.1 > 0
        names = table.map(\.key.name) + (hasRest ? [nil] : [])
        self.reference = table.map(\.counts.0) + (hasRest ? [rest.0] : [])
        self.current = table.map(\.counts.1) + (hasRest ? [rest.1] : [])
    }

    /// All categories that a profile lists, those without values included.
    private static func counts(_ profile: CategoryProfile) -> [CategoryKey: Int64] {
        var counts: [CategoryKey: Int64] = [:]
        for (name, count) in zip(profile.known, profile.knownCounts) { counts[CategoryKey(stored: name)] = count }
        for (name, count) in profile.unseenCounts { counts[CategoryKey(stored: name)] = count }
        return counts
    }
}
