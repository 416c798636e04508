/// Exact counts of numbers by the leading bits of their order: a quantile sketch that is the same for any order and any
/// partition of the values.
///
/// A double's bits, turned so that they rise with its value, are cut by `shift` bits; each prefix that occurs is a bin
/// with an exact count. `shift` is the least number for which no more than 4,096 prefixes occur. A part never has more
/// prefixes than the whole, so it never cuts more, and merging parts comes to the same counts as counting the whole.
/// Ranks at the ends of bins are exact. Up to 4,096 different values the counts tell every single one; a million normal
/// values have bins of at most 0.4 % of them.
package struct PrefixHistogram: Sendable, Equatable {
    /// The most bins.
    package static let limit = 4096
    /// How many low bits are cut off.
    package private(set) var shift = 0
    /// How many values were added.
    package private(set) var count: Int64 = 0
    private var used = 0
    /// Pairs of prefix and count; a count of zero is an empty place.
    private var table = PrefixHistogram.emptyTable
    private static let groups = 2048
    private static let emptyTable = [UInt64](repeating: 0, count: groups * 16)

    /// No values.
    package init() {}

    /// The bits of a finite number, in an order that is that of the values; -0 counts as 0.
    @inline(__always)
    static func order(_ value: Double) -> UInt64 {
        let bits = (value + 0.0).bitPattern
        return bits ^ (UInt64(bitPattern: Int64(bitPattern: bits) >> 63) | 1 << 63)
    }

    /// The number of which `order` are the bits; -0 becomes the next number below it.
    static func value(_ order: UInt64) -> Double {
        let value = Double(bitPattern: order >> 63 == 1 ? order & ~(1 << 63) : ~order)
        return value == 0 && value.sign == .minus ? value.nextDown : value
    }

    /// Adds a finite value.
    package mutating func add(_ value: Double) {
        withUnsafePointer(to: value) { add(UnsafeBufferPointer(start: $0, count: 1)) }
    }

    /// Adds finite values.
    package mutating func add(_ values: UnsafeBufferPointer<Double>) {
        count += Int64(values.count)
        var next = 0
        while next < values.count {
            let (shift, before) = (UInt64(shift), used)
            var used = before
            next = table.withUnsafeMutableBufferPointer { table in
                var i = next
                while i < values.count {
                    let prefix = PrefixHistogram.order(values[i]) >> shift
                    i += 1
                    if PrefixHistogram.count(prefix, times: 1, in: table) {
                        used += 1
                        if used > PrefixHistogram.limit { break }
                    }
                }
                return i
            }
            self.used = used
            if used > PrefixHistogram.limit { coarsen() }
        }
    }

    /// Counts a prefix; true when it is new. Neighbours lie beside each other, eight to a group.
    ///
    /// A prefix is looked for in a few groups and then place by place, so that one is found as long as any is empty,
    /// whatever the values have in common.
    @inline(__always)
    private static func count(_ prefix: UInt64, times: UInt64, in table: UnsafeMutableBufferPointer<UInt64>) -> Bool {
        let scrambled = (prefix >> 3) &* 0x9E37_79B9_7F4A_7C15
        var group = Int(scrambled >> 53)
        // Which of the eight depends on more than the low bits, which are often all zero.
        let inside = Int((prefix ^ scrambled >> 29) & 7)
        var place = (group &* 8 &+ inside) &* 2
        var looks = 0
        while true {
            if table[place &+ 1] == 0 {
                table[place] = prefix
                table[place &+ 1] = times
                return true
            }
            if table[place] == prefix {
                table[place &+ 1] &+= times
                return false
            }
            looks &+= 1
            if looks < 16 {
                group = (group &+ Int(scrambled >> 40 & 0x7FF | 1)) & (groups &- 1)
                place = (group &* 8 &+ inside) &* 2
            } else {
                place = (place &+ 2) & (groups &* 16 &- 1)
            }
        }
    }

    private mutating func coarsen() {
        guard used > PrefixHistogram.limit else { return }
        // One bit less is mostly enough, but for the first time.
        rebuild(shift: shift + 1, unordered)
        guard used > PrefixHistogram.limit else { return }
        let bins = unordered
        rebuild(shift: shift + PrefixHistogram.cut(bins.map(\.prefix)), bins)
    }

    /// The least number of low bits without which no more prefixes than the limit are left.
    private static func cut(_ prefixes: [UInt64]) -> Int {
        let sorted = prefixes.sorted()
        // Two neighbours become one once all bits in which they differ are cut.
        var merging = [Int](repeating: 0, count: UInt64.bitWidth + 1)
        for (a, b) in zip(sorted, sorted.dropFirst()) { merging[UInt64.bitWidth - (a ^ b).leadingZeroBitCount] += 1 }
        var (left, bits) = (sorted.count, 0)
        while left > limit {
            bits += 1
            left -= merging[bits]
        }
        return bits
    }

    private mutating func rebuild(shift new: Int, _ bins: [(prefix: UInt64, count: Int64)]) {
        let cut = UInt64(new - shift)
        shift = new
        var used = 0
        table = PrefixHistogram.emptyTable
        table.withUnsafeMutableBufferPointer { table in
            for (prefix, times) in bins
            where PrefixHistogram.count(prefix >> cut, times: UInt64(times), in: table) { used += 1 }
        }
        self.used = used
    }

    /// The bins that hold values, in the order of the values.
    package var bins: [(prefix: UInt64, count: Int64)] { unordered.sorted { $0.prefix < $1.prefix } }

    private var unordered: [(prefix: UInt64, count: Int64)] {
        var bins: [(prefix: UInt64, count: Int64)] = []
        bins.reserveCapacity(used)
        for place in stride(from: 0, to: table.count, by: 2) where table[place + 1] > 0 {
            bins.append((table[place], Int64(table[place + 1])))
        }
        return bins
    }

    /// The largest number in a bin.
    package func upper(_ prefix: UInt64) -> Double {
        let upper = PrefixHistogram.value((prefix << UInt64(shift)) | ((1 << UInt64(shift)) - 1))
        return upper.isFinite ? upper : .greatestFiniteMagnitude
    }

    /// The largest number below a bin, nil when there is none.
    func below(_ prefix: UInt64) -> Double? {
        let first = prefix << UInt64(shift)
        guard first > 0 else { return nil }
        let below = PrefixHistogram.value(first - 1)
        return below.isFinite ? below : nil
    }

    /// Adds the values of another part.
    package mutating func merge(_ other: PrefixHistogram) throws(StatisticsError) {
        count = try CountRange.sum(count, other.count, "numeric column")
        coarsen(to: other.shift)
        let cut = UInt64(shift - other.shift)
        var used = used
        let added = other.unordered
        // The table has room for four times the limit, so all of a part fits before it is cut again.
        table.withUnsafeMutableBufferPointer { table in
            for (prefix, times) in added
            where PrefixHistogram.count(prefix >> cut, times: UInt64(times), in: table) { used += 1 }
        }
        self.used = used
        coarsen()
    }

    /// The same counts with at least `shift` bits cut off.
    package mutating func coarsen(to shift: Int) {
        if shift > self.shift { rebuild(shift: shift, unordered) }
    }

    package static func == (a: PrefixHistogram, b: PrefixHistogram) -> Bool {
        a.shift == b.shift && a.count == b.count && a.used == b.used
            && zip(a.bins, b.bins).allSatisfy { $0 == $1 }
    }
}

