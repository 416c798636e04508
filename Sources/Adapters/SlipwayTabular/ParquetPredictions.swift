import Foundation
import Glibc
package import SlipwayDomain
package import SlipwayService
import Synchronization

/// Keeps predictions as Parquet files, written by DuckDB out of Arrow batches.
///
/// Small files of an hour are merged when many have come together, and once more when the next hour begins.
package final class ParquetPredictions: PredictionFiles {
    private let folder: PredictionFolder
    /// The disk is never filled beyond this: the ledger needs it more.
    private let spareBytes: Int64
    private let state = Mutex(State())

    /// So many small files at the end of an hour become one.
    private static let mergeCount = 16
    /// A file is small up to this size.
    private static let smallBytes = 32 << 20
    private static let memoryMebibytes = 256

    private struct State {
        /// The newest folder of each version, by `model/version`.
        var newest: [String: String] = [:]
    }

    /// Keeps the files below `root`, which is made when the first one is written.
    package init(root: String, spareBytes: Int64 = 0) {
        folder = PredictionFolder(root: root)
        self.spareBytes = spareBytes
    }

    package func write(_ batch: PredictionBatch) throws(ServiceError) {
        try translated {
            try state.withLock { state in
                guard folder.hasRoom(leaving: spareBytes) else {
                    throw ServiceError.unavailable("the disk has less free than --keep-free asks for")
                }
                let place = folder.folder(model: batch.model, hour: batch.hour.milliseconds)
                try add(batch, to: place)
                let key = "\(batch.model)/\(batch.version)"
                // An hour that is over has its last small files merged.
                if let before = state.newest[key], before != place {
                    tidy(before, version: batch.version, atLeast: 2)
                }
                state.newest[key] = place
                tidy(place, version: batch.version, atLeast: Self.mergeCount)
            }
        }
    }

    package func row(id: String, model: String, hour: Instant) throws(ServiceError) -> JSONValue? {
        try translated {
            let place = folder.folder(model: model, hour: hour.milliseconds)
            let files = PredictionFolder.whole(folder.parts(in: place)).map { place + "/" + $0.name }
            guard !files.isEmpty else { return nil }
            let stream = try session().query(
                "SELECT CAST(to_json(t) AS VARCHAR) AS row FROM \(Self.reader(files)) AS t "
                    + "WHERE prediction_id = \(SQLText.literal(id)) LIMIT 1"
            )
            let field = TabularField(name: "row", kind: .string)
            let decoder = ArrowDecoder(fields: try stream.fields(), schema: TabularSchema(fields: [field]))
            while let batch = try stream.next() {
                guard case .string(let texts)? = try decoder.decode(batch).columns.first, let text = texts.first else {
                    continue
                }
                return try text.map { try JSONValue(parsing: EngineJSON.strict($0)) }
            }
            return nil
        }
    }

    /// Clears away what a process that died left; to be called before anything is written.
    package func recover() throws(ServiceError) {
        try translated {
            try folder.make(folder.root)
            try folder.recover()
        }
    }

    /// Merges where it can; what cannot be merged now is whole as it is, and is tried again with the next file.
    private func tidy(_ place: String, version: Int, atLeast least: Int) {
        do {
            try merge(in: place, version: version, atLeast: least)
        } catch {
            return
        }
    }

    /// A database of its own, in which nothing outside the predictions can be reached.
    private func session() throws -> AdbcSession {
        let session = try AdbcSession(driver: TabularEngine().driver)
        for setting in [
            "memory_limit = '\(Self.memoryMebibytes)MiB'", "threads = 1", "temp_directory = ''",
            "autoinstall_known_extensions = false", "autoload_known_extensions = false", "TimeZone = 'UTC'",
            "allowed_directories = [\(SQLText.literal(folder.root + "/"))]", "enable_external_access = false",
            "lock_configuration = true",
        ] {
            try session.execute("SET \(setting)")
        }
        return session
    }

    private func add(_ batch: PredictionBatch, to place: String) throws {
        let next = (folder.parts(in: place).map(\.last).max() ?? 0) + 1
        let part = PredictionFolder.Part(version: batch.version, first: next, last: next)
        try copy(part, to: place, compression: "snappy") { session in
            try session.ingest(ArrowExport(batch), into: "batch")
            return "batch"
        }
    }

    /// Merges the small files at the end of an hour, if there are so many.
    private func merge(in place: String, version: Int, atLeast least: Int) throws {
        let parts = PredictionFolder.whole(folder.parts(in: place))
        let own = parts.filter { $0.version == version }
        // Only neighbours: the merged file's numbers stand for everything between them.
        let run = Array(own.reversed().prefix { $0.bytes < Self.smallBytes }.reversed())
        guard run.count >= least, let first = run.first, let last = run.last else { return }
        let note = folder.unfinished + "/v\(version)-\(first.first).merge"
        try Data(place.utf8).write(to: URL(fileURLWithPath: note))
        try folder.sync(note)
        defer { unlink(note) }
        let part = PredictionFolder.Part(version: version, first: first.first, last: last.last)
        try copy(part, to: place, compression: "zstd") { _ in Self.reader(run.map { place + "/" + $0.name }) }
        folder.removeMerged(in: place)
    }

    /// Writes what `source` names into a file of the folder.
    private func copy(
        _ part: PredictionFolder.Part,
        to place: String,
        compression: String,
        source: (AdbcSession) throws -> String
    ) throws {
        try folder.make(place)
        try folder.make(folder.unfinished)
        let unfinished = folder.unfinished + "/" + part.name
        defer { unlink(unfinished) }
        let session = try session()
        let table = try source(session)
        try session.execute(
            "COPY (SELECT * FROM \(table)) TO \(SQLText.literal(unfinished)) (FORMAT parquet, COMPRESSION \(compression))"
        )
        try folder.publish(unfinished, as: part, in: place)
    }

    private static func reader(_ files: [String]) -> String {
        let paths = files.map { SQLText.literal(TabularSource.escapingPattern($0)) }.joined(separator: ", ")
        return "read_parquet([\(paths)], union_by_name = true, hive_partitioning = false)"
    }

    private func translated<Value>(_ body: () throws -> Value) throws(ServiceError) -> Value {
        do {
            return try body()
        } catch let error as ServiceError {
            throw error
        } catch let error as TabularError {
            throw .unavailable(error.description)
        } catch let error as AdbcFailure {
            throw .unavailable(EngineMessage.sentence(error.message))
        } catch {
            throw .unavailable("\(error)")
        }
    }
}
