import Foundation
import Logging
import SlipwayDomain
import SlipwayLedger
import SlipwayObjects
import SlipwayPolicy
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStatistics
import SlipwayStore

/// Everything that outlives a server: the data folder, the clock, and the fakes.
final class World: Sendable {
    static let model = "flight-delay"
    static let alice = Caller(user: "alice", isAdmin: true)
    static let bob = Caller(user: "bob")

    let folder: URL
    let clock: TestClock
    let database: SQLiteDatabase
    let store: FileArtifactStore
    let engine: FakeEngine
    let tables = FakeTables()
    let signer: CheckpointSigner

    init(seed: UInt64 = 20_130_401, copying template: World? = nil) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "slipway-service-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "slipway.sqlite").path
        if let template {
            try template.database.checkpoint()
            let files = FileManager.default
            try files.copyItem(atPath: template.folder.appending(path: "slipway.sqlite").path, toPath: path)
            try files.copyItem(
                at: template.folder.appending(path: "artifacts"),
                to: folder.appending(path: "artifacts")
            )
        }
        clock = template?.clock ?? TestClock(seed: seed)
        engine = template?.engine ?? FakeEngine(clock: clock)
        database = try SQLiteDatabase(path: path)
        store = try FileArtifactStore(root: folder.appending(path: "artifacts").path)
        signer = try CheckpointSigner(name: "test.slipway", seed: Array(repeating: 7, count: 32))
        try await Migrator.migrate(database)
    }

    deinit {
        // What cannot be removed from the temporary folder harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    /// A server on the folder; a second call is a restart.
    func start(
        on other: (any SQLDatabase)? = nil,
        queue: Int = 64 << 20,
        metrics: (any MetricSource)? = nil
    ) -> Server {
        Server(
            world: self,
            database: FaultyDatabase(other ?? database, dyingAfter: nil, keeping: self),
            queue: queue,
            metrics: metrics
        )
    }

    /// Writes a model file and registers it as the next version.
    @discardableResult
    func register(_ file: String, by caller: Caller = alice) async throws -> Int {
        let registry = start().registry
        do {
            _ = try await registry.createModel(caller: caller, name: Self.model, description: nil, tags: [])
        } catch let error as ServiceError where error.kind == .alreadyExists {
            // The second version and later.
        }
        let name = "1/\(clock.runtime.newRandomID())"
        try await write(file, to: "\(name)/model.onnx")
        let new = NewModelVersion(model: Self.model, source: "mlflow-artifacts:/\(name)")
        return Int(try await registry.createVersion(caller: caller, new).record.version)
    }

    /// Replaces the file of a version behind everybody's back.
    func exchange(_ version: Int, for file: String) async throws {
        let path = try await start().registry.modelFile(ofVersion: Int64(version), of: Self.model)
        try await write(file, to: path.description)
    }

    private func write(_ text: String, to path: String) async throws {
        var pieces = [Array(text.utf8)]
        try await store.write(ArtifactPath(path)) { pieces.popLast() }
    }

    static func manifest(
        tier: Int = 2,
        steps: String = "[20, 50, 100]",
        drift: String = "{features: all, window: 1h, minRows: 100}",
        release: String? = nil,
        analysis: [String] = [
            "{metric: error_rate, against: stable, maxIncrease: 0.3}", "{metric: disagreement, max: 0.4}",
        ],
        objectives: String? = nil
    ) -> String {
        """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: \(model), owner: team-ops, tier: \(tier)}
        spec:
          task: binary-classification
          evaluation:
            - {metric: roc_auc, min: 0.6}
            - {metric: roc_auc, against: champion, maxDrop: 0.05}
            - {metric: recall, slice: carrier, minRatio: 0.5}
          release:
            \(release ?? "strategy: canary\n    steps: \(steps)")
            stepDuration: 1m
            minRequests: 30
            deadline: 2h
            analysis:
              \(analysis.map { "- " + $0 }.joined(separator: "\n      "))
          monitors:
            drift: \(drift)
            performance: {metric: roc_auc, min: 0.65, labels: {delay: 24h}}
          runbook: runbook.md
        \(objectives.map { "  objectives: \($0)" } ?? "")
        """
    }

    /// A labelled table on which the fake models score well.
    func holdout() -> Dataset {
        let count = 400
        let delays = (0..<count).map { Double($0 % 100) / 100 }
        tables.set(
            "holdout",
            [
                ("distance", .numbers((0..<count).map { Double($0 % 50) })), ("delay", .numbers(delays)),
                ("late", .numbers(delays.map { $0 > 0.55 ? 1 : 0 })),
                ("carrier", .texts((0..<count).map { $0 % 3 == 0 ? "AA" : "UA" })),
            ]
        )
        return Dataset(path: "holdout", digest: "sha256:holdout", label: "late")
    }

    /// What live inputs are compared with.
    static func reference() throws -> DatasetProfile {
        try DatasetProfile(
            reference: [
                ("distance", .numbers((0..<2000).map { Double($0 % 50) })),
                ("delay", .numbers((0..<2000).map { Double($0 % 100) / 100 })),
            ])
    }

    /// Everything that production asks of a version: evidence, and another person's approval.
    func qualify(_ version: Int) async throws {
        let server = start()
        _ = try await server.evaluations.evaluate(
            model: Self.model,
            version: version,
            dataset: holdout(),
            caller: Self.alice
        )
        _ = try await server.governance.record(
            reference: JSONValue(encoding: Self.reference()),
            datasetDigest: "sha256:training",
            model: Self.model,
            version: version,
            caller: Self.alice
        )
        let asked = try await server.governance.check(
            model: Self.model,
            version: version,
            environment: .production,
            caller: Self.alice
        )
        clock.advance(.seconds(1))
        if let approval = asked.approval {
            _ = try await server.governance.answer(approval, granted: true, reason: nil, caller: Self.bob)
        }
        clock.advance(.seconds(1))
    }

    /// A world with versions of these files, all allowed in production.
    static func qualified(
        _ files: [String],
        seed: UInt64 = 20_130_401,
        manifest: String = manifest()
    ) async throws -> World {
        let world = try await World(seed: seed)
        _ = try await world.start().governance.apply(manifest: manifest, file: "slipway.yaml", caller: alice)
        for file in files {
            let version = try await world.register(file)
            world.clock.advance(.seconds(1))
            try await world.qualify(version)
        }
        return world
    }
}

extension World {
    /// A stored reference profile with these columns.
    static func twoColumns(_ names: [String]) throws -> String {
        let values = ColumnValues.numbers((0..<500).map { Double($0 % 100) / 100 })
        let profile = try DatasetProfile(reference: names.map { ($0, values) })
        return try CanonicalJSON.text(of: JSONValue(encoding: profile))
    }
}
