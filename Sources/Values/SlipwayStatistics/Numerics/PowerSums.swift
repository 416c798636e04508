/// Collects x, x^2, x^3 and x^4 of many values before they go into exact sums, at a few nanoseconds a value.
///
/// Powers of the 53-bit significand are added as they are, one row of words for each sign and exponent, so that nothing
/// is shifted and nothing rounded (the "large superaccumulator" of Neal, 2015, arXiv:1505.05571). A row has 128 bits for
/// the first power and the second, 192 for the third and 256 for the fourth: room for 2^22 values.
struct PowerSums: ~Copyable {
    /// The words of a row: 2, 2, 3 and 4 for the four powers.
    static let words = 11
    private static let most = 1 << 21
    private let rows: UnsafeMutablePointer<UInt64>
    private var waiting = 0

    /// True when the third and the fourth power are left out.
    private let isShort: Bool

    /// Nothing collected.
    init(isShort: Bool) {
        self.isShort = isShort
        rows = .allocate(capacity: 4096 * PowerSums.words)
        rows.initialize(repeating: 0, count: 4096 * PowerSums.words)
    }

    deinit { rows.deallocate() }

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
        let square = m.multipliedFullWidth(by: m)
        add(row, m, 0)
        add(row + 2, square.low, square.high)
        if isShort { return }
        let low = square.low.multipliedFullWidth(by: m)
        let high = square.high.multipliedFullWidth(by: m)
        let (cube1, carry) = low.high.addingReportingOverflow(high.low)
        let cube2 = high.high &+ (carry ? 1 : 0)
        let p0 = low.low.multipliedFullWidth(by: m)
        let p1 = cube1.multipliedFullWidth(by: m)
        let p2 = cube2.multipliedFullWidth(by: m)
        let (q1, c1) = p0.high.addingReportingOverflow(p1.low)
        let (q2, c2) = p1.high.addingReportingOverflow(p2.low)
        let (q2c, c3) = q2.addingReportingOverflow(c1 ? 1 : 0)
        let q3 = p2.high &+ (c2 ? 1 : 0) &+ (c3 ? 1 : 0)
        add(row + 4, low.low, cube1, cube2)
        add(row + 7, p0.low, q1, q2c, q3)
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

    @inline(__always)
    private static func add(_ row: UnsafeMutablePointer<UInt64>, _ a: UInt64, _ b: UInt64) {
        let (low, carry) = row[0].addingReportingOverflow(a)
        row[0] = low
        row[1] = row[1] &+ b &+ (carry ? 1 : 0)
    }

    @inline(__always)
    private static func add(_ row: UnsafeMutablePointer<UInt64>, _ a: UInt64, _ b: UInt64, _ c: UInt64) {
        let (low, carry) = row[0].addingReportingOverflow(a)
        row[0] = low
        let (middle, carryB) = row[1].addingReportingOverflow(b)
        let (middleC, carryC) = middle.addingReportingOverflow(carry ? 1 : 0)
        row[1] = middleC
        row[2] = row[2] &+ c &+ (carryB ? 1 : 0) &+ (carryC ? 1 : 0)
    }

    @inline(__always)
    private static func add(_ row: UnsafeMutablePointer<UInt64>, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
        let (low, carry) = row[0].addingReportingOverflow(a)
        row[0] = low
        let (middle, carryB) = row[1].addingReportingOverflow(b)
        let (middleC, carryC) = middle.addingReportingOverflow(carry ? 1 : 0)
        row[1] = middleC
        add(row + 2, c, d)
        add(row + 2, (carryB ? 1 : 0) &+ (carryC ? 1 : 0), 0)
    }
}
