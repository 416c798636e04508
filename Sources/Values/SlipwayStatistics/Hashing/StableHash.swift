/// The 64-bit hash behind sticky traffic, sampling and distinct counts: XXH64 (xxHash specification 0.1.1, Y. Collet).
///
/// It never changes between versions or machines, and other engines have it (`xxhash64` in Spark, `xxhash` in Python),
/// so an assignment can be replayed elsewhere.
package enum StableHash {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The hash of the UTF-8 bytes of a text.
    package static func hash(_ text: String, seed: UInt64 = 0) -> UInt64 {
        if let hash = text.utf8.withContiguousStorageIfAvailable({ hash(UnsafeRawBufferPointer($0), seed: seed) }) {
            return hash
        }
        return Array(text.utf8).withUnsafeBytes { hash($0, seed: seed) }
    }

    /// The hash of a number: of the eight little-endian bytes of its bit pattern, where -0 counts as 0.
    @inline(__always)
    package static func hash(_ number: Double, seed: UInt64 = 0) -> UInt64 {
        let bits = (number + 0.0).bitPattern
        return finish(mixWord(seed &+ prime5 &+ 8, bits))
    }

    /// The hash of bytes.
    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        var offset = 0
        var state: UInt64
        if bytes.count >= 32 {
            var lanes = (
                seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1
            )
            while offset + 32 <= bytes.count {
                lanes.0 = round(lanes.0, word(bytes, offset))
                lanes.1 = round(lanes.1, word(bytes, offset + 8))
                lanes.2 = round(lanes.2, word(bytes, offset + 16))
                lanes.3 = round(lanes.3, word(bytes, offset + 24))
                offset += 32
            }
            state = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
                state = (state ^ round(0, lane)) &* prime1 &+ prime4
            }
        } else {
            state = seed &+ prime5
        }
        state &+= UInt64(bytes.count)
        return finishTail(state, bytes, offset)
    }

    private static func finishTail(_ start: UInt64, _ bytes: UnsafeRawBufferPointer, _ from: Int) -> UInt64 {
        var state = start
        var offset = from
        while offset + 8 <= bytes.count {
            state = mixWord(state, word(bytes, offset))
            offset += 8
        }
        if offset + 4 <= bytes.count {
            let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            state = rotate(state ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < bytes.count {
            state = rotate(state ^ (UInt64(bytes[offset]) &* prime5), 11) &* prime1
            offset += 1
        }
        return finish(state)
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }

    @inline(__always)
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* prime2, 31) &* prime1
    }

    @inline(__always)
    private static func mixWord(_ state: UInt64, _ word: UInt64) -> UInt64 {
        rotate(state ^ round(0, word), 27) &* prime1 &+ prime4
    }

    @inline(__always)
    private static func finish(_ start: UInt64) -> UInt64 {
        var state = start
        state = (state ^ (state >> 33)) &* prime2
        state = (state ^ (state >> 29)) &* prime3
        return state ^ (state >> 32)
    }
}

/// The stable hash of a key under a salt: `XXH64(key, seed: XXH64(salt, seed: 0))`, both as UTF-8.
///
/// Two salts give independent assignments of the same keys.
package func stableHash(_ key: String, salt: String) -> UInt64 {
    StableHash.hash(key, seed: StableHash.hash(salt))
}

/// The stable hash as a number in 0 ..< 1 (its upper 53 bits): a key is in a share s of the traffic when this is below
/// s, so a growing share only ever adds keys.
package func stableUnit(_ key: String, salt: String) -> Double {
    Double(stableHash(key, salt: salt) >> 11) * 0x1p-53
}
