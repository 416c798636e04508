import Glibc

/// Count, range and the exact sums of x, x^2, x^3 and x^4, from which mean, variance, skewness and kurtosis follow.
///
/// The four sums are exact (`ExactSum`), so merging is associative, commutative and equal byte for byte for any order
/// and partition, and nothing cancels: a mean of 10^12 with a deviation of 1 costs no digits.
package struct Moments: Sendable, Equatable {
    /// How many finite values were added.
    package private(set) var count: Int64 = 0
    /// The smallest value, nil when empty.
    package private(set) var minimum: Double?
    /// The largest value, nil when empty.
    package private(set) var maximum: Double?
    private var sum1 = ExactSum()
    private var sum2 = ExactSum()
    private var sum3 = ExactSum()
    private var sum4 = ExactSum()

    /// No values.
    package init() {}

    /// The moments of the finite values of an array.
    package init(_ values: [Double]) {
        for value in values { add(value) }
    }

    /// Adds a value; NaN and infinities are ignored.
    @inline(__always)
    package mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        let x = value + 0.0  // -0 becomes 0, so that the range does not depend on the order
        count &+= 1
        if let low = minimum, let high = maximum {
            if x < low { minimum = x }
            if x > high { maximum = x }
        } else {
            minimum = x
            maximum = x
        }
        if x != 0 { addPowers(x) }
    }

    private mutating func addPowers(_ x: Double) {
        let bits = x.bitPattern
        let biased = Int(bits >> 52 & 0x7FF)
        let m = (bits & 0xF_FFFF_FFFF_FFFF) | (biased == 0 ? 0 : 1 << 52)
        let e = max(biased, 1) - 1075
        let isNegative = x < 0
        sum1.add((m, 0, 0, 0), pieces: 2, position: e, isNegative: isNegative)
        let square = m.multipliedFullWidth(by: m)
        sum2.add((square.low, square.high, 0, 0), pieces: 4, position: 2 * e, isNegative: false)
        let low = square.low.multipliedFullWidth(by: m)
        let high = square.high.multipliedFullWidth(by: m)
        let (middle, carry) = low.high.addingReportingOverflow(high.low)
        let top = high.high &+ (carry ? 1 : 0)
        sum3.add((low.low, middle, top, 0), pieces: 5, position: 3 * e, isNegative: isNegative)
        sum4.add(Moments.times((low.low, middle, top), m), pieces: 7, position: 4 * e, isNegative: false)
    }

    /// Adds finite values without a negative zero, which is faster than one by one: the powers of those that share a sign
    /// and an exponent are summed before they go into the exact sums.
    mutating func add(finite values: UnsafeBufferPointer<Double>) {
        guard values.count >= Moments.fewestAtOnce else {
            for value in values { add(value) }
            return
        }
        var (low, high) = (values[0], values[0])
        for value in values {
            low = value < low ? value : low
            high = value > high ? value : high
        }
        add(count: Int64(values.count), minimum: low, maximum: high)
        let top = Int(max(abs(low), abs(high)).bitPattern >> 52)
        let size = 2 * Moments.exponents * PowerSums.words
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: size) { room in
            guard let rows = room.baseAddress else { return }
            rows.initialize(repeating: 0, count: size)
            var next = 0
            while next < values.count {
                let end = min(values.count, next + PowerSums.most)
                for value in values[next..<end] where value != 0 {
                    let place = Int(value.bitPattern >> 52)
                    let depth = top &- place & 0x7FF
                    if depth < Moments.exponents {
                        let row = (place >> 11 &* Moments.exponents &+ depth) &* PowerSums.words
                        PowerSums.add(value, to: rows + row, isShort: false)
                    } else {
                        addPowers(value)
                    }
                }
                next = end
                spill(rows, top: top)
            }
        }
    }

    /// So few values cost less one by one.
    private static let fewestAtOnce = 24
    /// How many exponents, from that of the largest value on, have a row of sums; what is smaller is rare.
    private static let exponents = 32

    private mutating func spill(_ rows: UnsafeMutablePointer<UInt64>, top: Int) {
        for place in 0..<2 * Moments.exponents {
            let row = rows + place * PowerSums.words
            guard row[0] != 0 || row[1] != 0 else { continue }
            let exponent = max(top - place % Moments.exponents, 1) - 1075
            add(powers: row, exponent: exponent, isNegative: place >= Moments.exponents)
            row.update(repeating: 0, count: PowerSums.words)
        }
    }

    /// Adds sums of powers of significands that share a sign and an exponent, of 2, 2, 3 and 4 words.
    mutating func add(powers row: UnsafePointer<UInt64>, exponent e: Int, isNegative: Bool) {
        sum1.add((row[0], row[1], 0, 0), pieces: 4, position: e, isNegative: isNegative)
        sum2.add((row[2], row[3], 0, 0), pieces: 4, position: 2 * e, isNegative: false)
        sum3.add((row[4], row[5], row[6], 0), pieces: 6, position: 3 * e, isNegative: isNegative)
        sum4.add((row[7], row[8], row[9], row[10]), pieces: 8, position: 4 * e, isNegative: false)
    }

    /// Adds to the count and widens the range; the sums are given apart.
    mutating func add(count added: Int64, minimum low: Double, maximum high: Double) {
        count += added
        minimum = min(minimum ?? low, low)
        maximum = max(maximum ?? high, high)
    }

    @inline(__always)
    private static func times(
        _ a: (UInt64, UInt64, UInt64),
        _ m: UInt64
    ) -> (UInt64, UInt64, UInt64, UInt64) {
        let p0 = a.0.multipliedFullWidth(by: m)
        let p1 = a.1.multipliedFullWidth(by: m)
        let p2 = a.2.multipliedFullWidth(by: m)
        let (w1, c1) = p0.high.addingReportingOverflow(p1.low)
        let (w2, c2) = p1.high.addingReportingOverflow(p2.low)
        let (w2c, c3) = w2.addingReportingOverflow(c1 ? 1 : 0)
        return (p0.low, w1, w2c, p2.high &+ (c2 ? 1 : 0) &+ (c3 ? 1 : 0))
    }

    /// Adds the values of another part.
    package mutating func merge(_ other: Moments) throws(StatisticsError) {
        count = try CountRange.sum(count, other.count, "moments")
        if let low = other.minimum { minimum = min(minimum ?? low, low) }
        if let high = other.maximum { maximum = max(maximum ?? high, high) }
        sum1.add(other.sum1)
        sum2.add(other.sum2)
        sum3.add(other.sum3)
        sum4.add(other.sum4)
    }

    /// Takes the values of an older part away; the range stays that of everything ever added, until no value is left.
    package mutating func subtract(_ other: Moments) throws(StatisticsError) {
        count = try CountRange.difference(count, other.count, "moments")
        sum1.subtract(other.sum1)
        sum2.subtract(other.sum2)
        sum3.subtract(other.sum3)
        sum4.subtract(other.sum4)
        if count == 0 { self = Moments() }
    }
}

