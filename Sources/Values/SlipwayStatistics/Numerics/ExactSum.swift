/// The exact sum of k-th powers of doubles (k = 1 ... 4), with no rounding at all.
///
/// A double is `m * 2^e` with m below 2^53, so its k-th power is an integer of at most 212 bits times `2^(k e)`. The
/// sum is kept as signed 64-bit limbs of weight `2^(32 i)`; the upper 32 bits of each limb collect carries and are
/// propagated before they can overflow (the "small superaccumulator" idea of Neal, 2015, arXiv:1505.05571, extended to
/// powers). Because nothing is rounded, the sum is the same for every order and every partition of the values.
package struct ExactSum: Sendable, Equatable {
    private var base = 0
    private var limbs: [Int64] = []
    private var additions: Int64 = 0

    /// Zero.
    package init() {}

    /// A sum that starts at the given number.
    init(_ number: ExactNumber) {
        base = number.exponent
        limbs = number.limbs.map { number.isNegative ? -Int64($0) : Int64($0) }
        additions = limbs.isEmpty ? 0 : 1
    }

    /// The sum in lowest form.
    package var value: ExactNumber { ExactNumber(signedLimbs: limbs, exponent: base) }

    package static func == (a: ExactSum, b: ExactSum) -> Bool { a.value == b.value }

    /// Adds the number `words * 2^position`, where `words` has `pieces` pieces of 32 bits.
    @inline(__always)
    mutating func add(
        _ words: (UInt64, UInt64, UInt64, UInt64),
        pieces: Int,
        position: Int,
        isNegative: Bool
    ) {
        let first = position >> 5
        let shift = UInt64(position & 31)
        if first < base || first + pieces >= base + limbs.count || additions >= 1 << 29 {
            makeRoom(from: first, to: first + pieces + 1)
        }
        additions &+= 1
        let offset = first - base
        let flip: Int64 = isNegative ? -1 : 0
        limbs.withUnsafeMutableBufferPointer { limbs in
            var carry: UInt64 = 0
            var word = words.0
            for piece in 0..<pieces {
                if piece == 2 { word = words.1 }
                if piece == 4 { word = words.2 }
                if piece == 6 { word = words.3 }
                let shifted = ((word & 0xFFFF_FFFF) << shift) &+ carry
                word >>= 32
                limbs[offset &+ piece] &+= (Int64(bitPattern: shifted & 0xFFFF_FFFF) ^ flip) &- flip
                carry = shifted >> 32
            }
            limbs[offset &+ pieces] &+= (Int64(bitPattern: carry) ^ flip) &- flip
        }
    }

    private mutating func makeRoom(from first: Int, to end: Int) {
        if limbs.isEmpty { base = first }
        if additions >= 1 << 29 {
            ExactNumber.propagateCarries(&limbs)
            additions = 1
        }
        if first < base {
            limbs.insert(contentsOf: repeatElement(0, count: base - first), at: 0)
            base = first
        }
        if end > base + limbs.count {
            limbs.append(contentsOf: repeatElement(0, count: end - base - limbs.count))
        }
    }

    /// Adds another exact sum.
    mutating func add(_ other: ExactSum) { self = ExactSum(value + other.value) }

    /// Takes another exact sum away.
    mutating func subtract(_ other: ExactSum) { self = ExactSum(value - other.value) }
}
