import Foundation
import Hummingbird
import Logging
import SlipwayDomain
import SlipwayJSON
import SlipwayMLflow
import SlipwayObjects
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import SlipwayWire
import Synchronization
import Testing

/// Keeps what the registry would write into the ledger.
final class RecordedEntries: EntryRecorder {
    private let drafts = Mutex<[EntryDraft]>([])

    func record(_ draft: EntryDraft, at time: Instant, in connection: any SQLWriter) throws -> EntryID {
        drafts.withLock { list in
            list.append(draft)
            return EntryID("entry-\(list.count)")
        }
    }

    var all: [EntryDraft] { drafts.withLock { $0 } }
}

/// The registry and the artifacts on a real database and real files, and MLflow's door to them on a real socket.
final class RegistryServer: Sendable {
    let base: String
    let database: SQLiteDatabase
    let entries = RecordedEntries()
    let tracking: Tracking
    let registry: Registry
    let artifacts: Artifacts
    let store: FileArtifactStore

    static let secret = "the outside stays as it is"

    init() async throws {
        base = NSTemporaryDirectory() + "slipway-registry-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: base + "/data", withIntermediateDirectories: true)
        try Self.secret.write(toFile: base + "/secret.txt", atomically: false, encoding: .utf8)
        database = try SQLiteDatabase(path: base + "/data/slipway.sqlite")
        try await Migrator.migrate(database)
        store = try FileArtifactStore(root: base + "/data/artifacts")
        // Each look at the clock is one millisecond later, so that "last changed" is never a tie.
        var runtime = Runtime.live()
        let clock = TickingClock(ticks: 1_700_000_000_000)
        runtime.now = { clock.now() }
        tracking = Tracking(database: database, runtime: runtime)
        artifacts = Artifacts(database: database, store: store)
        registry = Registry(database: database, artifacts: store, recorder: entries, runtime: runtime)
    }

    deinit { try? FileManager.default.removeItem(atPath: base) }

    private var groups: [any RouteGroup] {
        [
            ExperimentRoutes(tracking: tracking), RunRoutes(tracking: tracking),
            LoggedModelRoutes(tracking: tracking, artifacts: artifacts), RegisteredModelRoutes(registry: registry),
            ModelVersionRoutes(registry: registry), ArtifactRoutes(artifacts: artifacts, registry: registry),
            MultipartRoutes(artifacts: artifacts),
        ]
    }

    /// Serves on a free port of this machine while `body` runs.
    func serving(
        also more: (any RouteGroup)? = nil,
        _ body: @escaping @Sendable (RawClient) async throws -> Void
    ) async throws {
        let router = Router(context: WireContext.self)
        for route in MLflowDoor(groups + [more].compactMap { $0 }).routes {
            router.on(RouterPath(route.path), method: route.method, use: route.handle)
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next())
            defer { group.cancelAll() }
            try await body(RawClient(port: number))
        }
    }

    /// Makes an experiment and a run in it; returns the run's id.
    func makeRun(_ client: RawClient) async throws -> String {
        if try await client.send("GET /api/2.0/mlflow/experiments/get?experiment_id=1").status != 200 {
            _ = try await client.post("/api/2.0/mlflow/experiments/create", ["name": "made by a test"])
        }
        let answer = try await client.post(
            "/api/2.0/mlflow/runs/create",
            ["experiment_id": "1", "start_time": 1, "user_id": "u"]
        )
        return try #require(answer.json["run"]?["info"]?["run_id"]?.string)
    }

    /// Whether nothing outside the artifact store was read into it, written or removed.
    func outsideIsUntouched() throws -> Bool {
        let names = try FileManager.default.contentsOfDirectory(atPath: base).sorted()
        let text = try String(contentsOfFile: base + "/secret.txt", encoding: .utf8)
        return names == ["data", "secret.txt"] && text == Self.secret
    }

    /// All files and folders of the artifact store, without its own folder.
    func tree() -> [String] {
        let all = FileManager.default.subpaths(atPath: base + "/data/artifacts") ?? []
        return all.filter { !$0.hasPrefix(".slipway-work") }.sorted()
    }

    /// What uploads under way or broken off have left.
    func leftovers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: base + "/data/artifacts/.slipway-work")
    }
}

/// A clock that moves by one millisecond whenever it is read.
private final class TickingClock: Sendable {
    private let ticks: Atomic<Int64>

    init(ticks: Int64) { self.ticks = Atomic(ticks) }

    func now() -> Instant { Instant(milliseconds: ticks.add(1, ordering: .relaxed).newValue) }
}
