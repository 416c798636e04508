import Glibc

/// Collects x, x^2, x^3 and x^4 of many values before they go into exact sums, at a few nanoseconds a value.
///
/// Powers of the 53-bit significand are added as they are, one row of words for each sign and exponent, so that nothing
/// is shifted and nothing rounded (the "large superaccumulator" of Neal, 2015, arXiv:1505.05571). A row has 128 bits for
/// the first power and the second, 192 for the third and 256 for the fourth: room for 2^22 values.
struct PowerSums: ~Copyable {
    /// The words of a row: 2, 2, 3 and 4 for the four powers.
    static let words = 11
    /// So many values a row has room for, at least.
    static let most = 1 << 21
    private let rows: UnsafeMutablePointer<UInt64>
    private var waiting = 0

    /// True when the third and the fourth power are left out.
    private let isShort: Bool

    /// Nothing collected.
    init(isShort: Bool) {
        self.isShort = isShort
        // Rows that no value needs take no memory: the kernel gives zeros when they are touched.
        let size = MemoryLayout<UInt64>.stride
        guard let zeros = calloc(4096 * PowerSums.words, size) else { preconditionFailure("no memory") }
        rows = zeros.bindMemory(to: UInt64.self, capacity: 4096 * PowerSums.words)
    }

    deinit { free(rows) }

    /// Collects finite values; full rows go into the moments.
    mutating func add(_ values: UnsafeBufferPointer<Double>, spillingInto moments: inout Moments) {
        if waiting + values.count > PowerSums.most { spill(into: &moments) }
        waiting += values.count
        for value in values where value != 0 {
            let place = Int(value.bitPattern >> 52)
            PowerSums.add(value, to: rows + place &* PowerSums.words, isShort: isShort)
        }
    }

    /// Adds the powers of a value's significand to the row of its sign and exponent.
    @inline(__always)
    static func add(_ value: Double, to row: UnsafeMutablePointer<UInt64>, isShort: Bool) {
        let bits = value.bitPattern
        let isSubnormal = bits >> 52 & 0x7FF == 0
        let m = (bits & 0xF_FFFF_FFFF_FFFF) | (isSubnormal ? 0 : 1 << 52)
        let square = wide(m.multipliedFullWidth(by: m))
        add(UInt128(m), to: row)
        add(square, to: row + 2)
        if isShort { return }
        // m^3 is m times the halves of m^2, and m^4 is m times the thirds of m^3.
        let (low, high) = (words(square).low.multipliedFullWidth(by: m), words(square).high.multipliedFullWidth(by: m))
        let upper = wide(high) &+ UInt128(low.high)
        let cube = (low.low, words(upper).low, words(upper).high)
        let first = cube.0.multipliedFullWidth(by: m)
        let second = wide(cube.1.multipliedFullWidth(by: m)) &+ UInt128(first.high)
        let third = wide(cube.2.multipliedFullWidth(by: m)) &+ UInt128(words(second).high)
        let carry = add(wide((cube.1, cube.0)), to: row + 4)
        row[6] = row[6] &+ cube.2 &+ carry
        add(third &+ UInt128(add(wide((words(second).low, first.low)), to: row + 7)), to: row + 9)
    }

    /// Moves what was collected into the moments.
    mutating func spill(into moments: inout Moments) {
        guard waiting > 0 else { return }
        waiting = 0
        for place in 0..<4096 {
            let row = rows + place * PowerSums.words
            guard row[0] != 0 || row[1] != 0 else { continue }
            moments.add(powers: row, exponent: max(place & 0x7FF, 1) - 1075, isNegative: place > 0x7FF)
            row.update(repeating: 0, count: PowerSums.words)
        }
    }

    /// Adds to the two words at a place; gives what is carried out of them. A carry that is a number costs no branch, which
    /// would be wrong half of the time.
    @inline(__always)
    @discardableResult
    private static func add(_ value: UInt128, to place: UnsafeMutablePointer<UInt64>) -> UInt64 {
        let words = UnsafeMutableRawPointer(place)
        let (sum, overflow) = words.loadUnaligned(as: UInt128.self).addingReportingOverflow(value)
        words.storeBytes(of: sum, as: UInt128.self)
        return overflow ? 1 : 0
    }

    @inline(__always)
    private static func wide(_ words: (high: UInt64, low: UInt64)) -> UInt128 {
        UInt128(words.high) << 64 | UInt128(words.low)
    }

    @inline(__always)
    private static func words(_ value: UInt128) -> (high: UInt64, low: UInt64) {
        (UInt64(truncatingIfNeeded: value >> 64), UInt64(truncatingIfNeeded: value))
    }
}
