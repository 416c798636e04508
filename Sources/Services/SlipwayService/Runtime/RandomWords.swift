internal import Glibc
internal import Synchronization

/// The machine's randomness, fetched many words at a time: a call to the kernel costs more than an identifier.
final class RandomWords: Sendable {
    private let words = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        words.withLock { words in
            if words.isEmpty { words = Self.fetch() }
            return words.removeLast()
        }
    }

    /// So few that the kernel gives them whole (getentropy(3): up to 256 bytes).
    private static let count = 32

    private static func fetch() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = count
            if let base = buffer.baseAddress, getentropy(base, count * 8) == 0 { return }
            // Without the call there is still the language's own source.
            for index in 0..<count { buffer[index] = .random(in: .min ... .max) }
        }
    }
}
