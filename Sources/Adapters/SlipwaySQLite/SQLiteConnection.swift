internal import GRDB
internal import GRDBSQLite
internal import SlipwayStore
internal import Synchronization

/// One SQLite connection inside a transaction, seen through the store's port.
///
/// Statements come from GRDB's cache; binding and stepping go straight to SQLite, because a batch of a thousand
/// metrics spends its time there.
struct SQLiteConnection: SQLWriter {
    let database: Database
    let committed: CommitActions?

    func rows(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> [SQLRow] {
        try run(sql) { statement throws(StoreError) in
            try bind(arguments, to: statement)
            var rows: [SQLRow] = []
            while try step(statement) {
                var row = SQLRow(values: [])
                fill(&row.values, from: statement)
                rows.append(row)
            }
            return rows
        }
    }

    func eachRow(_ sql: String, _ arguments: [SQLValue], _ each: (SQLRow) -> Void) throws(StoreError) {
        try run(sql) { statement throws(StoreError) in
            try bind(arguments, to: statement)
            // One row's memory serves all of them, unless `each` keeps it.
            var row = SQLRow(values: [])
            while try step(statement) {
                fill(&row.values, from: statement)
                each(row)
            }
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> Int {
        try run(sql) { statement throws(StoreError) in
            try bind(arguments, to: statement)
            while try step(statement) {}
            return Int(sqlite3_changes(database.sqliteConnection))
        }
    }

    func executeEach(_ sql: String, _ arguments: [[SQLValue]]) throws(StoreError) -> Int {
        try run(sql) { statement throws(StoreError) in
            var changes = 0
            for list in arguments {
                try bind(list, to: statement)
                while try step(statement) {}
                changes += Int(sqlite3_changes(database.sqliteConnection))
                sqlite3_reset(statement)
            }
            return changes
        }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        committed?.add(action)
    }

    private func run<Value>(
        _ sql: String,
        _ body: (OpaquePointer) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let statement: OpaquePointer
        do {
            statement = try database.cachedStatement(sql: sql).sqliteStatement
        } catch {
            throw SQLiteFailure.storeError(error)
        }
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        return try body(statement)
    }

    private func step(_ statement: OpaquePointer) throws(StoreError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    private func bind(_ arguments: [SQLValue], to statement: OpaquePointer) throws(StoreError) {
        let wanted = Int(sqlite3_bind_parameter_count(statement))
        precondition(wanted == arguments.count, "the SQL has \(wanted) marks, \(arguments.count) values were given")
        for (offset, value) in arguments.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let number): sqlite3_bind_int64(statement, index, number)
                case .real(let number): sqlite3_bind_double(statement, index, number)
                case .text(let text): bind(text, to: statement, at: index)
                case .blob(let bytes): bind(bytes, to: statement, at: index)
                }
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    // SQLite copies the bytes before the call returns.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func bind(_ text: String, to statement: OpaquePointer, at index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                // An empty Swift string may have no address, which SQLite would take for NULL.
                guard let start = characters.baseAddress else {
                    return sqlite3_bind_text(statement, index, "", 0, Self.transient)
                }
                return sqlite3_bind_text(statement, index, start, Int32(characters.count), Self.transient)
            }
        }
    }

    private func bind(_ bytes: [UInt8], to statement: OpaquePointer, at index: Int32) -> Int32 {
        guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
        return sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), Self.transient)
    }

    private func fill(_ values: inout [SQLValue], from statement: OpaquePointer) {
        let count = sqlite3_column_count(statement)
        values.removeAll(keepingCapacity: true)
        values.reserveCapacity(Int(count))
        for index in 0..<count {
            switch sqlite3_column_type(statement, index) {
            case SQLITE_INTEGER: values.append(.integer(sqlite3_column_int64(statement, index)))
            case SQLITE_FLOAT: values.append(.real(sqlite3_column_double(statement, index)))
            case SQLITE_TEXT:
                let start = sqlite3_column_text(statement, index)
                let buffer = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
                values.append(.text(String(decoding: buffer, as: UTF8.self)))
            case SQLITE_BLOB:
                let start = sqlite3_column_blob(statement, index)
                let buffer = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
                values.append(.blob(Array(buffer)))
            default: values.append(.null)
            }
        }
    }

    private func failure(_ code: Int32) -> StoreError {
        let message = sqlite3_errmsg(database.sqliteConnection).map { String(cString: $0) } ?? "code \(code)"
        return SQLiteFailure.storeError(code: code, message: message)
    }
}

/// What to call once the transaction is durable.
final class CommitActions: Sendable {
    private let actions = Mutex<[@Sendable () -> Void]>([])

    func add(_ action: @escaping @Sendable () -> Void) {
        actions.withLock { $0.append(action) }
    }

    func run() {
        for action in actions.withLock({ $0 }) { action() }
    }
}
