import Logging
import SlipwayDomain
import SlipwayLedger
import SlipwayPolicy
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStore

/// A server on a world's folder, put together as the executable does it.
struct Server: Sendable {
    let world: World
    let ledger: LedgerBook
    let accounts: Accounts
    let registry: Registry
    let governance: Governance
    let evaluations: Evaluations
    let releases: Releases
    let routing = RoutingTable()
    let log: PredictionLog
    let recorder: PredictionRecorder
    let shadows: ShadowRunner
    let copies: ShadowQueue
    let inference: Inference
    let labels: Labels
    let performance: Performance
    let monitoring: Monitoring
    let controller: ReleaseController
    let reports: ModelReports
    let gateways: Gateways

    init(world: World, database: any SQLDatabase, queue: Int, metrics: (any MetricSource)? = nil) {
        self.world = world
        let runtime = world.clock.runtime
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let pool = BlockingPool(name: "test", threads: 2)
        ledger = LedgerBook(database: database, runtime: runtime, signer: world.signer)
        accounts = Accounts(database: database, runtime: runtime, ledger: ledger)
        registry = Registry(database: database, artifacts: world.store, recorder: ledger, runtime: runtime)
        let files = ModelFiles(registry: registry, artifacts: world.store, pool: pool)
        governance = Governance(
            database: database,
            runtime: runtime,
            ledger: ledger,
            files: files,
            engine: world.engine
        )
        evaluations = Evaluations(governance: governance, tables: world.tables, pool: pool)
        releases = Releases(
            database: database,
            runtime: runtime,
            ledger: ledger,
            governance: governance,
            asksQueries: metrics != nil
        )
        log = PredictionLog(capacityBytes: queue)
        let windows = LiveWindows(database: database, routing: routing)
        recorder = PredictionRecorder(
            log: log,
            database: database,
            windows: windows,
            runtime: runtime,
            output: quiet
        )
        copies = ShadowQueue()
        shadows = ShadowRunner(queue: copies, pool: pool, runtime: runtime)
        inference = Inference(
            routing: routing,
            pool: pool,
            log: log,
            shadows: copies,
            candidatePool: pool,
            runtime: runtime
        )
        labels = Labels(database: database, ledger: ledger, recorder: recorder, runtime: runtime)
        performance = Performance(
            database: database,
            ledger: ledger,
            recorder: recorder,
            routing: routing,
            runtime: runtime
        )
        monitoring = Monitoring(
            database: database,
            ledger: ledger,
            runtime: runtime,
            windows: windows,
            recorder: recorder,
            routing: routing,
            log: quiet
        )
        let feed = GatewayFeed()
        gateways = Gateways(database: database, feed: feed, files: files, windows: windows, runtime: runtime)
        controller = ReleaseController(
            releases: releases,
            shelf: ModelShelf(files: files, engine: world.engine),
            routing: routing,
            pool: pool,
            metrics: metrics,
            feed: feed,
            runtime: runtime,
            log: quiet
        )
        reports = ModelReports(ledger: ledger, routing: routing, predictions: log, runtime: runtime)
    }

    /// Loads what serves now and looks once, as the first moment after a start does.
    func boot() async throws {
        let controller = controller
        try await Task { try await controller.run() }.value
    }

    func ship(_ version: Int, by caller: Caller = World.alice) async throws -> ReleaseState {
        let shipment = try await releases.ship(
            model: World.model,
            version: version,
            environment: .production,
            caller: caller
        )
        switch shipment {
        case .started(_, let state): return state
        case .denied(let recorded): throw ServiceError.forbidden(recorded.decision.text)
        }
    }

    /// One question about one flight.
    @discardableResult
    func ask(
        _ key: String?,
        delay: Double = 0.3,
        distance: Double = 10,
        target: VersionTarget? = nil,
        headers: [String: String] = [:]
    ) async throws -> InferenceAnswer {
        let input = Tensor(name: "input", shape: [1, 2], data: .fp32([Float(distance), Float(delay)]))
        return try await inference.infer(
            model: World.model,
            version: nil,
            request: InferenceRequest(
                id: nil,
                key: key,
                inputs: [input],
                outputs: nil,
                target: target,
                header: { headers[$0] }
            )
        )
    }

    /// Live traffic like the reference, shifted by `shift`; a failing model's errors are its own.
    func traffic(_ count: Int, named name: String = "k", shift: Double = 0) async throws {
        for index in 0..<count {
            do {
                try await ask(
                    "\(name)-\(index)",
                    delay: Double(index * 37 % 100) / 100 + shift,
                    distance: Double(index % 50)
                )
            } catch let error as ServiceError where error.kind == .internal {
                // Counted by the meter, which is what the release rests on.
            }
        }
        try await recorder.flush()
        try await shadows.flush()
    }

    /// Traffic, time and looks until the release is over; the most recent state if it never is.
    func finish(_ id: ReleaseID, rounds: Int = 60, requests: Int = 120) async throws -> ReleaseState {
        for round in 0..<rounds {
            try await controller.lookAfterAll()
            let state = try await releases.state(id)
            if state.isTerminal {
                try await controller.lookAfterAll()
                return state
            }
            if state.phase == .progressing { try await traffic(requests, named: "\(id)-\(round)") }
            world.clock.advance(.minutes(2))
        }
        return try await releases.state(id)
    }

    func entries(_ name: String) async throws -> [Entry] { try await ledger.entries().filter { $0.name == name } }

    func endpoint() async throws -> EndpointRow? {
        try await world.database.read { try EndpointTable.row(World.model, in: $0) }
    }
}

extension Labels {
    /// Gives labels and tells how many found their prediction.
    func add(_ labels: [(id: String, label: Double)], model: String) async throws -> Int {
        try await add(labels.map { GivenLabel(id: $0.id, label: $0.label) }, model: model).joined
    }
}

extension PredictionTable {
    /// Scores and labels of the predictions in [from, to), and how many predictions there were in all.
    static func labelled(
        model: String,
        from: Instant,
        to: Instant,
        in connection: any SQLReader
    ) throws -> (scores: [Double], labels: [Double], predictions: Int) {
        var found: (scores: [Double], labels: [Double], predictions: Int) = ([], [], 0)
        try AnswerTable.eachAnswer(model: model, from: from, to: to, in: connection) { row in
            found.predictions += 1
            guard let score = row.score, let label = row.label else { return }
            found.scores.append(score)
            found.labels.append(label)
        }
        return found
    }
}
