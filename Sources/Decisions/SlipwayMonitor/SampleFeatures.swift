import SlipwayStatistics

/// Turns the rows of a sample into numbers that a linear classifier can use, by the reference alone: ranks on the grid and
/// their squares, frequent categories, truth values, and products of pairs, which see a relation that changed.
struct SampleFeatures {
    /// The columns from which pairs are made.
    private static let mostPaired = 8
    private static let mostCategories = 6
    private static let mostFeatures = 96

    private enum Part {
        case rank(column: Int, ends: [Double], grid: Grid)
        case category(column: Int, hash: UInt64)
        case flag(column: Int)
        case missing(column: Int)
    }

    private var parts: [Part] = []
    private var paired: [Int] = []
    private let columns: [DatasetProfile.Column]

    /// The features of a reference's columns; `isWanted` leaves columns out.
    init(reference: DatasetProfile, isWanted: (String) -> Bool) {
        columns = reference.columns
        for (place, column) in reference.columns.enumerated() where isWanted(column.name) {
            guard parts.count < Self.mostFeatures / 2 else { break }
            switch column.profile {
            case .numeric(let profile) where profile.unit == nil && profile.grid.count > 0:
                paired.append(parts.count)
                parts.append(.rank(column: place, ends: Self.middles(profile.grid), grid: profile.grid.grid))
            case .boolean:
                paired.append(parts.count)
                parts.append(.flag(column: place))
            case .categorical(let profile):
                let counts = profile.categories.knownCounts
                let hashes = profile.categories.knownHashes
                let ranked = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
                for known in ranked.prefix(Self.mostCategories) where counts[known] * 50 > profile.categories.count {
                    parts.append(.category(column: place, hash: hashes[known]))
                }
            default: break
            }
            if column.profile.missing > 0 { parts.append(.missing(column: place)) }
        }
        paired = Array(paired.prefix(Self.mostPaired))
    }

    /// How many features a row has.
    var width: Int { parts.count + ranks + paired.count * (paired.count - 1) / 2 }

    private var ranks: Int {
        parts.count {
            if case .rank = $0 { true } else { false }
        }
    }

    /// For each bin, the share of the reference below its middle, as -1 ... 1.
    private static func middles(_ grid: GridProfile) -> [Double] {
        var below = 0.0
        let total = Double(grid.count)
        return grid.counts.map { count in
            defer { below += Double(count) }
            return 2 * (below + Double(count) / 2) / total - 1
        }
    }

    /// The features of a sample's rows, in the order of their hashes.
    func side(_ sample: RowSample) -> DomainClassifier.Side {
        var rows: [Double] = []
        rows.reserveCapacity(sample.rows.count * width)
        for row in sample.rows {
            let values = parts.map { value($0, row.words) }
            rows += values
            for (part, value) in zip(parts, values) {
                if case .rank = part { rows.append(value * value) }
            }
            for (i, a) in paired.enumerated() {
                for b in paired[(i + 1)...] { rows.append(values[a] * values[b]) }
            }
        }
        return DomainClassifier.Side(rows: rows, weights: sample.rows.map { Double($0.count) })
    }

    private func value(_ part: Part, _ words: [UInt64]) -> Double {
        switch part {
        case .rank(let column, let ends, let grid):
            let word = words[column]
            guard word != RowSample.missing, word != RowSample.failed else { return 0 }
            let number = Double(bitPattern: word)
            if number.isNaN { return 0 }
            return number.isFinite ? ends[grid.bin(of: number)] : number > 0 ? 1 : -1
        case .category(let column, let hash): return words[column] == hash ? 1 : 0
        case .flag(let column): return words[column] == 1 ? 1 : words[column] == 0 ? -1 : 0
        case .missing(let column): return words[column] == RowSample.missing ? 1 : 0
        }
    }

    /// The names of columns by the sum of their features' importance, the greatest first.
    func columns(by importance: [Double]) -> [String] {
        var sums: [Int: Double] = [:]
        func add(_ part: Part, _ weight: Double) {
            switch part {
            case .rank(let column, _, _), .category(let column, _), .flag(let column), .missing(let column):
                sums[column, default: 0] += weight
            }
        }
        for (part, weight) in zip(parts, importance) { add(part, weight) }
        var next = parts.count
        for part in parts {
            guard case .rank = part else { continue }
            add(part, importance[next])
            next += 1
        }
        for (i, a) in paired.enumerated() {
            for b in paired[(i + 1)...] {
                add(parts[a], importance[next])
                add(parts[b], importance[next])
                next += 1
            }
        }
        return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { columns[$0.key].name }
    }
}
