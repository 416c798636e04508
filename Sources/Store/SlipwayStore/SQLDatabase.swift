/// A place where SQL runs, inside one transaction. Only valid within the body it was given to.
package protocol SQLReader {
    /// All rows of one SELECT. `?` marks are bound in order.
    func rows(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> [SQLRow]

    /// Calls `each` with every row of one SELECT: the fast way through very many, which never stand in memory together.
    func eachRow(_ sql: String, _ arguments: [SQLValue], _ each: (SQLRow) -> Void) throws(StoreError)
}

/// A place where SQL may also change things.
package protocol SQLWriter: SQLReader {
    /// Runs one statement and tells how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> Int

    /// Runs one statement once for each list of arguments; the fast way to store many rows.
    @discardableResult
    func executeEach(_ sql: String, _ arguments: [[SQLValue]]) throws(StoreError) -> Int

    /// Calls `action` after the surrounding transaction is durable; never when it is rolled back.
    func afterCommit(_ action: @escaping @Sendable () -> Void)
}

extension SQLReader {
    /// All rows of one SELECT without arguments.
    package func rows(_ sql: String) throws(StoreError) -> [SQLRow] { try rows(sql, []) }

    /// The first row, or nil.
    package func row(_ sql: String, _ arguments: [SQLValue] = []) throws(StoreError) -> SQLRow? {
        try rows(sql, arguments).first
    }
}

extension SQLWriter {
    /// Runs one statement without arguments.
    @discardableResult
    package func execute(_ sql: String) throws(StoreError) -> Int { try execute(sql, []) }

    /// Stores rows of one width, many to a statement, and tells how many were new to the table; `insert` is the statement up to
    /// its VALUES. Rows in the order of the table's key cost half as much as by `executeEach`, because SQLite keeps its
    /// place in the table from one row of a statement to the next.
    @discardableResult
    package func insertMany(_ insert: String, _ rows: [[SQLValue]]) throws(StoreError) -> Int {
        guard let width = rows.first?.count else { return 0 }
        let marks = "(" + Array(repeating: "?", count: width).joined(separator: ", ") + ")"
        let together = rows.count - rows.count % rowsOfStatement
        var changes = 0
        if together > 0 {
            let sql = insert + " VALUES " + Array(repeating: marks, count: rowsOfStatement).joined(separator: ", ")
            for start in stride(from: 0, to: together, by: rowsOfStatement) {
                changes += try execute(sql, Array(rows[start..<start + rowsOfStatement].joined()))
            }
        }
        return try changes + executeEach(insert + " VALUES " + marks, Array(rows[together...]))
    }
}

/// How many rows one statement of `insertMany` stores: with columns of any number, far from SQLite's 32,766 marks.
private let rowsOfStatement = 50

/// A database: SQLite or PostgreSQL. Bodies are synchronous and may run again, so they must not have other effects.
package protocol SQLDatabase: Sendable {
    /// Runs `body` on a snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> Value) async throws -> Value

    /// Runs `body` atomically and returns once what it wrote is durable. If it throws, nothing of it remains.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLWriter) throws -> Value) async throws -> Value
}
