import AsyncHTTPClient
import Foundation
import SlipwayDomain
import SlipwaySQLite
import SlipwayStore

/// MLflow's SQLite file, and the folders where its server kept artifacts.
struct DatabaseSource: ImportSource {
    let name: String
    private let file: SQLiteFile
    private let layout: MLflowDatabase
    private let since: Instant?
    private let folders: LocalArtifacts

    private static let runsPerPage = 200
    private static let pointsPerPage = 20_000

    /// Opens the file; `artifacts` is the folder that a server with `--artifacts-destination` wrote to.
    static func open(path: String, artifacts: String?, since: Instant?) async throws -> DatabaseSource {
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: absolute, isDirectory: &isFolder),
            FileManager.default.isReadableFile(atPath: absolute)
        else {
            throw CommandError("cannot read \(absolute): is the path right? A server's address begins with http://")
        }
        guard !isFolder.boolValue else {
            throw CommandError(
                "\(absolute) is a folder: give the mlflow.db in it, or for a folder of runs in files start "
                    + "`mlflow server --backend-store-uri \(absolute)` and give that server's URL"
            )
        }
        do {
            let file = try SQLiteFile(reading: absolute)
            guard let layout = try await file.read({ try MLflowDatabase(in: $0) }) else {
                throw CommandError(
                    "\(absolute) is no database of MLflow: it has no tables experiments, runs and metrics"
                )
            }
            let folders = try LocalArtifacts(database: absolute, served: artifacts)
            return DatabaseSource(name: absolute, file: file, layout: layout, since: since, folders: folders)
        } catch let error as StoreError {
            throw CommandError("cannot read \(absolute) as a SQLite database of MLflow (\(error))")
        }
    }

    func totals() async throws -> [ImportKind: Int64] {
        try await file.read { [layout, since] in try layout.totals(since: since, in: $0) }
    }

    func experiments() async throws -> [Experiment] {
        try await file.read { [layout] in try layout.experiments(in: $0) }
    }

    func runs(of experiments: [Experiment], _ page: ([SourceRun]) async throws -> Void) async throws {
        var position: Int64? = 0
        while let after = position {
            let found = try await file.read { [layout, since] in
                try layout.runs(after: after, limit: Self.runsPerPage, since: since, in: $0)
            }
            try await page(found.items.map { SourceRun(run: $0.run, points: $0.points, marksFiles: true) })
            position = found.next
        }
    }

    func whole(_ runs: [SourceRun]) async throws -> [Run] { runs.map(\.run) }

    func points(of run: SourceRun, _ some: ([ImportedPoints]) async throws -> Void) async throws {
        guard run.points != 0 else { return }
        var position: Int64? = 0
        let id = run.run.info.id
        while let after = position {
            let found = try await file.read { [layout] in
                try layout.points(of: id, after: after, limit: Self.pointsPerPage, in: $0)
            }
            try await some(found.items)
            position = found.next
        }
    }

    func loggedModels(of experiments: [Experiment], _ page: ([LoggedModel]) async throws -> Void) async throws {
        var position: Int64? = 0
        while let after = position {
            let found = try await file.read { [layout, since] in
                try layout.loggedModels(after: after, limit: Self.runsPerPage, since: since, in: $0)
            }
            try await page(found.items)
            position = found.next
        }
    }

    func runs(named ids: [String]) async throws -> [SourceRun] {
        try await file.read { [layout] in try layout.runs(named: ids, in: $0) }
            .map { SourceRun(run: $0.run, points: $0.points, marksFiles: true) }
    }

    func loggedModels(named ids: [String]) async throws -> [LoggedModel] {
        try await file.read { [layout] in try layout.loggedModels(named: ids, in: $0) }
    }

    func traces(of experiments: [Experiment], _ page: ([SourceTrace]) async throws -> Void) async throws {
        var position: Int64? = 0
        while let after = position {
            let found = try await file.read { [layout, since] in
                try layout.traces(after: after, limit: Self.runsPerPage, since: since, in: $0)
            }
            try await page(found.items.map(withFile))
            position = found.next
        }
    }

    /// A trace whose spans are not in the database has them in a file among its artifacts.
    private func withFile(_ trace: ImportedTrace) -> SourceTrace {
        guard trace.spans.isEmpty, let uri = trace.info.tag(TraceKey.artifactLocation) else {
            return SourceTrace(trace: trace)
        }
        var trace = trace
        do {
            guard let text = try folders.text("traces.json", at: uri) else { return SourceTrace(trace: trace) }
            trace.spans = try TraceFile.spans(Array(text))
            return SourceTrace(trace: trace)
        } catch {
            return SourceTrace(trace: trace, problem: "\(error)")
        }
    }

    func registeredModels() async throws -> [SourceModel] {
        try await file.read { [layout] in try layout.registeredModels(in: $0).map { SourceModel(model: $0) } }
    }

    func versions(of model: SourceModel) async throws -> [SourceVersion] {
        try await file.read { [layout, since] reader in
            try layout.versions(of: model.model.name, in: reader).filter { $0.version.isWanted(since: since) }
                .map { SourceVersion(version: $0.version, storage: $0.storage) }
        }
    }

    func others(_ experiments: [Experiment]) async throws -> [String] {
        try await file.read { [layout] in try layout.others(in: $0).map { "\($0.count) \($0.what)" } }
    }

    func files(of owner: ImportedOwner, at uri: String) async throws -> [SourceFile] { try folders.files(at: uri) }

    func open(_ file: SourceFile, of owner: ImportedOwner, at uri: String) async throws -> (
        size: Int64, body: HTTPClientRequest.Body
    ) {
        try folders.open(file, at: uri)
    }
}
