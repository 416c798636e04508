internal import Dispatch
internal import Foundation
internal import GRDB
package import SlipwayStore
internal import Synchronization

/// A SQLite file: WAL, a pool of readers, and one writer that groups commits.
///
/// Writes that arrive while one commit is being made durable share the next one: many requests, one fsync. Each body
/// runs in its own savepoint, so one that fails takes nothing else with it.
package final class SQLiteDatabase: SQLDatabase {
    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "slipway.sqlite.writer", qos: .userInitiated)
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        var writes: [any PendingWrite] = []
        var isDraining = false
    }

    /// How many writes may share one commit.
    private static let largestGroup = 512

    /// Opens or makes the database file at `path`.
    package init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA foreign_keys = ON")
            try database.execute(sql: "PRAGMA cache_size = -12000")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            database.add(function: PatternFunction.make())
            // LIKE minds case, as it does in PostgreSQL.
            try database.execute(sql: "PRAGMA case_sensitive_like = ON")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // FULL: the log is synced at each commit, so that "acknowledged" also survives a power cut. It is set
                // here, because GRDB sets NORMAL when it turns the log on, after the configuration's own settings.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                // Pages that many commits change are carried over once per 16 MB of log, not once per 4 MB.
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            }
        } catch {
            throw SQLiteFailure.storeError(error)
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLReader) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { database in
                try body(SQLiteConnection(database: database, committed: nil))
            }
        } catch let error as DatabaseError {
            throw SQLiteFailure.storeError(error)
        }
    }

    // Inlined into an actor, a checked continuation goes on outside of it (Swift 6.3, optimised): a race.
    @inline(never)
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLWriter) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(Write(body: body, continuation: continuation))
        }
    }

    /// Writes all pages of the log into the database file; called at shutdown.
    package func checkpoint() throws(StoreError) {
        do {
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch {
            throw SQLiteFailure.storeError(error)
        }
    }

    private func enqueue(_ write: any PendingWrite) {
        let mustStart = waiting.withLock { waiting in
            waiting.writes.append(write)
            defer { waiting.isDraining = true }
            return !waiting.isDraining
        }
        if mustStart { queue.async { self.drain() } }
    }

    private func drain() {
        while true {
            let group = waiting.withLock { waiting -> [any PendingWrite] in
                let group = Array(waiting.writes.prefix(Self.largestGroup))
                waiting.writes.removeFirst(group.count)
                if group.isEmpty { waiting.isDraining = false }
                return group
            }
            guard !group.isEmpty else { return }
            commit(group)
        }
    }

    private func commit(_ group: [any PendingWrite]) {
        do {
            try pool.writeWithoutTransaction { database in
                try database.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
                do {
                    for write in group { try write.run(on: database) }
                    try database.cachedStatement(sql: "COMMIT").execute()
                } catch {
                    // The group as a whole failed: the disk, not one of the bodies.
                    if database.isInsideTransaction { try database.execute(sql: "ROLLBACK") }
                    throw error
                }
            }
            for write in group { write.acknowledge() }
        } catch {
            let reason = SQLiteFailure.storeError(error)
            for write in group { write.fail(reason) }
        }
    }
}

/// A write that waits for its commit.
private protocol PendingWrite: Sendable {
    func run(on database: Database) throws
    func acknowledge()
    func fail(_ error: StoreError)
}

private final class Write<Value: Sendable>: PendingWrite {
    private let body: @Sendable (any SQLWriter) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private let outcome = Mutex<Outcome?>(nil)

    private struct Outcome {
        let result: Result<Value, any Error>
        let actions: CommitActions
    }

    init(body: @escaping @Sendable (any SQLWriter) throws -> Value, continuation: CheckedContinuation<Value, any Error>)
    {
        self.body = body
        self.continuation = continuation
    }

    func run(on database: Database) throws {
        let actions = CommitActions()
        try database.cachedStatement(sql: "SAVEPOINT body").execute()
        do {
            let value = try body(SQLiteConnection(database: database, committed: actions))
            try database.cachedStatement(sql: "RELEASE body").execute()
            outcome.withLock { $0 = Outcome(result: .success(value), actions: actions) }
        } catch {
            try database.cachedStatement(sql: "ROLLBACK TO body").execute()
            try database.cachedStatement(sql: "RELEASE body").execute()
            outcome.withLock { $0 = Outcome(result: .failure(error), actions: CommitActions()) }
        }
    }

    func acknowledge() {
        guard let outcome = outcome.withLock({ $0 }) else { return fail(.unavailable("the write never ran")) }
        outcome.actions.run()
        continuation.resume(with: outcome.result)
    }

    func fail(_ error: StoreError) {
        continuation.resume(throwing: error)
    }
}
