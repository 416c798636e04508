/// Counts a categorical column of many rows given as bytes, and becomes a profile at the end.
final class TextCounter {
    private let hasReference: Bool
    private var categories: CategoryProfile
    private var table = TextTable()
    private var distinct = DistinctCount()
    private var lengths: LengthHistogram?
    private var (missing, failed) = (Int64(0), Int64(0))
    private var known = ShortTexts()

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
        var work = Work(table: table, known: known)
        table = TextTable()
        known = ShortTexts()
        work.add(bytes: bytes, offsets: offsets, states: states, rows: rows)
        missing += work.missing
        failed += work.failed
        table = work.table
        known = work.known
        if table.entries.count > TextTable.limit { spill() }
    }

    /// Takes the counts out of the table: what else is told of a text follows from the text and how often it came.
    private func spill() {
        for entry in table.entries {
            distinct.add(hash: entry.hash)
            lengths?.add(entry.length, times: entry.count)
        }
        table.spill(into: &categories)
        known = ShortTexts()
    }

    /// Whether there is any text.
    var hasValues: Bool { !table.entries.isEmpty || categories.count > 0 }

    /// The profile of what was counted.
    func profile() throws(StatisticsError) -> CategoricalProfile {
        if !hasReference, categories.count == 0 {
            // All categories fit into memory: the most frequent of all of them are kept, whatever their hashes.
            categories = CategoryProfile(capacity: TextTable.limit * 2)
        }
        spill()
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
    var known: ShortTexts
    var (missing, failed) = (Int64(0), Int64(0))

    init(table: TextTable, known: ShortTexts) {
        self.table = table
        self.known = known
    }

    /// Counts the texts of a batch.
    mutating func add(
        bytes: UnsafeRawPointer,
        offsets: UnsafeBufferPointer<Int>,
        states: UnsafePointer<CellState>?,
        rows: UnsafeMutableBufferPointer<UInt64>
    ) {
        let end = offsets[rows.count]
        for i in 0..<rows.count {
            if let states, states[i] != .value {
                if states[i] == .missing { missing &+= 1 } else { failed &+= 1 }
                rows[i] = RowHash.fold(rows[i], states[i] == .missing ? RowSample.missing : RowSample.failed)
                continue
            }
            let (start, length) = (offsets[i], offsets[i + 1] - offsets[i])
            // Eight bytes may be read at once while they are all of the batch.
            guard length < 8, start &+ 8 <= end else {
                let text = UnsafeRawBufferPointer(start: bytes + start, count: length)
                let hash = StableHash.hash(text)
                _ = table.add(text, hash: hash)
                rows[i] = RowHash.fold(rows[i], hash)
                continue
            }
            let key = ShortTexts.key(bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self), length: length)
            let hash: UInt64
            if let place = known.place(of: key) {
                hash = table.addAgain(at: place)
            } else {
                let text = UnsafeRawBufferPointer(start: bytes + start, count: length)
                hash = StableHash.hash(text)
                known.set(table.add(text, hash: hash), of: key)
            }
            rows[i] = RowHash.fold(rows[i], hash)
        }
    }
}

/// Where texts of up to seven bytes stand in a table, found without hashing them: the last of those that share a slot.
private struct ShortTexts {
    private static let slots = 4096
    private var keys: [UInt64] = []
    private var places: [Int32] = []

    /// The bytes and the length as one number, which is never zero.
    @inline(__always)
    static func key(_ word: UInt64, length: Int) -> UInt64 {
        let bytes = UInt64(littleEndian: word) & (1 << UInt64(length &* 8) &- 1)
        return bytes | UInt64(length &+ 1) << 56
    }

    @inline(__always)
    private static func slot(_ key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> 52) }

    /// The place of a text, nil when it is not known here.
    @inline(__always)
    func place(of key: UInt64) -> Int? {
        let slot = ShortTexts.slot(key)
        guard slot < keys.count, keys[slot] == key else { return nil }
        return Int(places[slot])
    }

    mutating func set(_ place: Int, of key: UInt64) {
        if keys.isEmpty {
            keys = [UInt64](repeating: 0, count: ShortTexts.slots)
            places = [Int32](repeating: 0, count: ShortTexts.slots)
        }
        let slot = ShortTexts.slot(key)
        (keys[slot], places[slot]) = (key, Int32(place))
    }
}
