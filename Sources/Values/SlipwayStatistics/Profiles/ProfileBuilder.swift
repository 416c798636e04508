/// Makes the profile of a table that goes by in batches, in memory that does not grow with the rows.
///
/// With a reference every partition of the rows gives parts that merge to the same bytes. Without one that holds too, as
/// long as no column has more categories than are kept.
package final class ProfileBuilder {
    private enum Slot {
        case column(ColumnCounter)
        case vector(VectorCounter)
        /// A column of lists that had no value yet.
        case undecided
    }

    private let names: [String]
    private var slots: [Slot]
    private var rowCount: Int64 = 0
    private var folded: [UInt64] = []
    private var collector = SampleCollector()
    private let hasReference: Bool
    private let use: ProfileUse

    /// A builder without a reference.
    package init(
        columns: [(name: String, meaning: ColumnMeaning)],
        for use: ProfileUse = .stored
    ) throws(StatisticsError) {
        names = columns.map(\.name)
        slots = columns.map { $0.meaning == .lists ? .undecided : .column(ColumnCounter($0.meaning, for: use)) }
        hasReference = false
        self.use = use
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { throw .differentColumns("\(name) stands twice") }
    }

    /// A builder that counts against a reference: its columns, then its vectors.
    package init(reference: DatasetProfile, for use: ProfileUse = .stored) {
        let vectors = reference.vectors ?? []
        names = reference.columns.map(\.name) + vectors.map(\.name)
        slots =
            reference.columns.map { .column(ColumnCounter(reference: $0.profile, for: use)) }
            + vectors.map { .vector(VectorCounter(name: $0.name, dimension: $0.dimension)) }
        hasReference = true
        self.use = use
    }

    /// Adds a batch of rows, one view for each column.
    package func add(rows: Int, _ views: [ColumnView]) throws(StatisticsError) {
        guard views.count == slots.count else {
            throw .lengthMismatch("a batch of \(views.count) columns for \(slots.count)")
        }
        guard views.allSatisfy({ $0.count ?? rows == rows }) else { throw .lengthMismatch("columns of a batch") }
        guard rows > 0 else { return }
        if folded.count < rows { folded = [UInt64](repeating: 0, count: rows) }
        folded.withUnsafeMutableBufferPointer { folded in
            let folded = UnsafeMutableBufferPointer(rebasing: folded[..<rows])
            folded.update(repeating: 0)
            for (place, view) in views.enumerated() { count(view, in: place, folded) }
            let counters = slots.enumerated().compactMap { place, slot in
                if case .column(let counter) = slot { (counter, views[place]) } else { nil }
            }
            collector.add(UnsafeBufferPointer(folded)) { row in counters.map { $0.0.word(row, of: $0.1) } }
        }
        rowCount += Int64(rows)
    }

    private func count(_ view: ColumnView, in place: Int, _ rows: UnsafeMutableBufferPointer<UInt64>) {
        if case .undecided = slots[place] { decide(place, view, rows.count) }
        switch slots[place] {
        case .column(let counter): counter.add(view, rows: rows)
        case .vector(let counter): counter.add(view, rows: rows)
        case .undecided: for row in 0..<rows.count { rows[row] = RowHash.fold(rows[row], RowSample.missing) }
        }
    }

    /// Tells by the first value whether a column holds vectors, and gives it the rows that had none so far.
    private func decide(_ place: Int, _ view: ColumnView, _ rows: Int) {
        guard case .texts(let bytes, let offsets, let states) = view,
            let row = (0..<rows).first(where: { states?[$0] ?? .value == .value })
        else { return }
        let text = UnsafeRawBufferPointer(start: bytes + offsets[row], count: offsets[row + 1] - offsets[row])
        var before = [UInt64](repeating: 0, count: Int(rowCount))
        before.withUnsafeMutableBufferPointer { before in
            if VectorCounter.dimension(of: text) != nil {
                let counter = VectorCounter(name: names[place], dimension: nil)
                counter.add(.absent, rows: before)
                slots[place] = .vector(counter)
            } else {
                let counter = ColumnCounter(.texts, for: use)
                counter.add(.absent, rows: before)
                slots[place] = .column(counter)
            }
        }
    }

    private func hasValues(_ slot: Slot) -> Bool {
        switch slot {
        case .column(let counter): hasReference || counter.hasValues
        case .vector: true
        case .undecided: false
        }
    }

    /// The columns that had no value, which a profile without a reference leaves out.
    package var emptyColumns: [String] { zip(names, slots).filter { !hasValues($1) }.map(\.0) }

    /// The profile of all rows so far.
    package func profile() throws(StatisticsError) -> DatasetProfile {
        _ = try CountRange.checked(rowCount, "rows")
        var columns: [DatasetProfile.Column] = []
        var (kept, next) = ([Int](), 0)
        var vectors: [VectorProfile] = []
        for (name, slot) in zip(names, slots) {
            switch slot {
            case .column(let counter):
                if hasValues(slot) {
                    columns.append(DatasetProfile.Column(name: name, profile: try counter.profile()))
                    kept.append(next)
                }
                next += 1
            case .vector(let counter): if let profile = counter.profile { vectors.append(profile) }
            case .undecided: break
            }
        }
        guard hasReference || !columns.isEmpty || !vectors.isEmpty else { throw .emptyReference }
        // A column of lists that was decided late has no words in the rows before it.
        let sample = collector.sample(width: next)?.keeping(kept)
        return DatasetProfile(
            columns: columns,
            rowCount: rowCount,
            sample: sample,
            vectors: vectors.isEmpty ? nil : vectors
        )
    }
}
