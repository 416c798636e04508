/// The profile of a column of vectors, such as embeddings: how many there are, and a sample of them projected to a few
/// dimensions.
///
/// The projection is by random signs that depend on nothing but the places of the numbers (Achlioptas 2003), so distances
/// are kept about as they are and every machine projects alike; up to 16 dimensions are kept as they are. The sample is
/// chosen by hash as `RowSample` is, and merges as it does.
package struct VectorProfile: Sendable, Equatable {
    /// The most dimensions that are kept.
    package static let width = 16
    /// The most different vectors in the sample.
    package static let capacity = 256

    /// The column's name.
    package let name: String
    /// How many numbers each vector has.
    package let dimension: Int
    /// How many vectors there are.
    package private(set) var count: Int64 = 0
    /// Rows without a vector.
    package private(set) var missing: Int64 = 0
    /// Values that are no vector of this dimension.
    package private(set) var failed: Int64 = 0
    /// The sample, in the order of its hashes.
    package private(set) var sample: [Member] = []

    /// A vector of the sample.
    package struct Member: Sendable, Equatable {
        /// The hash that chose it.
        package let hash: UInt64
        /// How often it occurred.
        package internal(set) var count: Int64
        /// Its projection.
        package let values: [Float]
    }

    init(name: String, dimension: Int, counts: (count: Int64, missing: Int64, failed: Int64), sample: [Member]) {
        self.name = name
        self.dimension = dimension
        (count, missing, failed) = counts
        self.sample = VectorProfile.smallest(sample)
    }

    /// How many rows there are, whatever they hold.
    package var rows: Int64 { count + missing + failed }

    /// How many dimensions the sample has.
    package var width: Int { min(dimension, VectorProfile.width) }

    /// Adds the rows of another part.
    package mutating func merge(_ other: VectorProfile) throws(StatisticsError) {
        guard name == other.name, dimension == other.dimension else {
            throw .differentColumns("vectors of \(dimension) and of \(other.dimension) numbers")
        }
        let sums = try CountRange.sums(
            [count, missing, failed],
            [other.count, other.missing, other.failed],
            "column of vectors"
        )
        (count, missing, failed) = (sums[0], sums[1], sums[2])
        sample = VectorProfile.smallest(sample + other.sample)
    }

    static func smallest(_ members: [Member]) -> [Member] {
        var kept: [Member] = []
        for member in members.sorted(by: { $0.hash < $1.hash }) {
            if let last = kept.last, last.hash == member.hash {
                kept[kept.count - 1].count += member.count
            } else if kept.count == capacity {
                break
            } else {
                kept.append(member)
            }
        }
        return kept
    }

    /// The projection of a vector.
    static func projected(_ vector: [Double]) -> [Float] {
        guard vector.count > width else { return vector.map { Float($0) } }
        var sums = [Double](repeating: 0, count: width)
        for (place, value) in vector.enumerated() {
            var signs = SplitMix64.mix(UInt64(place) &+ 0x9E37_79B9_7F4A_7C15)
            for j in 0..<width {
                sums[j] += signs & 1 == 0 ? value : -value
                signs >>= 1
            }
        }
        return sums.map { Float($0 / Double(width).squareRoot()) }
    }
}

extension VectorProfile: Codable {
    private enum Key: String, CodingKey { case name, dimension, count, missing, failed, hashes, counts, values }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        name = try box.decode(String.self, forKey: .name)
        dimension = try box.decode(Int.self, forKey: .dimension)
        count = try CountRange.checked(box.decode(Int64.self, forKey: .count), "column of vectors")
        missing = try CountRange.checked(box.decode(Int64.self, forKey: .missing), "column of vectors")
        failed = try CountRange.checked(box.decode(Int64.self, forKey: .failed), "column of vectors")
        let hashes = try WordText.words(box.decode(String.self, forKey: .hashes))
        let counts = try CountText.numbers(box.decode(String.self, forKey: .counts))
        let words = try WordText.words(box.decode(String.self, forKey: .values))
        guard (1...65_536).contains(dimension), hashes.count == counts.count, hashes.count <= VectorProfile.capacity,
            words.count == (hashes.count * width + 1) / 2, zip(hashes, hashes.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw StatisticsError.malformed("a sample of vectors is not in order, or not one value for each row") }
        let values = words.flatMap { [$0, $0 >> 32].map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) } }
        guard values.allSatisfy(\.isFinite) else { throw StatisticsError.malformed("a vector has no finite numbers") }
        for (place, hash) in hashes.enumerated() {
            sample.append(
                Member(
                    hash: hash,
                    count: try CountRange.checked(Int64(clamping: counts[place]), "sample"),
                    values: Array(values[place * width..<(place + 1) * width])
                )
            )
        }
        guard try CountRange.total(sample.map(\.count), "sample") <= count else {
            throw StatisticsError.malformed("a sample of vectors counts more rows than there are")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(name, forKey: .name)
        try box.encode(dimension, forKey: .dimension)
        try box.encode(count, forKey: .count)
        try box.encode(missing, forKey: .missing)
        try box.encode(failed, forKey: .failed)
        try box.encode(WordText.text(sample.map(\.hash)), forKey: .hashes)
        try box.encode(CountText.text(sample.map { UInt64($0.count) }), forKey: .counts)
        let halves = sample.flatMap(\.values).map { UInt64($0.bitPattern) }
        let words = stride(from: 0, to: halves.count, by: 2).map { place in
            halves[place] | (place + 1 < halves.count ? halves[place + 1] << 32 : 0)
        }
        try box.encode(WordText.text(words), forKey: .values)
    }
}
