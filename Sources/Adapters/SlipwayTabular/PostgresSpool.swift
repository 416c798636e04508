import CArrow
import Foundation

/// The answer of a query in PostgreSQL, kept as Parquet files in a folder of its own for as long as it is read.
///
/// The driver streams the answer in batches of some megabytes and each becomes a file, so memory stays bounded whatever
/// the size. What narrows the answer (columns, conditions) belongs into the query: PostgreSQL carries it out.
final class PostgresSpool {
    private let scratch: ScratchFolder
    /// The data's name for messages.
    let shown: String

    /// The folder; removed with the spool.
    var folder: String { scratch.path }
    /// The pattern of the files.
    var pattern: String { folder + "/part-*.parquet" }

    init(_ location: PostgresLocation, engine: AdbcDriver, memoryMebibytes: Int) throws(TabularError) {
        shown = location.shown
        let driver = try PostgresDriver.driver()
        scratch = try ScratchFolder(for: "postgresql")
        do {
            try fill(location, driver: driver, engine: engine, memoryMebibytes: memoryMebibytes)
        } catch {
            throw .unreadable(file: shown, reason: EngineMessage.sentence(error.message))
        }
    }

    private func fill(
        _ location: PostgresLocation,
        driver: AdbcDriver,
        engine: AdbcDriver,
        memoryMebibytes: Int
    ) throws(AdbcFailure) {
        let source = try AdbcSession(driver: driver, options: ["uri": location.uri])
        let target = try AdbcSession(driver: engine)
        for setting in [
            "memory_limit = '\(max(64, memoryMebibytes))MiB'", "threads = 1", "temp_directory = ''",
            "autoinstall_known_extensions = false", "autoload_known_extensions = false", "TimeZone = 'UTC'",
            "allowed_directories = [\(SQLText.literal(folder + "/"))]", "enable_external_access = false",
            "lock_configuration = true",
        ] {
            try target.execute("SET \(setting)")
        }
        // Nobody changes a database by reading it: the session cannot, and a subquery holds nothing but a SELECT.
        try source.execute("SET default_transaction_read_only = on")
        let stream = try source.query("SELECT * FROM (\(location.select)\n) AS slipway_data")
        let casts = try stream.fields().map { field -> String in
            // Numbers of any precision come as text.
            let name = SQLText.name(field.name)
            return field.isNumeric ? "CAST(\(name) AS DOUBLE) AS \(name)" : name
        }
        var part = 0
        while let batch = try stream.next() {
            part += 1
            let schema = try stream.schema()
            defer { schema.deallocate() }
            try target.ingest(array: batch.array, schema: schema, into: "batch")
            let number = String(repeating: "0", count: max(0, 8 - "\(part)".count)) + "\(part)"
            let file = SQLText.literal("\(folder)/part-\(number).parquet")
            try target.execute("COPY (SELECT \(casts.joined(separator: ", ")) FROM batch) TO \(file) (FORMAT parquet)")
            try target.execute("DROP TABLE batch")
        }
        guard part > 0 else { throw AdbcFailure(message: "the answer has no rows") }
    }
}
