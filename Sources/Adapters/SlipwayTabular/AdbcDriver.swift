import CArrow
import Glibc

/// What an ADBC driver says about a call that failed.
struct AdbcFailure: Error {
    let message: String
}

/// The function table of an ADBC driver.
///
/// SAFETY: the table is filled once and only read afterwards; its library is never unloaded.
final class AdbcDriver: @unchecked Sendable {
    typealias ErrorSlot = UnsafeMutablePointer<SlipwayAdbcError>

    let table: UnsafePointer<SlipwayAdbcDriver>
    private let memory: UnsafeMutablePointer<SlipwayAdbcDriver>

    /// Asks the driver for its table.
    init(initialize: SlipwayAdbcInitialize) throws(AdbcFailure) {
        let memory = UnsafeMutablePointer<SlipwayAdbcDriver>.allocate(capacity: 1)
        memory.initialize(to: SlipwayAdbcDriver())
        self.memory = memory
        table = UnsafePointer(memory)
        try call { error in initialize(Int32(SLIPWAY_ADBC_VERSION_1_0_0), memory, error) }
    }

    deinit {
        memory.deallocate()
    }

    /// Makes one call, and throws the driver's words if it fails or if the driver lacks the function.
    func call(_ body: (ErrorSlot) -> SlipwayAdbcStatus?) throws(AdbcFailure) {
        var error = SlipwayAdbcError()
        let status = body(&error)
        guard let status else { throw AdbcFailure(message: "the driver lacks a function that Slipway needs") }
        let message = error.message.map { String(cString: $0) }
        if error.release != nil { error.release(&error) }
        guard status == 0 else { throw AdbcFailure(message: message ?? "the driver gave the status \(status)") }
    }
}

/// An in-memory database of its own with one connection, for one scan.
final class AdbcSession {
    let driver: AdbcDriver
    private let database = UnsafeMutablePointer<SlipwayAdbcHandle>.allocate(capacity: 1)
    private let connection = UnsafeMutablePointer<SlipwayAdbcHandle>.allocate(capacity: 1)
    private var hasDatabase = false
    private var hasConnection = false

    init(driver: AdbcDriver, options: [String: String] = [:]) throws(AdbcFailure) {
        self.driver = driver
        database.initialize(to: SlipwayAdbcHandle())
        connection.initialize(to: SlipwayAdbcHandle())
        let (database, connection, table) = (database, connection, driver.table)
        try driver.call { table.pointee.database_new?(database, $0) }
        hasDatabase = true
        for (key, value) in options.sorted(by: { $0.key < $1.key }) {
            try driver.call { table.pointee.database_set_option?(database, key, value, $0) }
        }
        try driver.call { table.pointee.database_init?(database, $0) }
        try driver.call { table.pointee.connection_new?(connection, $0) }
        hasConnection = true
        try driver.call { table.pointee.connection_init?(connection, database, $0) }
    }

    deinit {
        let (database, connection, table) = (database, connection, driver.table)
        // Nothing can be done about a release that fails.
        if hasConnection { try? driver.call { table.pointee.connection_release?(connection, $0) } }
        if hasDatabase { try? driver.call { table.pointee.database_release?(database, $0) } }
        connection.deallocate()
        database.deallocate()
    }

    /// Runs a statement to its end.
    func execute(_ sql: String) throws(AdbcFailure) {
        let stream = try query(sql)
        while try stream.next() != nil {}
    }

    /// Makes a table of a batch in the Arrow C data interface, which the driver takes over.
    func ingest(
        array: UnsafeMutablePointer<ArrowArray>,
        schema: UnsafeMutablePointer<ArrowSchema>,
        into table: String
    ) throws(AdbcFailure) {
        let statement = UnsafeMutablePointer<SlipwayAdbcHandle>.allocate(capacity: 1)
        statement.initialize(to: SlipwayAdbcHandle())
        defer { statement.deallocate() }
        let (connection, functions) = (connection, driver.table)
        try driver.call { functions.pointee.statement_new?(connection, statement, $0) }
        // Nothing can be done about a release that fails.
        defer { try? driver.call { functions.pointee.statement_release?(statement, $0) } }
        for (key, value) in [
            ("adbc.ingest.target_table", table), ("adbc.ingest.mode", "adbc.ingest.mode.create"),
        ] {
            try driver.call { functions.pointee.statement_set_option?(statement, key, value, $0) }
        }
        try driver.call { functions.pointee.statement_bind?(statement, array, schema, $0) }
        try driver.call { functions.pointee.statement_execute_query?(statement, nil, nil, $0) }
    }

    /// Starts a statement whose rows are then taken from the stream.
    func query(_ sql: String) throws(AdbcFailure) -> ArrowStream {
        try ArrowStream(session: self, connection: connection, sql: sql)
    }
}
