package import SlipwayStatistics

/// Tells columns that name rows from columns that describe them: a name says nothing about a distribution.
package enum IdentifierColumns {
    /// Fewer values than this are unique by chance too often.
    private static let leastValues: Int64 = 500
    /// The distinct count is an estimate with 1.6 % standard error.
    private static let uniqueShare = 0.93

    /// The columns of a reference that are unique in each row: texts, and whole numbers that count up or are too large to
    /// measure anything.
    package static func names(in reference: DatasetProfile) -> [String] {
        reference.columns.filter { isIdentifier($0.profile) }.map(\.name)
    }

    private static func isIdentifier(_ profile: ColumnProfile) -> Bool {
        switch profile {
        case .categorical(let profile): isUnique(profile.distinct, profile.categories.count)
        case .boolean: false
        case .numeric(let profile):
            if profile.isWhole, profile.unit == nil, isUnique(profile.distinct, profile.grid.count),
                let low = profile.grid.minimum, let high = profile.grid.maximum
            {
                high - low < 2 * Double(profile.grid.count) || low >= 1e9
            } else {
                false
            }
        }
    }

    private static func isUnique(_ distinct: DistinctCount, _ count: Int64) -> Bool {
        count >= leastValues && distinct.estimate >= uniqueShare * Double(count)
    }
}
