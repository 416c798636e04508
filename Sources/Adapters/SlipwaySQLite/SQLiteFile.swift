internal import GRDB
package import SlipwayStore

/// A SQLite file of somebody else, which is only read.
///
/// Each read is a short transaction of its own, so that the program that writes the file never waits for long, and a
/// file in WAL mode may be written meanwhile.
package final class SQLiteFile: Sendable {
    private let queue: DatabaseQueue

    /// Opens the file at `path`; nothing in it is ever changed.
    package init(reading path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA query_only = ON")
            try database.execute(sql: "PRAGMA cache_size = -32000")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw SQLiteFailure.storeError(error)
        }
    }

    /// Runs `body` on a snapshot.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLReader) throws -> Value
    ) async throws -> Value {
        do {
            return try await queue.read { database in
                try body(SQLiteConnection(database: database, committed: nil))
            }
        } catch let error as DatabaseError {
            throw SQLiteFailure.storeError(error)
        }
    }
}
