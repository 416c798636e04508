/// Counts a numeric column of many rows at a few nanoseconds a value, and becomes a profile at the end.
///
/// Without a reference it counts by prefixes, with one on the reference's grid.
final class NumericCounter {
    private let unit: NumericProfile.Unit?
    private let reference: NumericProfile?
    private let index: GridIndex?
    private let use: ProfileUse
    private var prefixes = PrefixHistogram()
    private var counts: [Int64]
    private var special = SpecialCounts()
    private var offEdge: Int64 = 0
    private var range: (minimum: Double, maximum: Double)?
    private var sums: PowerSums
    private var moments = Moments()
    private var distinct = DistinctCount()
    private var positives: LogHistogram?
    private var isWhole = true
    private var finite: [Double] = []
    private var hashes: [UInt64] = []

    /// A counter without a reference.
    init(unit: NumericProfile.Unit?, for use: ProfileUse = .stored) {
        self.unit = unit
        self.use = use
        sums = PowerSums(isShort: !use.isWhole)
        reference = nil
        index = nil
        counts = []
        positives = use.isWhole ? LogHistogram() : nil
    }

    /// A counter against a reference.
    init(reference: NumericProfile, for use: ProfileUse = .stored) {
        sums = PowerSums(isShort: !use.isWhole)
        unit = reference.unit
        self.reference = reference
        index = GridIndex(reference.grid.grid)
        self.use = use
        counts = [Int64](repeating: 0, count: reference.grid.counts.count)
        positives = use.isWhole && reference.positives != nil ? LogHistogram() : nil
    }

    /// Adds values, nil where missing.
    func add(_ values: [Double?]) {
        var rows = [UInt64](repeating: 0, count: values.count)
        let numbers = values.map { $0 ?? 0 }
        let states = values.map { $0 == nil ? CellState.missing : .value }
        numbers.withUnsafeBufferPointer { numbers in
            states.withUnsafeBufferPointer { states in
                rows.withUnsafeMutableBufferPointer { add(numbers, states: states.baseAddress, rows: $0) }
            }
        }
    }

    /// Adds values and folds the hash of each into that of its row.
    func add(
        _ values: UnsafeBufferPointer<Double>,
        states: UnsafePointer<CellState>?,
        rows: UnsafeMutableBufferPointer<UInt64>
    ) {
        let room = values.count
        if finite.count < room {
            finite = [Double](repeating: 0, count: room)
            hashes = [UInt64](repeating: 0, count: room)
        }
        finite.withUnsafeMutableBufferPointer { finite in
            hashes.withUnsafeMutableBufferPointer { hashes in
                var kept = 0
                for i in 0..<room {
                    if let states, states[i] != .value {
                        addState(states[i])
                        rows[i] = RowHash.fold(rows[i], states[i] == .missing ? RowSample.missing : RowSample.failed)
                        continue
                    }
                    // -0 becomes 0, and every NaN the same.
                    let value = values[i].isNaN ? .nan : values[i] + 0.0
                    let hash = StableHash.hash(value)
                    rows[i] = RowHash.fold(rows[i], hash)
                    finite[kept] = value
                    hashes[kept] = hash
                    if value.isFinite { kept &+= 1 } else { addSpecial(value) }
                }
                let (values, hashed) = (UnsafeBufferPointer(rebasing: finite[..<kept]), hashes[..<kept])
                addFinite(values)
                // Only columns of whole numbers are asked whether they are identifiers.
                if isWhole || use.isWhole { distinct.add(hashes: UnsafeBufferPointer(rebasing: hashed)) }
            }
        }
    }

    private func addFinite(_ values: UnsafeBufferPointer<Double>) {
        guard let first = values.first else { return }
        var (low, high) = (first, first)
        for value in values {
            low = value < low ? value : low
            high = value > high ? value : high
        }
        if isWhole { isWhole = values.allSatisfy { $0.rounded(.towardZero) == $0 } }
        range = (min(range?.minimum ?? low, low), max(range?.maximum ?? high, high))
        if use.needsMoments {
            moments.add(count: Int64(values.count), minimum: low, maximum: high)
            sums.add(values, spillingInto: &moments)
        }
        if let reference, let index {
            add(values, on: reference.grid.grid, index)
            positives?.add(values)
        } else {
            prefixes.add(values)
            // One value that is not positive, and the column is no positive one.
            if low > 0 { positives?.add(values) } else { positives = nil }
        }
    }

    private func add(_ values: UnsafeBufferPointer<Double>, on grid: Grid, _ index: GridIndex) {
        var off: Int64 = 0
        counts.withUnsafeMutableBufferPointer { counts in
            if grid.isDiscrete {
                grid.edges.withUnsafeBufferPointer { edges in
                    index.eachBin(of: values) { bin, value in
                        counts[bin] &+= 1
                        if bin == edges.count || edges[bin] != value { off &+= 1 }
                    }
                }
            } else {
                index.eachBin(of: values) { bin, _ in counts[bin] &+= 1 }
            }
        }
        offEdge &+= off
    }

    private func addState(_ state: CellState) {
        if state == .missing { special.missing &+= 1 } else { special.failed &+= 1 }
    }

    private func addSpecial(_ value: Double) {
        if value.isNaN {
            special.nan &+= 1
        } else if value > 0 {
            special.positiveInfinity &+= 1
        } else {
            special.negativeInfinity &+= 1
        }
    }

    /// Whether there is any finite value.
    var hasValues: Bool { range != nil }

    /// The profile of what was counted against the reference.
    func profile() throws(StatisticsError) -> NumericProfile {
        guard let reference else { return try frozen() }
        let grid = GridProfile(
            grid: reference.grid.grid,
            counts: counts,
            special: special,
            offEdge: offEdge,
            range: range
        )
        return profile(grid, prefixes: nil)
    }

    /// What was counted, as a reference with a grid of its own.
    func frozen() throws(StatisticsError) -> NumericProfile {
        guard let range else { throw .emptyReference }
        let grid = try Grid(prefixes, range: range)
        return profile(GridProfile(prefixes, on: grid, range: range, special: special), prefixes: prefixes)
    }

    private func profile(_ grid: GridProfile, prefixes: PrefixHistogram?) -> NumericProfile {
        sums.spill(into: &moments)
        return NumericProfile(
            grid: grid,
            moments: moments,
            distinct: distinct,
            positives: positives,
            prefixes: prefixes,
            unit: unit,
            isWhole: isWhole
        )
    }
}

/// Folds the hashes of a row's cells into one.
enum RowHash {
    /// The hash of a row with one more cell.
    @inline(__always)
    static func fold(_ row: UInt64, _ cell: UInt64) -> UInt64 {
        ((row << 7 | row >> 57) ^ cell) &* 0x9E37_79B1_85EB_CA87
    }

    /// The hash that rows are chosen by.
    @inline(__always)
    static func finish(_ row: UInt64) -> UInt64 { SplitMix64.mix(row ^ 0x5311_9ABE_77C4_21D3) }
}