extension PrefixHistogram: Codable {
    private enum Key: String, CodingKey { case shift, bins }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let shift = try box.decode(Int.self, forKey: .shift)
        let numbers = try CountText.numbers(box.decode(String.self, forKey: .bins))
        guard (0...63).contains(shift), numbers.count % 2 == 0, numbers.count <= 2 * PrefixHistogram.limit else {
            throw StatisticsError.malformed("a quantile sketch has too many bins")
        }
        var bins: [(prefix: UInt64, count: Int64)] = []
        var prefix: UInt64 = 0
        let last = PrefixHistogram.order(.greatestFiniteMagnitude) >> UInt64(shift)
        let first = PrefixHistogram.order(-.greatestFiniteMagnitude) >> UInt64(shift)
        for place in stride(from: 0, to: numbers.count, by: 2) {
            let (sum, overflow) = prefix.addingReportingOverflow(numbers[place])
            guard !overflow, sum >= first, sum <= last, place == 0 || sum > prefix else {
                throw StatisticsError.malformed("the bins of a quantile sketch are not in order")
            }
            prefix = sum
            let times = try CountRange.checked(Int64(clamping: numbers[place + 1]), "numeric column")
            guard times > 0 else { throw StatisticsError.malformed("a quantile sketch has an empty bin") }
            count = try CountRange.sum(count, times, "numeric column")
            bins.append((prefix, times))
        }
        self.shift = shift
        rebuild(shift: shift, bins)
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(shift, forKey: .shift)
        var numbers: [UInt64] = []
        var previous: UInt64 = 0
        for (prefix, count) in bins {
            numbers += [prefix - previous, UInt64(count)]
            previous = prefix
        }
        try box.encode(CountText.text(numbers), forKey: .bins)
    }
}
