/// Counts of text lengths: each length below 256 by itself, longer ones in sixteen bins an octave.
///
/// The bins are fixed, so merging adds integers and never depends on the order.
package struct LengthHistogram: Sendable, Equatable {
    private static let exact = 256
    private static let octaves = 24
    /// Counts per bin; shorter than all bins when the last ones are empty.
    private var bins: [Int64] = []

    /// No texts.
    package init() {}

    /// The bin of a length in UTF-8 bytes.
    @inline(__always)
    static func bin(of length: Int) -> Int {
        guard length >= exact else { return length }
        let octave = min(Int.bitWidth - 1 - length.leadingZeroBitCount, 8 + octaves - 1)
        return exact + (octave - 8) * 16 + min(15, (length >> (octave - 4)) & 15)
    }

    /// The longest length of a bin.
    package static func upper(_ bin: Int) -> Int {
        guard bin >= exact else { return bin }
        let (octave, part) = (8 + (bin - exact) / 16, (bin - exact) % 16)
        return (16 + part + 1) << (octave - 4) - 1
    }

    /// Adds the length of a text, in UTF-8 bytes.
    @inline(__always)
    package mutating func add(_ length: Int, times: Int64 = 1) {
        let bin = LengthHistogram.bin(of: length)
        if bin >= bins.count { bins.append(contentsOf: repeatElement(0, count: bin - bins.count + 1)) }
        bins[bin] &+= times
    }

    /// How many texts there are.
    package var count: Int64 { bins.reduce(0, +) }

    /// The counts of this and another histogram over the same bins.
    package func aligned(_ other: LengthHistogram) -> (mine: [Int64], theirs: [Int64]) {
        let width = max(bins.count, other.bins.count)
        func padded(_ bins: [Int64]) -> [Int64] { bins + repeatElement(0, count: width - bins.count) }
        return (padded(bins), padded(other.bins))
    }

    /// Adds the texts of another part.
    package mutating func merge(_ other: LengthHistogram) throws(StatisticsError) {
        let (mine, theirs) = aligned(other)
        bins = try CountRange.sums(mine, theirs, "text lengths")
    }

    /// The longest length of the bin at rank q (0 ... 1); nil when empty.
    package func quantile(_ q: Double) -> Int? {
        let total = count
        guard total > 0, q >= 0, q <= 1 else { return nil }
        let rank = max(1, Int64((q * Double(total)).rounded(.up)))
        var seen: Int64 = 0
        for (bin, inBin) in bins.enumerated() {
            seen += inBin
            if seen >= rank { return LengthHistogram.upper(bin) }
        }
        return nil
    }
}

extension LengthHistogram: Codable {
    package init(from decoder: any Decoder) throws {
        let numbers = try CountText.numbers(decoder.singleValueContainer().decode(String.self))
        guard numbers.count <= LengthHistogram.exact + LengthHistogram.octaves * 16, numbers.last != 0 else {
            throw StatisticsError.malformed("text lengths have too many bins")
        }
        bins = numbers.map { Int64(clamping: $0) }
        _ = try CountRange.total(bins, "text lengths")
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.singleValueContainer()
        try box.encode(CountText.text(bins.map { UInt64($0) }))
    }
}
