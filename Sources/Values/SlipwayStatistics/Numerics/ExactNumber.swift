import Glibc

/// A binary number of any length: plus or minus the sum of `limbs[i] * 2^(32 * (i + exponent))`.
///
/// Always in lowest form (no zero limb at either end), so equal numbers have equal bytes.
package struct ExactNumber: Sendable, Equatable {
    package let isNegative: Bool
    package let exponent: Int
    package let limbs: [UInt32]

    /// Zero.
    static let zero = ExactNumber(isNegative: false, exponent: 0, limbs: [])

    /// The number with these limbs, brought to lowest form.
    init(isNegative: Bool, exponent: Int, limbs: [UInt32]) {
        var low = 0
        var high = limbs.count
        while high > 0, limbs[high - 1] == 0 { high -= 1 }
        while low < high, limbs[low] == 0 { low += 1 }
        self.isNegative = isNegative && low < high
        self.exponent = low < high ? exponent + low : 0
        self.limbs = Array(limbs[low..<high])
    }

    /// The given integer.
    init(_ value: Int64) {
        let magnitude = value.magnitude
        self.init(
            isNegative: value < 0,
            exponent: 0,
            limbs: [UInt32(truncatingIfNeeded: magnitude), UInt32(truncatingIfNeeded: magnitude >> 32)]
        )
    }

    /// True for zero.
    var isZero: Bool { limbs.isEmpty }

    static prefix func - (number: ExactNumber) -> ExactNumber {
        ExactNumber(isNegative: !number.isNegative, exponent: number.exponent, limbs: number.limbs)
    }

    static func - (a: ExactNumber, b: ExactNumber) -> ExactNumber { a + (-b) }

    static func + (a: ExactNumber, b: ExactNumber) -> ExactNumber {
        if a.isZero { return b }
        if b.isZero { return a }
        let low = min(a.exponent, b.exponent)
        let high = max(a.exponent + a.limbs.count, b.exponent + b.limbs.count)
        var total = [Int64](repeating: 0, count: high - low)
        a.accumulate(into: &total, low: low)
        b.accumulate(into: &total, low: low)
        return ExactNumber(signedLimbs: total, exponent: low)
    }

    /// The number whose limbs may be negative or longer than 32 bits: carries are propagated first.
    init(signedLimbs: [Int64], exponent: Int) {
        var limbs = signedLimbs
        ExactNumber.propagateCarries(&limbs)
        let isNegative = (limbs.last ?? 0) < 0
        if isNegative {
            for i in limbs.indices { limbs[i] = -limbs[i] }
            ExactNumber.propagateCarries(&limbs)
        }
        self.init(
            isNegative: isNegative,
            exponent: exponent,
            limbs: limbs.map { UInt32(truncatingIfNeeded: $0) }
        )
    }

    /// Brings every limb but the last into 0 ..< 2^32; the last carries the sign.
    static func propagateCarries(_ limbs: inout [Int64]) {
        var carry: Int64 = 0
        for i in limbs.indices {
            let value = limbs[i] + carry
            limbs[i] = value & 0xFFFF_FFFF
            carry = value >> 32
        }
        while carry != 0, carry != -1 {
            limbs.append(carry & 0xFFFF_FFFF)
            carry >>= 32
        }
        if carry == -1 { limbs.append(-1) }
    }

    private func accumulate(into total: inout [Int64], low: Int) {
        for (i, limb) in limbs.enumerated() {
            total[exponent - low + i] += isNegative ? -Int64(limb) : Int64(limb)
        }
    }

    static func * (a: ExactNumber, b: ExactNumber) -> ExactNumber {
        if a.isZero || b.isZero { return .zero }
        var product = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
        for (i, x) in a.limbs.enumerated() {
            var carry: UInt64 = 0
            for (j, y) in b.limbs.enumerated() {
                let value = UInt64(x) * UInt64(y) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: value)
                carry = value >> 32
            }
            product[i + b.limbs.count] = UInt32(truncatingIfNeeded: carry)
        }
        return ExactNumber(
            isNegative: a.isNegative != b.isNegative,
            exponent: a.exponent + b.exponent,
            limbs: product
        )
    }

    /// The number as `fraction * 2^exponent`, rounded once (to nearest, ties to even); fraction is 0 or in 1/2 ... 1.
    var scaled: (fraction: Double, exponent: Int) {
        guard let top = limbs.last else { return (0, 0) }
        let bits = 32 * (limbs.count - 1) + (32 - top.leadingZeroBitCount)
        var window: UInt64 = 0
        var isInexact = false
        for bit in 0..<64 {
            let position = bits - 1 - bit
            let isSet = position >= 0 && limbs[position / 32] >> UInt32(position % 32) & 1 == 1
            window = window << 1 | (isSet ? 1 : 0)
        }
        if bits > 64 {
            let below = bits - 64
            isInexact = limbs[..<(below / 32)].contains { $0 != 0 }
            let partial = UInt32(below % 32)
            if partial > 0 { isInexact = isInexact || limbs[below / 32] & ((1 << partial) - 1) != 0 }
        }
        if isInexact { window |= 1 }
        let fraction = scalbn(Double(window), -64)
        return (isNegative ? -fraction : fraction, bits + 32 * exponent)
    }

    /// The nearest double.
    var double: Double {
        let (fraction, exponent) = scaled
        return scalbn(fraction, Int32(clamping: exponent))
    }

    /// The quotient of two exact numbers, each rounded once before the division.
    static func ratio(_ a: ExactNumber, _ b: ExactNumber) -> Double {
        let (x, xExponent) = a.scaled
        let (y, yExponent) = b.scaled
        return scalbn(x / y, Int32(clamping: xExponent - yExponent))
    }
}

extension ExactNumber: Codable {
    private enum Key: String, CodingKey { case negative, exponent, limbs }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let limbs = try box.decode([UInt32].self, forKey: .limbs)
        let exponent = try box.decode(Int.self, forKey: .exponent)
        let isNegative = try box.decode(Bool.self, forKey: .negative)
        guard limbs.count <= 300, (-160...160).contains(exponent) else {
            throw StatisticsError.malformed("an exact sum is longer than any sum of doubles can be")
        }
        self.init(isNegative: isNegative, exponent: exponent, limbs: limbs)
        guard self.limbs.count == limbs.count, self.isNegative == isNegative else {
            throw StatisticsError.malformed("an exact sum is not in lowest form")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(isNegative, forKey: .negative)
        try box.encode(exponent, forKey: .exponent)
        try box.encode(limbs, forKey: .limbs)
    }
}
