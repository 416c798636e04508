internal import Glibc
internal import Synchronization

/// The machine's randomness, fetched many words at a time: a call to the kernel costs more than an identifier.
final class RandomWords: Sendable {
    private let words = Mutex<[UInt64]>([])
    private let single: @Sendable () -> UInt64

    /// `single` gives a word where the kernel gives none.
    init(single: @escaping @Sendable () -> UInt64) { self.single = single }

    func next() -> UInt64 {
        words.withLock { words in
            if words.isEmpty { words = fetch() }
            return words.removeLast()
        }
    }

    /// So few that the kernel gives them whole (getentropy(3): up to 256 bytes).
    private static let count = 32

    private func fetch() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: Self.count) { buffer, filled in
            filled = Self.count
            if let base = buffer.baseAddress, getentropy(base, Self.count * 8) == 0 { return }
            // Without the call there is still the language's own source.
            for index in 0..<Self.count { buffer[index] = single() }
        }
    }
}
