/// The counts of a column as one list of whole numbers, in an order fixed by its reference.
enum ColumnCounts {
    /// The counts of a profile; their sum is its number of rows.
    static func list(of profile: ColumnProfile) -> [Int64] {
        switch profile {
        case .numeric(let profile): profile.grid.counts + profile.grid.missingCounts
        case .categorical(let profile):
            profile.categories.knownCounts
                + [profile.categories.unseenTotal, profile.categories.missing, profile.categories.failed]
        case .boolean(let profile): [profile.trueCount, profile.falseCount, profile.missing, profile.failed]
        }
    }

    /// The profile with these counts instead of its own.
    static func profile(_ counts: [Int64], like reference: ColumnProfile) -> ColumnProfile {
        switch reference {
        case .numeric(let profile):
            let bins = profile.grid.counts.count
            let grid = profile.grid.replacingCounts(Array(counts[..<bins]), missing: Array(counts[bins...]))
            return .numeric(profile.replacingGrid(grid))
        case .categorical(let profile):
            let known = profile.categories.knownCounts.count
            return .categorical(
                profile.replacingCategories(
                    profile.categories.replacingCounts(
                        Array(counts[..<known]),
                        unseen: counts[known],
                        missing: counts[known + 1],
                        failed: counts[known + 2]
                    )
                )
            )
        case .boolean:
            return .boolean(
                BooleanProfile(trueCount: counts[0], falseCount: counts[1], missing: counts[2], failed: counts[3])
            )
        }
    }
}