extension Moments {
    /// The sum of the values, rounded once.
    package var sum: Double { sum1.value.double }

    /// The mean, nil when empty.
    package var mean: Double? { count == 0 ? nil : sum1.value.double / Double(count) }

    /// The variance with divisor n - 1, nil below two values.
    package var variance: Double? {
        guard count > 1 else { return nil }
        return ExactNumber.ratio(spread, ExactNumber(count) * ExactNumber(count - 1))
    }

    /// The variance with divisor n, nil when empty.
    package var populationVariance: Double? {
        guard count > 0 else { return nil }
        return ExactNumber.ratio(spread, ExactNumber(count) * ExactNumber(count))
    }

    /// The standard deviation with divisor n, nil when empty.
    package var populationDeviation: Double? { populationVariance.map { $0.squareRoot() } }

    /// The biased skewness g1 = m3 / m2^(3/2), nil when all values are equal.
    package var skewness: Double? {
        let (n, s1, s2, s3) = (ExactNumber(count), sum1.value, sum2.value, sum3.value)
        let spread = spread
        guard !spread.isZero else { return nil }
        // n^3 m3 and n^2 m2 are exact; the powers of n cancel.
        let third = n * n * s3 - ExactNumber(3) * n * s1 * s2 + ExactNumber(2) * s1 * s1 * s1
        let (a, aExponent) = third.scaled
        var (b, bExponent) = spread.scaled
        if bExponent % 2 != 0 {
            b *= 2
            bExponent -= 1
        }
        return scalbn(a / (b * b.squareRoot()), Int32(clamping: aExponent - bExponent / 2 * 3))
    }

    /// The biased excess kurtosis g2 = m4 / m2^2 - 3, nil when all values are equal.
    package var excessKurtosis: Double? {
        let (n, s1, s2, s3, s4) = (ExactNumber(count), sum1.value, sum2.value, sum3.value, sum4.value)
        let spread = spread
        guard !spread.isZero else { return nil }
        let square = s1 * s1
        // n^4 (m4 - 3 m2^2) is exact, so the 3 is taken away before anything is rounded.
        let fourth =
            n * n * n * s4 - ExactNumber(4) * n * n * s1 * s3 + ExactNumber(6) * n * square * s2
            - ExactNumber(3) * square * square
        return ExactNumber.ratio(fourth - ExactNumber(3) * spread * spread, spread * spread)
    }

    /// n times the sum of squares minus the squared sum: n^2 times the population variance, exactly.
    private var spread: ExactNumber {
        ExactNumber(count) * sum2.value - sum1.value * sum1.value
    }
}

extension Moments: Codable {
    private enum Key: String, CodingKey { case count, minimum, maximum, sums }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        count = try CountRange.checked(box.decode(Int64.self, forKey: .count), "moments")
        minimum = try box.decodeIfPresent(Double.self, forKey: .minimum)
        maximum = try box.decodeIfPresent(Double.self, forKey: .maximum)
        let sums = try box.decode([ExactNumber].self, forKey: .sums)
        guard sums.count == 4 else { throw StatisticsError.malformed("moments need four sums") }
        guard (minimum == nil) == (count == 0), (maximum == nil) == (count == 0) else {
            throw StatisticsError.malformed("moments have a range without values, or values without a range")
        }
        (sum1, sum2, sum3, sum4) = (ExactSum(sums[0]), ExactSum(sums[1]), ExactSum(sums[2]), ExactSum(sums[3]))
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(count, forKey: .count)
        try box.encodeIfPresent(minimum, forKey: .minimum)
        try box.encodeIfPresent(maximum, forKey: .maximum)
        try box.encode([sum1.value, sum2.value, sum3.value, sum4.value], forKey: .sums)
    }
}
