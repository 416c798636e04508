import Glibc

/// HyperLogLog with 4,096 registers: how many different values there were, within 1.6 % (one standard error).
///
/// Flajolet, Fusy, Gandouet, Meunier 2007; estimator of Ertl 2017 (arXiv:1702.01284, algorithm 6), which needs no bias
/// table. Values enter by their `StableHash`. Merging takes the larger register: exact, order-free and idempotent.
package struct DistinctCount: Sendable, Equatable {
    /// Binary logarithm of the number of registers.
    package static let precision = 12
    private static let registerCount = 1 << precision
    private static let maximumRank = 64 - precision + 1
    private var registers = [UInt8](repeating: 0, count: registerCount)

    /// No values.
    package init() {}

    /// Adds a value by its hash.
    @inline(__always)
    package mutating func add(hash: UInt64) {
        let index = Int(hash >> UInt64(64 - DistinctCount.precision))
        let rest = hash << UInt64(DistinctCount.precision)
        let rank = UInt8(min(rest.leadingZeroBitCount + 1, DistinctCount.maximumRank))
        if registers[index] < rank { registers[index] = rank }
    }

    /// Adds values by their hashes.
    package mutating func add(hashes: UnsafeBufferPointer<UInt64>) {
        registers.withUnsafeMutableBufferPointer { registers in
            for hash in hashes {
                let index = Int(hash >> UInt64(64 - DistinctCount.precision))
                let rest = hash << UInt64(DistinctCount.precision)
                let rank = UInt8(truncatingIfNeeded: min(rest.leadingZeroBitCount &+ 1, DistinctCount.maximumRank))
                if registers[index] < rank { registers[index] = rank }
            }
        }
    }

    /// Adds a number.
    @inline(__always)
    package mutating func add(_ number: Double) { add(hash: StableHash.hash(number)) }

    /// Adds a text.
    package mutating func add(_ text: String) { add(hash: StableHash.hash(text)) }

    /// Adds the values of another part.
    package mutating func merge(_ other: DistinctCount) {
        for i in registers.indices where registers[i] < other.registers[i] { registers[i] = other.registers[i] }
    }

    /// The estimated number of different values.
    package var estimate: Double {
        let m = Double(DistinctCount.registerCount)
        let bits = 64 - DistinctCount.precision
        var histogram = [Double](repeating: 0, count: bits + 2)
        for register in registers { histogram[Int(register)] += 1 }
        if histogram[0] == m { return 0 }
        var z = m * DistinctCount.tau(1 - histogram[bits + 1] / m)
        for k in stride(from: bits, through: 1, by: -1) { z = 0.5 * (z + histogram[k]) }
        z += m * DistinctCount.sigma(histogram[0] / m)
        return m * m / (2 * log(2) * z)
    }

    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var (x, y, z) = (start, 1.0, start)
        while true {
            x *= x
            let previous = z
            z += x * y
            y += y
            if z == previous { return z }
        }
    }

    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var (x, y, z) = (start, 1.0, 1 - start)
        while true {
            x = x.squareRoot()
            let previous = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if z == previous { return z / 3 }
        }
    }
}

extension DistinctCount: Codable {
    // Registers are written as one text: a rank 1 ... 53 is a letter (A-Z, a-z, then _), a decimal number is a run of
    // that many zeros. There is only one way to write given registers.
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_".utf8)

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        var index = 0
        var run = 0
        for byte in text.utf8 {
            if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                run = run * 10 + Int(byte - UInt8(ascii: "0"))
                if run > DistinctCount.registerCount { break }
                continue
            }
            index += run
            run = 0
            guard let rank = DistinctCount.letters.firstIndex(of: byte), index < DistinctCount.registerCount else {
                throw StatisticsError.malformed("a distinct count has an unknown register")
            }
            registers[index] = UInt8(rank + 1)
            index += 1
        }
        guard index + run == DistinctCount.registerCount else {
            throw StatisticsError.malformed("a distinct count does not have 4,096 registers")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var text: [UInt8] = []
        var run = 0
        for register in registers {
            if register == 0 {
                run += 1
                continue
            }
            if run > 0 { text += Array(String(run).utf8) }
            run = 0
            text.append(DistinctCount.letters[Int(register) - 1])
        }
        if run > 0 { text += Array(String(run).utf8) }
        var box = encoder.singleValueContainer()
        try box.encode(String(decoding: text, as: UTF8.self))
    }
}
