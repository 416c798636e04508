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

    /// Stores `count` rows of `width` values, many to a statement, and tells how many were new to the table.
    ///
    /// Half as dear as `executeEach`, because SQLite keeps its place in the table from one row of a statement to the next.
    ///
    /// - Parameters:
    ///   - insert: the statement up to its VALUES.
    ///   - append: appends the values of one row.
    @discardableResult
    package func insertMany(
        _ insert: String,
        count: Int,
        width: Int,
        _ append: (Int, inout [SQLValue]) -> Void
    ) throws(StoreError) -> Int {
        let row = "(" + Array(repeating: "?", count: width).joined(separator: ", ") + ")"
        let one = insert + " VALUES " + row
        let many = one + String(repeating: ", " + row, count: count < rowsOfStatement ? 0 : rowsOfStatement - 1)
        var changes = 0
        var values: [SQLValue] = []
        var next = 0
        while next < count {
            // The last few go one by one, so that few different statements are prepared.
            let rows = count - next < rowsOfStatement ? 1 : rowsOfStatement
            values.removeAll(keepingCapacity: true)
            values.reserveCapacity(rows * width)
            for row in next..<next + rows { append(row, &values) }
            changes += try execute(rows == 1 ? one : many, values)
            next += rows
        }
        return changes
    }
}

/// How many rows one statement of `insertMany` stores: few enough for SQLite's 32,766 marks, whatever the width.
private let rowsOfStatement = 50

/// A database: SQLite or PostgreSQL. Bodies are synchronous and may run again, so they must not have other effects.
package protocol SQLDatabase: Sendable {
    /// Runs `body` on a snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> Value) async throws -> Value

    /// Runs `body` atomically and returns once what it wrote is durable. If it throws, nothing of it remains.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLWriter) throws -> Value) async throws -> Value
}
