import SlipwayStore
import Synchronization

/// A database whose process dies: after the given number of writes everything on it fails.
final class FaultyDatabase: SQLDatabase {
    /// What becomes of the write at which the process dies.
    enum LastWrite: CaseIterable {
        /// It was never made.
        case lost
        /// It was made, and its answer never came.
        case unacknowledged
    }

    private let base: any SQLDatabase
    private let lastWrite: LastWrite
    private let writesLeft: Mutex<Int?>
    /// The folder that the database is in stays as long as somebody uses it.
    private let world: World?

    /// `writes` nil never dies.
    init(_ base: any SQLDatabase, dyingAfter writes: Int?, _ lastWrite: LastWrite = .lost, keeping world: World? = nil)
    {
        self.world = world
        self.base = base
        self.lastWrite = lastWrite
        writesLeft = Mutex(writes)
    }

    var isDead: Bool { writesLeft.withLock { $0.map { $0 < 0 } ?? false } }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> Value) async throws -> Value {
        if isDead { throw Self.death }
        return try await base.read(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLWriter) throws -> Value) async throws -> Value {
        let wasDead = isDead
        let isLast = writesLeft.withLock { left -> Bool in
            guard let count = left else { return false }
            left = count - 1
            return count - 1 < 0
        }
        guard isLast else { return try await base.write(body) }
        if !wasDead, lastWrite == .unacknowledged { _ = try await base.write(body) }
        throw Self.death
    }

    private static let death = StoreError.unavailable("the process is dead")
}
