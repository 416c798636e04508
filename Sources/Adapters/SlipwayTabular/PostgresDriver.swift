import CArrow
import Foundation
import Glibc
import Synchronization

/// Finds and opens the ADBC driver for PostgreSQL.
enum PostgresDriver {
    /// The environment variable that names the library.
    static let environmentVariable = "SLIPWAY_ADBC_POSTGRESQL"
    private static let unpacked = ".deps/adbc-driver-postgresql/adbc_driver_postgresql/libadbc_driver_postgresql.so"
    private static let opened = Mutex<AdbcDriver?>(nil)

    /// The driver, opened once per process.
    static func driver() throws(TabularError) -> AdbcDriver {
        try opened.withLock { (known: inout AdbcDriver?) throws(TabularError) in
            if let known { return known }
            let driver = try open(try locate())
            known = driver
            return driver
        }
    }

    private static func locate() throws(TabularError) -> String {
        if let path = getenv(environmentVariable).map({ String(cString: $0) }), !path.isEmpty {
            guard FileManager.default.fileExists(atPath: path) else { throw missing([path]) }
            return path
        }
        let places = DuckDBLibrary.roots().map { "\($0)/\(unpacked)" }
        guard let path = places.first(where: FileManager.default.fileExists) else {
            throw missing(Array(places.prefix(1)))
        }
        return path
    }

    private static func missing(_ places: [String]) -> TabularError {
        .driverNotFound(
            database: "PostgreSQL",
            advice: "set \(environmentVariable) to the library of the wheel adbc-driver-postgresql",
            searched: places
        )
    }

    private static func open(_ path: String) throws(TabularError) -> AdbcDriver {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw .libraryUnusable(path: path, reason: dlerror().map { String(cString: $0) } ?? "it cannot be opened")
        }
        guard let symbol = dlsym(library, "AdbcDriverPostgresqlInit") ?? dlsym(library, "AdbcDriverInit") else {
            throw .libraryUnusable(path: path, reason: "it has no function AdbcDriverInit")
        }
        do {
            return try AdbcDriver(initialize: unsafeBitCast(symbol, to: SlipwayAdbcInitialize.self))
        } catch {
            throw .libraryUnusable(path: path, reason: EngineMessage.sentence(error.message))
        }
    }
}

/// Where data lie in PostgreSQL: a connection URI, and what to read there.
struct PostgresLocation: Sendable {
    /// The URI for the driver.
    let uri: String
    /// The URI for people: without a password.
    let shown: String
    /// The one SELECT that gives the data.
    let select: String

    /// Whether a text names such data.
    static func isNamed(by text: String) -> Bool { text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") }

    /// Reads `postgresql://user@host/database?table=schema.name`; a query takes the table's place.
    init(_ text: String, query: String?) throws(TabularError) {
        guard var parts = URLComponents(string: text), parts.host?.isEmpty == false || parts.queryItems != nil else {
            throw .queryRefused(reason: "the address is no postgresql://USER@HOST/DATABASE?table=NAME.")
        }
        let table = parts.queryItems?.first { $0.name == "table" }?.value
        let rest = parts.queryItems?.filter { $0.name != "table" } ?? []
        parts.queryItems = rest.isEmpty ? nil : rest
        uri = parts.string ?? text
        if parts.password != nil { parts.password = "***" }
        parts.queryItems = parts.queryItems?.filter { $0.name != "password" }
        shown = (parts.string ?? "postgresql://") + (table.map { "#\($0)" } ?? "")
        if let query {
            select = try EngineMessage.singleSelect(query)
        } else if let table, !table.isEmpty {
            select =
                "SELECT * FROM " + table.split(separator: ".").map { SQLText.name(String($0)) }.joined(separator: ".")
        } else {
            throw .queryRefused(reason: "it is not said what to read: add ?table=NAME to the address, or give a query.")
        }
    }
}
