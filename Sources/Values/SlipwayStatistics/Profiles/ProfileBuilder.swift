/// Makes the profile of a table that goes by in batches, in memory that does not grow with the rows.
///
/// With a reference every partition of the rows gives parts that merge to the same bytes. Without one that holds too, as
/// long as no column has more categories than are kept.
package final class ProfileBuilder {
    private let names: [String]
    private let counters: [ColumnCounter]
    private var rowCount: Int64 = 0
    private var folded: [UInt64] = []
    private var collector = SampleCollector()
    private let hasReference: Bool

    /// A builder without a reference. A brief one counts what a comparison needs and nothing else: its profiles are not
    /// to be stored.
    package init(
        columns: [(name: String, meaning: ColumnMeaning)],
        isBrief: Bool = false
    ) throws(StatisticsError) {
        names = columns.map(\.name)
        counters = columns.map { ColumnCounter($0.meaning, isBrief: isBrief) }
        hasReference = false
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { throw .differentColumns("\(name) stands twice") }
    }

    /// A builder that counts against a reference.
    package init(reference: DatasetProfile, isBrief: Bool = false) {
        names = reference.columns.map(\.name)
        counters = reference.columns.map { ColumnCounter(reference: $0.profile, isBrief: isBrief) }
        hasReference = true
    }

    /// Adds a batch of rows, one view for each column.
    package func add(rows: Int, _ views: [ColumnView]) throws(StatisticsError) {
        guard views.count == counters.count else {
            throw .lengthMismatch("a batch of \(views.count) columns for \(counters.count)")
        }
        guard views.allSatisfy({ $0.count ?? rows == rows }) else { throw .lengthMismatch("columns of a batch") }
        guard rows > 0 else { return }
        if folded.count < rows { folded = [UInt64](repeating: 0, count: rows) }
        folded.withUnsafeMutableBufferPointer { folded in
            let folded = UnsafeMutableBufferPointer(rebasing: folded[..<rows])
            folded.update(repeating: 0)
            for (counter, view) in zip(counters, views) { counter.add(view, rows: folded) }
            collector.add(UnsafeBufferPointer(folded)) { row in
                zip(counters, views).map { $0.word(row, of: $1) }
            }
        }
        rowCount += Int64(rows)
    }

    /// The columns that had no value, which a profile without a reference leaves out.
    package var emptyColumns: [String] {
        hasReference ? [] : zip(names, counters).filter { !$1.hasValues }.map(\.0)
    }

    /// The profile of all rows so far.
    package func profile() throws(StatisticsError) -> DatasetProfile {
        let kept = counters.indices.filter { hasReference || counters[$0].hasValues }
        guard hasReference || !kept.isEmpty else { throw .emptyReference }
        _ = try CountRange.checked(rowCount, "rows")
        let columns = try kept.map { place throws(StatisticsError) in
            DatasetProfile.Column(name: names[place], profile: try counters[place].profile())
        }
        return DatasetProfile(columns: columns, rowCount: rowCount, sample: collector.sample.keeping(kept))
    }
}
