import Foundation
import Synchronization

/// What one scan may use.
package struct TabularLimits: Sendable, Equatable {
    /// The engine's memory, in mebibytes; a scan that needs more fails, and writes no temporary files.
    package var memoryMebibytes: Int
    /// The threads that the engine uses beside the caller's.
    package var threads: Int

    /// Sets limits.
    package init(memoryMebibytes: Int = 512, threads: Int = 2) {
        self.memoryMebibytes = memoryMebibytes
        self.threads = threads
    }
}

/// Reads CSV, Parquet and JSON files through DuckDB's ADBC driver.
///
/// Every file that is opened has a database of its own, in memory, in which nothing but it can be opened: no other file, no
/// network, no extension, no change of settings. All calls block until they are done, so make them on a thread that may
/// block and not on Swift's cooperative pool; several may run at once.
package final class TabularEngine: Sendable {
    /// The name by which a query reaches the file.
    package static let tableName = "data"

    /// The file that the library was opened from.
    package let libraryPath: String

    let driver: AdbcDriver
    let limits: TabularLimits

    private static let drivers = Mutex<[String: AdbcDriver]>([:])

    /// Opens the library, once per process, and gives an engine with these limits.
    ///
    /// Without a path, `SLIPWAY_DUCKDB` is followed, and then `.deps/duckdb` is looked for.
    package init(libraryPath: String? = nil, limits: TabularLimits = TabularLimits()) throws(TabularError) {
        let path = try DuckDBLibrary.locate(explicitPath: libraryPath)
        self.libraryPath = path
        self.limits = limits
        driver = try Self.drivers.withLock { (drivers: inout [String: AdbcDriver]) throws(TabularError) in
            if let driver = drivers[path] { return driver }
            let driver = try DuckDBLibrary.driver(path: path)
            drivers[path] = driver
            return driver
        }
    }

    /// The files that `data` names, with their sizes; none when they cannot be read.
    package static func files(of data: String) -> [(path: String, bytes: Int64)] {
        guard let source = try? TabularSource(file: data) else { return [] }
        return source.paths.map { path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (path, (attributes?[.size] as? NSNumber)?.int64Value ?? 0)
        }
    }

    /// Opens a file, or the files of a pattern, to be read once or several times.
    package func file(_ file: String) throws(TabularError) -> TabularFile {
        TabularFile(scan: try TabularScan(file: file, driver: driver, limits: limits))
    }

    /// Opens data for several statements: a file, a pattern such as `data/*.parquet`, or a table of PostgreSQL
    /// (`postgresql://user@host/database?table=name`). `query` is a SELECT whose answer takes their place; PostgreSQL
    /// carries it out itself, over its own tables.
    package func open(
        file: String,
        query: String? = nil,
        reading: TabularReading = TabularReading()
    ) throws(TabularError) -> TabularTable {
        let select: String? = if let query { try EngineMessage.singleSelect(query) } else { nil }
        let scan = try TabularScan(file: file, query: select, reading: reading, driver: driver, limits: limits)
        return try TabularTable(scan: scan, query: select)
    }

    /// Keeps what one SELECT over a file gives as a new Parquet file; the query reaches the file as the table `data`, or, in
    /// PostgreSQL, the tables that are there.
    package func keep(_ sql: String, of file: String, at path: String) throws(TabularError) {
        let select = try EngineMessage.singleSelect(sql)
        let scan = try TabularScan(file: file, query: select, output: path, driver: driver, limits: limits)
        if scan.isSpooled { return try scan.copy(scan.source.reader, to: path) }
        try scan.bindTable()
        do throws(TabularError) {
            // The new line ends a comment that the query may end with.
            try scan.copy("(\(select)\n) AS result", to: path)
        } catch {
            guard case .unreadable(_, let reason) = error else { throw error }
            throw .queryRefused(reason: reason)
        }
    }

    /// Runs one SELECT over a file, which it reaches as the table `data`, and hands the rows to `batch`.
    ///
    /// A semicolon is allowed at the end only, so that nothing but a SELECT can be run; write `chr(59)` for one inside
    /// a string.
    @discardableResult
    package func query(
        _ sql: String,
        file: String,
        batch: (TabularBatch) throws -> Void
    ) throws -> TabularSchema {
        let select = try EngineMessage.singleSelect(sql)
        let scan = try TabularScan(file: file, query: sql, driver: driver, limits: limits)
        if scan.isSpooled {
            return try scan.run(try scan.plans(from: scan.source.reader), from: scan.source.reader, batch: batch)
        }
        try scan.bindTable()
        // The new line ends a comment that the query may end with.
        let source = "(\(select)\n) AS result"
        do {
            return try scan.run(try scan.plans(from: source), from: source, batch: batch)
        } catch TabularError.unreadable(_, let reason) {
            throw TabularError.queryRefused(reason: reason)
        }
    }
}
