/// Counts a categorical column of many rows given as bytes, and becomes a profile at the end.
final class TextCounter {
    private let hasReference: Bool
    private var categories: CategoryProfile
    private var table = TextTable()
    private var distinct = DistinctCount()
    private var lengths: LengthHistogram?
    private var (missing, failed) = (Int64(0), Int64(0))
    private var hashes: [UInt64] = []

    /// A counter without a reference.
    init() {
        hasReference = false
        categories = CategoryProfile()
        lengths = LengthHistogram()
    }

    /// A counter against a reference.
    init(reference: CategoricalProfile) {
        hasReference = true
        categories = .emptyLike(reference.categories)
        lengths = reference.lengths == nil ? nil : LengthHistogram()
    }

    /// Adds texts and folds the hash of each into that of its row.
    func add(
        bytes: UnsafeRawPointer,
        offsets: UnsafeBufferPointer<Int>,
        states: UnsafePointer<CellState>?,
        rows: UnsafeMutableBufferPointer<UInt64>
    ) {
        // Worked on as a whole and put back: every access to a class's own value is checked.
        var work = Work(table: table, lengths: lengths)
        table = TextTable()
        lengths = nil
        if hashes.count < rows.count { hashes = [UInt64](repeating: 0, count: rows.count) }
        hashes.withUnsafeMutableBufferPointer { hashes in
            let kept = work.add(bytes: bytes, offsets: offsets, states: states, rows: rows, hashes: hashes)
            distinct.add(hashes: UnsafeBufferPointer(rebasing: hashes[..<kept]))
        }
        missing += work.missing
        failed += work.failed
        table = work.table
        lengths = work.lengths
        if table.entries.count > TextTable.limit { table.spill(into: &categories) }
    }

    /// Whether there is any text.
    var hasValues: Bool { !table.entries.isEmpty || categories.count > 0 }

    /// The profile of what was counted.
    func profile() throws(StatisticsError) -> CategoricalProfile {
        if !hasReference, categories.count == 0 {
            // All categories fit into memory: the most frequent of all of them are kept, whatever their hashes.
            categories = CategoryProfile(capacity: TextTable.limit * 2)
        }
        table.spill(into: &categories)
        var result = hasReference ? categories : try categories.frozen()
        result.add(missing: missing, failed: failed)
        return CategoricalProfile(
            categories: result,
            distinct: distinct,
            lengths: lengths,
            isOwn: hasReference ? nil : true
        )
    }
}

/// What a batch of texts changes.
private struct Work {
    var table: TextTable
    var lengths: LengthHistogram?
    var (missing, failed) = (Int64(0), Int64(0))

    init(table: TextTable, lengths: LengthHistogram?) {
        self.table = table
        self.lengths = lengths
    }

    /// Counts the texts of a batch, and gives how many there were; their hashes are written to `hashes`.
    mutating func add(
        bytes: UnsafeRawPointer,
        offsets: UnsafeBufferPointer<Int>,
        states: UnsafePointer<CellState>?,
        rows: UnsafeMutableBufferPointer<UInt64>,
        hashes: UnsafeMutableBufferPointer<UInt64>
    ) -> Int {
        var kept = 0
        for i in 0..<rows.count {
            if let states, states[i] != .value {
                if states[i] == .missing { missing &+= 1 } else { failed &+= 1 }
                rows[i] = RowHash.fold(rows[i], states[i] == .missing ? RowSample.missing : RowSample.failed)
                continue
            }
            let text = UnsafeRawBufferPointer(start: bytes + offsets[i], count: offsets[i + 1] - offsets[i])
            let hash = StableHash.hash(text)
            rows[i] = RowHash.fold(rows[i], hash)
            table.add(text, hash: hash)
            hashes[kept] = hash
            kept &+= 1
        }
        guard lengths != nil else { return kept }
        for i in 0..<rows.count where states.map({ $0[i] == .value }) ?? true {
            lengths?.add(offsets[i + 1] - offsets[i])
        }
        return kept
    }
}
