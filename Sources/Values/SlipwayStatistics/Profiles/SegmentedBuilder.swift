/// Makes a profile of each segment of a table: the rows that share a value of one column.
package final class SegmentedBuilder {
    /// More segments than this are not kept apart.
    package static let limit = 50
    /// The segments' names, the most frequent in the reference first.
    package let names: [String]
    private let column: Int
    private let builders: [ProfileBuilder]
    private var placeOfText: [UInt64: Int] = [:]
    private var placeOfNumber: [Double: Int] = [:]
    private let isFlag: Bool

    /// Segments by a column of a reference that has few different values; nil when it has too many, or is not there.
    package init?(reference: DatasetProfile, column name: String, for use: ProfileUse) {
        guard let column = reference.columns.firstIndex(where: { $0.name == name }) else { return nil }
        self.column = column
        switch reference.columns[column].profile {
        case .categorical(let profile):
            let categories = profile.categories
            guard categories.known.count <= Self.limit, categories.unseenTotal == 0 else { return nil }
            let ranked = categories.known.indices.sorted {
                (categories.knownCounts[$1], $0) < (categories.knownCounts[$0], $1)
            }
            names = ranked.map { categories.known[$0] }
            isFlag = false
            for (place, known) in ranked.enumerated() { placeOfText[categories.knownHashes[known]] = place }
        case .numeric(let profile):
            let grid = profile.grid
            guard grid.isExact else { return nil }
            let values = zip(grid.grid.edges, grid.counts).filter { $0.1 > 0 }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            guard values.count <= Self.limit else { return nil }
            names = values.map { $0.0 == $0.0.rounded() && abs($0.0) < 1e15 ? String(Int64($0.0)) : "\($0.0)" }
            isFlag = false
            for (place, value) in values.enumerated() { placeOfNumber[value.0] = place }
        case .boolean:
            names = ["true", "false"]
            isFlag = true
        }
        builders = names.map { _ in ProfileBuilder(reference: reference, for: use) }
    }

    /// Adds a batch of rows, one view for each column of the reference; rows of no segment are left out.
    package func add(rows: Int, _ views: [ColumnView]) throws(StatisticsError) {
        var places = [[Int]](repeating: [], count: names.count)
        for row in 0..<rows {
            if let place = place(of: views[column], row) { places[place].append(row) }
        }
        for (place, chosen) in places.enumerated() where !chosen.isEmpty {
            let parts = views.map { GatheredColumn($0, chosen) }
            try builders[place].add(rows: chosen.count, parts.map(\.view))
            withExtendedLifetime(parts) {}
        }
    }

    private func place(of view: ColumnView, _ row: Int) -> Int? {
        switch view {
        case .texts(let bytes, let offsets, let states):
            if let states, states[row] != .value { return nil }
            let text = UnsafeRawBufferPointer(start: bytes + offsets[row], count: offsets[row + 1] - offsets[row])
            if isFlag { return CellText.flag(text).map { $0 ? 0 : 1 } }
            if !placeOfNumber.isEmpty { return CellText.number(text).flatMap { placeOfNumber[$0] } }
            return placeOfText[StableHash.hash(text)]
        case .numbers(let values, let states):
            if let states, states[row] != .value { return nil }
            return placeOfNumber[values[row] + 0.0]
        case .flags(let values, let states):
            if let states, states[row] != .value { return nil }
            return isFlag ? (values[row] ? 0 : 1) : nil
        case .absent: return nil
        }
    }

    /// The profiles, in the order of the names.
    package func profiles() throws(StatisticsError) -> [DatasetProfile] {
        try builders.map { builder throws(StatisticsError) in try builder.profile() }
    }
}

/// Chosen rows of a column in memory of their own.
private final class GatheredColumn {
    let view: ColumnView
    private let owned: [UnsafeMutableRawPointer]

    init(_ source: ColumnView, _ rows: [Int]) {
        func gather<Value>(_ value: (Int) -> Value) -> UnsafeMutablePointer<Value> {
            let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(1, rows.count))
            for (place, row) in rows.enumerated() { (copy + place).initialize(to: value(row)) }
            return copy
        }
        switch source {
        case .numbers(let values, let states):
            let copy = gather { values[$0] }
            let kept = states.map { states in gather { states[$0] } }
            view = .numbers(UnsafeBufferPointer(start: copy, count: rows.count), states: kept.map { UnsafePointer($0) })
            owned = [UnsafeMutableRawPointer(copy)] + [kept.map { UnsafeMutableRawPointer($0) }].compactMap { $0 }
        case .flags(let values, let states):
            let copy = gather { values[$0] }
            let kept = states.map { states in gather { states[$0] } }
            view = .flags(UnsafeBufferPointer(start: copy, count: rows.count), states: kept.map { UnsafePointer($0) })
            owned = [UnsafeMutableRawPointer(copy)] + [kept.map { UnsafeMutableRawPointer($0) }].compactMap { $0 }
        case .texts(let bytes, let offsets, let states):
            let lengths = rows.map { offsets[$0 + 1] - offsets[$0] }
            let copy = UnsafeMutableRawPointer.allocate(byteCount: lengths.reduce(1, +), alignment: 8)
            let ends = UnsafeMutablePointer<Int>.allocate(capacity: rows.count + 1)
            ends[0] = 0
            for (place, row) in rows.enumerated() {
                (copy + ends[place]).copyMemory(from: bytes + offsets[row], byteCount: lengths[place])
                ends[place + 1] = ends[place] + lengths[place]
            }
            let kept = states.map { states in gather { states[$0] } }
            view = .texts(
                bytes: UnsafeRawPointer(copy),
                offsets: UnsafeBufferPointer(start: ends, count: rows.count + 1),
                states: kept.map { UnsafePointer($0) }
            )
            owned =
                [copy, UnsafeMutableRawPointer(ends)] + [kept.map { UnsafeMutableRawPointer($0) }].compactMap { $0 }
        case .absent:
            view = .absent
            owned = []
        }
    }

    deinit {
        for pointer in owned { pointer.deallocate() }
    }
}
