import FoundationEssentials

/// A sample of rows chosen by a hash of what they hold: the different rows with the smallest hashes, each with its exact
/// count.
///
/// A row among the smallest of the whole is among the smallest of every part that holds it, so parts merge to the same
/// sample for any partition and order (bottom-k sampling: Cohen and Kaplan 2007). Each different row is as likely to be
/// in it as any other.
package struct RowSample: Sendable, Equatable {
    /// The most different rows.
    package static let capacity = 1024

    /// One row: a word for each column, which is the bits of a number, the hash of a text, or a truth value.
    package struct Row: Sendable, Equatable {
        /// The hash that chose the row.
        package let hash: UInt64
        /// How often the row occurred.
        package fileprivate(set) var count: Int64
        /// A word for each column.
        package let words: [UInt64]

        mutating func addOne() { count &+= 1 }
    }

    /// The word of a missing value.
    package static let missing: UInt64 = 0xFFF8_0000_0000_0001
    /// The word of a value of another type.
    package static let failed: UInt64 = 0xFFF8_0000_0000_0002

    /// The rows, in the order of their hashes.
    package private(set) var rows: [Row] = []

    /// No rows.
    package init() {}

    /// Makes a sample of rows that may repeat.
    init(of rows: [Row]) {
        var merged: [Row] = []
        for row in rows.sorted(by: { $0.hash < $1.hash }) {
            if let last = merged.last, last.hash == row.hash {
                merged[merged.count - 1].count += row.count
            } else if merged.count == RowSample.capacity {
                break
            } else {
                merged.append(row)
            }
        }
        self.rows = merged
    }

    /// True when no different row was left out.
    package var isComplete: Bool { rows.count < RowSample.capacity }

    /// Adds the rows of another part.
    package mutating func merge(_ other: RowSample) throws(StatisticsError) {
        for (a, b) in zip(rows.prefix(1), other.rows.prefix(1)) where a.words.count != b.words.count {
            throw .differentColumns("the samples have rows of different lengths")
        }
        self = RowSample(of: rows + other.rows)
    }

    /// The sample with only some columns, given by their places.
    package func keeping(_ places: [Int]) -> RowSample {
        var result = self
        result.rows = rows.map { row in
            Row(hash: row.hash, count: row.count, words: places.map { place in row.words[place] })
        }
        return result
    }
}

extension RowSample: Codable {
    private enum Key: String, CodingKey { case hashes, counts, columns }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let hashes = try WordText.words(box.decode(String.self, forKey: .hashes))
        let counts = try CountText.numbers(box.decode(String.self, forKey: .counts))
        let columns = try box.decode([String].self, forKey: .columns).map { try WordText.words($0) }
        guard hashes.count == counts.count, columns.allSatisfy({ $0.count == hashes.count }),
            hashes.count <= RowSample.capacity, zip(hashes, hashes.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw StatisticsError.malformed("a sample is not in order, or not one value for each row")
        }
        for (place, hash) in hashes.enumerated() {
            let count = try CountRange.checked(Int64(clamping: counts[place]), "sample")
            rows.append(Row(hash: hash, count: count, words: columns.map { $0[place] }))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(WordText.text(rows.map(\.hash)), forKey: .hashes)
        try box.encode(CountText.text(rows.map { UInt64($0.count) }), forKey: .counts)
        let width = rows.first?.words.count ?? 0
        try box.encode((0..<width).map { column in WordText.text(rows.map { $0.words[column] }) }, forKey: .columns)
    }
}

/// Words as base-64 text of their little-endian bytes.
enum WordText {
    static func text(_ words: [UInt64]) -> String {
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
        return Data(bytes).base64EncodedString()
    }

    static func words(_ text: String) throws(StatisticsError) -> [UInt64] {
        guard let bytes = Data(base64Encoded: text), bytes.count % 8 == 0, bytes.base64EncodedString() == text else {
            throw .malformed("a list of words")
        }
        let all = [UInt8](bytes)
        return stride(from: 0, to: all.count, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(all[start + $1]) << UInt64(8 * $1) }
        }
    }
}
