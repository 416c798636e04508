/// SHA-256 as FIPS 180-4 writes it down; this target may not depend on a library for it.
enum SHA256 {
    static func hex(_ text: String) -> String {
        var words: [UInt32] = [
            0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
        ]
        var message = Array(text.utf8)
        let bits = UInt64(message.count) * 8
        message.append(0x80)
        while message.count % 64 != 56 { message.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        for start in stride(from: 0, to: message.count, by: 64) { add(message[start..<start + 64], to: &words) }
        return words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func add(_ block: ArraySlice<UInt8>, to words: inout [UInt32]) {
        let bytes = Array(block)
        var schedule = stride(from: 0, to: 64, by: 4).map { start in
            bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (early, late) = (schedule[index - 15], schedule[index - 2])
            let first = turned(early, 7) ^ turned(early, 18) ^ early >> 3
            let second = turned(late, 17) ^ turned(late, 19) ^ late >> 10
            schedule.append(schedule[index - 16] &+ first &+ schedule[index - 7] &+ second)
        }
        var state = words
        for index in 0..<64 {
            let choice = state[4] & state[5] ^ ~state[4] & state[6]
            let majority = state[0] & state[1] ^ state[0] & state[2] ^ state[1] & state[2]
            let upper = turned(state[4], 6) ^ turned(state[4], 11) ^ turned(state[4], 25)
            let lower = turned(state[0], 2) ^ turned(state[0], 13) ^ turned(state[0], 22)
            let step = state[7] &+ upper &+ choice &+ constants[index] &+ schedule[index]
            state = [
                step &+ lower &+ majority, state[0], state[1], state[2], state[3] &+ step, state[4], state[5], state[6],
            ]
        }
        for index in words.indices { words[index] &+= state[index] }
    }

    private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = primes(64).map { prime in
        // The integer cube root of prime * 2^96, bit by bit; its low 32 bits are the wanted fraction.
        var root = UInt64(0)
        for bit in stride(from: 36, through: 0, by: -1) {
            let next = root | UInt64(1) << UInt64(bit)
            let wide = UInt128(next)
            if wide * wide * wide <= UInt128(prime) << 96 { root = next }
        }
        return UInt32(truncatingIfNeeded: root)
    }

    private static func primes(_ count: Int) -> [Int] {
        var found: [Int] = []
        var number = 2
        while found.count < count {
            if found.allSatisfy({ number % $0 != 0 }) { found.append(number) }
            number += 1
        }
        return found
    }
}
