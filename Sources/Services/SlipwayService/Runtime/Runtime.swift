package import SlipwayDomain

/// Where time, randomness and identifiers come from. Nothing else in Slipway may ask the machine for them.
package struct Runtime: Sendable {
    /// The time that decisions and records use; runs ahead of the wall clock in a drill.
    package var now: @Sendable () -> Instant
    /// Nanoseconds of the real monotonic clock; latency is measured with this even in a drill.
    package var monotonicNanoseconds: @Sendable () -> UInt64
    /// Waits in real time.
    package var sleep: @Sendable (_ milliseconds: Int64) async throws -> Void
    /// 64 fresh random bits.
    package var random: @Sendable () -> UInt64
    /// Set when the clock is a drill's.
    package var drill: DrillClock?

    package init(
        now: @escaping @Sendable () -> Instant,
        monotonicNanoseconds: @escaping @Sendable () -> UInt64,
        sleep: @escaping @Sendable (Int64) async throws -> Void,
        random: @escaping @Sendable () -> UInt64,
        drill: DrillClock? = nil
    ) {
        self.now = now
        self.monotonicNanoseconds = monotonicNanoseconds
        self.sleep = sleep
        self.random = random
        self.drill = drill
    }

    /// A new identifier that sorts by time of creation: 12 hex digits of milliseconds, then 20 random ones.
    package func newID() -> String {
        let time = UInt64(max(0, now().milliseconds)) & 0xFFFF_FFFF_FFFF
        return Hex.text([(time, 12), (random(), 16), (random(), 4)])
    }

    /// 32 random bytes.
    package func newKey() -> [UInt8] {
        (0..<4).flatMap { _ in withUnsafeBytes(of: random()) { Array($0) } }
    }

    /// A random UUID (RFC 9562, version 4), as MLflow names its webhooks.
    package func newUniversalID() -> String {
        let high = random() & ~0xF000 | 0x4000
        let low = random() & ~(3 << 62) | (2 << 62)
        let text = Array(Hex.text(high, digits: 16) + Hex.text(low, digits: 16))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(text[$0]) }.joined(separator: "-")
    }

    /// 32 random hex digits, as MLflow names its runs.
    package func newRandomID() -> String {
        Hex.text(random(), digits: 16) + Hex.text(random(), digits: 16)
    }
}

/// Lower-case hexadecimal text.
package enum Hex {
    private static let alphabet = Array("0123456789abcdef".utf8)

    /// The lowest `digits` hex digits of `value`.
    package static func text(_ value: UInt64, digits: Int) -> String {
        text([(value, digits)])
    }

    /// The lowest `digits` hex digits of each value, one after the other.
    package static func text(_ words: [(value: UInt64, digits: Int)]) -> String {
        String(unsafeUninitializedCapacity: words.reduce(0) { $0 + $1.digits }) { buffer in
            var end = 0
            for (value, digits) in words {
                end += digits
                for index in 0..<digits {
                    buffer[end - 1 - index] = alphabet[Int((value >> UInt64(4 * index)) & 15)]
                }
            }
            return end
        }
    }

    /// Two digits a byte.
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var output: [UInt8] = []
        for byte in bytes {
            output.append(alphabet[Int(byte >> 4)])
            output.append(alphabet[Int(byte & 15)])
        }
        return String(decoding: output, as: UTF8.self)
    }
}
