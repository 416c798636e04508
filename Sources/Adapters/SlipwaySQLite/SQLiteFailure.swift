internal import GRDB
internal import GRDBSQLite
internal import SlipwayStore

/// Turns SQLite's result codes into the store's errors, once, here.
enum SQLiteFailure {
    static func storeError(_ error: any Error) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return .unavailable("\(error)") }
        return storeError(code: error.resultCode.rawValue, message: error.message ?? "\(error.resultCode)")
    }

    static func storeError(code: Int32, message: String) -> StoreError {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .constraint(message)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(message)
        case SQLITE_FULL: .unavailable("the disk is full (\(message))")
        case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE: .corrupt("SQL not understood: \(message)")
        default: .unavailable(message)
        }
    }
}
