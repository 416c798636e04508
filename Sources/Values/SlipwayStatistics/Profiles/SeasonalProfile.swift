/// A reference by the hour of the week: counts for each of 168 hours on the frozen grid of the whole.
///
/// A window is compared with what the reference has for the very hours that the window's rows came in, so that a night
/// is not measured by days, however long windows are and wherever they begin.
package struct SeasonalProfile: Sendable, Equatable {
    /// Rows of the reference in each hour.
    package private(set) var rows = HourCounts()
    /// For each column of the reference, for each hour: counts in the order of `ColumnCounts`.
    private var columns: [[[Int64]]]
    private let reference: DatasetProfile

    /// No rows yet, on the grid of a reference.
    package init(reference: DatasetProfile) {
        self.reference = reference
        columns = reference.columns.map { column in
            let width = ColumnCounts.list(of: column.profile).count
            return Array(repeating: [Int64](repeating: 0, count: width), count: HourCounts.hours)
        }
    }

    /// Adds rows of one hour of the week, counted against the reference.
    package mutating func add(_ part: DatasetProfile, hour: Int) throws(StatisticsError) {
        guard part.columns.map(\.name) == reference.columns.map(\.name) else {
            throw .differentColumns("names or order differ")
        }
        for (index, column) in part.columns.enumerated() {
            let counts = ColumnCounts.list(of: column.profile)
            guard counts.count == columns[index][hour].count else {
                throw .differentReferences("\(column.name) has another grid")
            }
            for place in counts.indices { columns[index][hour][place] += counts[place] }
        }
        rows.add(Int(part.rowCount), milliseconds: Int64(hour + HourCounts.hours - 72) * 3_600_000)
    }

    /// What the reference has for the hours that `window` counts, each with the window's share of it.
    ///
    /// The number of rows is the effective one of such a mixture, 1 / sum(w^2 / n), so that a thin hour does not pass
    /// for a certain one. Hours that the reference never saw are taken from the whole.
    package func expected(for window: HourCounts) -> DatasetProfile {
        let total = Double(window.total)
        guard total > 0, rows.total > 0 else { return reference }
        var weights: [(hour: Int, weight: Double)] = []
        var unknown = 0.0
        for (hour, count) in window.counts.enumerated() where count > 0 {
            if rows.counts[hour] > 0 {
                weights.append((hour, Double(count) / total))
            } else {
                unknown += Double(count) / total
            }
        }
        guard !weights.isEmpty, reference.rowCount > 0 else { return reference }
        let whole = Double(reference.rowCount)
        let variance =
            weights.reduce(0) { $0 + $1.weight * $1.weight / Double(rows.counts[$1.hour]) } + unknown * unknown / whole
        let effective = min(whole, 1 / variance)
        let mixed = reference.columns.enumerated().map { index, column -> DatasetProfile.Column in
            let all = ColumnCounts.list(of: column.profile).map { Double($0) / whole }
            var shares = all.map { $0 * unknown }
            for (hour, weight) in weights {
                let scale = weight / Double(rows.counts[hour])
                for (place, count) in columns[index][hour].enumerated() where count > 0 {
                    shares[place] += Double(count) * scale
                }
            }
            let counts = Self.rounded(shares, total: effective)
            return DatasetProfile.Column(name: column.name, profile: ColumnCounts.profile(counts, like: column.profile))
        }
        return reference.replacing(columns: mixed, rowCount: Int64(effective.rounded()))
    }

    /// Whole numbers in these shares: the running sums are rounded, so that no sum is off by more than a half.
    private static func rounded(_ shares: [Double], total: Double) -> [Int64] {
        var sum = 0.0
        var given: Int64 = 0
        return shares.map { share in
            sum += share
            let upTo = Int64((sum * total).rounded())
            defer { given = max(given, upTo) }
            return max(0, upTo - given)
        }
    }

    /// The same with only the columns whose names are wanted.
    package func keeping(_ isWanted: (String) -> Bool) -> SeasonalProfile {
        var result = SeasonalProfile(reference: reference.keeping(isWanted))
        result.columns = zip(reference.columns, columns).filter { isWanted($0.0.name) }.map(\.1)
        result.rows = rows
        return result
    }
}

extension SeasonalProfile {
    /// The stored form, which is read against its reference.
    package struct Stored: Codable, Sendable, Equatable {
        let rows: HourCounts
        /// For each column, for each hour, the counts that are not 0 as place, count, place, count, ...
        let columns: [String: [[Int64]]]
    }

    package var stored: Stored {
        let sparse = columns.map { hours in
            hours.map { counts in
                counts.enumerated().flatMap { place, count in count > 0 ? [Int64(place), count] : [] }
            }
        }
        return Stored(
            rows: rows,
            columns: Dictionary(zip(reference.columns.map(\.name), sparse)) { first, _ in first }
        )
    }

    /// Reads the stored form; what does not fit the reference is an error.
    package init(_ stored: Stored, reference: DatasetProfile) throws(StatisticsError) {
        self.init(reference: reference)
        rows = stored.rows
        for (index, column) in reference.columns.enumerated() {
            guard let hours = stored.columns[column.name], hours.count == HourCounts.hours else {
                throw .malformed("\(column.name) has no counts for each hour of the week")
            }
            for (hour, pairs) in hours.enumerated() {
                guard pairs.count % 2 == 0 else { throw .malformed("\(column.name) has half a count") }
                for pair in stride(from: 0, to: pairs.count, by: 2) {
                    let (place, count) = (Int(pairs[pair]), pairs[pair + 1])
                    guard columns[index][hour].indices.contains(place), count >= 0, count <= stored.rows.counts[hour]
                    else { throw .malformed("\(column.name) has counts that its grid does not have") }
                    columns[index][hour][place] = count
                }
                guard try CountRange.total(columns[index][hour], column.name) <= stored.rows.counts[hour] else {
                    throw .malformed("\(column.name) has more counts in an hour than the hour has rows")
                }
            }
        }
    }
}
