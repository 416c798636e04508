import Logging
import SlipwayConnectors
import SlipwayConsole
import SlipwayDomain
import SlipwayHTTP
import SlipwayInference
import SlipwayLedger
import SlipwayMLflow
import SlipwayONNX
import SlipwayOTLP
import SlipwayObjects
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import SlipwayTabular
import SlipwayWire

/// The one place where adapters meet services and services meet doors.
struct House: Sendable {
    let folder: DataFolder
    let database: SQLiteDatabase
    let runtime: Runtime
    let ledger: LedgerBook
    let accounts: Accounts
    let controller: ReleaseController
    let recorder: PredictionRecorder
    let shadows: ShadowRunner
    let monitoring: Monitoring
    let courier: WebhookCourier
    let housekeeping: Housekeeping
    let upstreams: Upstreams
    let inference: Inference
    /// What the inference doors say of the models that are there.
    let repository: any ModelRepository
    let doors: Doors

    /// The doors, each with the path under which its dialect of errors is spoken.
    struct Doors: Sendable {
        let mlflow: MLflowDoor
        let otlp: OTLPDoor
        let inference: InferenceDoor
        let native: NativeDoor
        let console: ConsoleDoor
        /// MLflow's own pages, when they were asked for.
        let pages: MLflowPages?

        var all: [any Door] { [mlflow, otlp, inference, native, console] + [pages].compactMap { $0 } }

        /// The door that answers for a path, also when no route of it matched.
        func door(for path: String) -> any Door {
            if path.hasPrefix("/v2") { return inference }
            if path.hasPrefix("/v1/") { return otlp }
            if path.hasPrefix(NativeDoor.root) { return native }
            let ofMLflow = [
                "/api/", "/ajax-api/", "/graphql", "/get-artifact", "/model-versions/", MLflowPages.root + "/",
            ]
            if ofMLflow.contains(where: { path.hasPrefix($0) }) { return mlflow }
            return console
        }
    }

    /// Who may call: the one rule of all doors.
    func access(_ options: ServerOptions) -> AccessRule {
        AccessRule(
            requiresToken: options.requireToken || !options.isLoopback,
            recall: { [accounts] in accounts.recall(token: $0) },
            authenticate: { [accounts] token throws(ServiceError) in await accounts.authenticate(token: token) }
        )
    }

    static func open(_ options: ServerOptions, log: Logger) async throws -> House {
        let folder = try DataFolder(path: options.data)
        var runtime = Runtime.live()
        let signer = try folder.signer {
            runtime.newKey()
        }
        let database = try SQLiteDatabase(path: folder.database)
        try await Migrator.migrate(database)
        runtime = try await ServerClock.runtime(options.clock, database: database)
        let now = runtime.now()
        _ = try await database.write { try ExperimentTable.dateDefault(now, in: $0) }
        let ledger = LedgerBook(database: database, runtime: runtime, signer: signer)
        let pages = try options.mlflowUI.map { try MLflowBuild.find($0) }
        let artifacts = try FileArtifactStore(root: folder.artifacts, spareBytes: options.keepFree.bytes)
        let uploads = try UploadFiles(folder: folder.uploads) { [runtime] in runtime.newRandomID() }
        let parquet = ParquetPredictions(root: folder.predictions, spareBytes: options.keepFree.bytes)
        try parquet.recover()
        let secrets = WebhookSecrets(key: try folder.webhookKey { runtime.newKey() }, runtime: runtime)
        let transport = HTTPWebhookTransport(
            authorities: try options.webhookCA.map { try TrustedAuthorities(file: $0, option: "--webhook-ca") }
        )
        let dialects = try UpstreamDialects(authorities: options.upstreamCA)
        return House(
            folder: folder,
            database: database,
            runtime: runtime,
            ledger: ledger,
            artifacts: artifacts,
            uploads: uploads,
            parquet: parquet,
            webhooks: (secrets, WebhookGate(transport: transport, allowed: options.webhookAllowHost)),
            dialects: dialects,
            pages: pages,
            options: options,
            log: log
        )
    }

    private init(
        folder: DataFolder,
        database: SQLiteDatabase,
        runtime: Runtime,
        ledger: LedgerBook,
        artifacts: FileArtifactStore,
        uploads: UploadFiles,
        parquet: ParquetPredictions,
        webhooks: (secrets: WebhookSecrets, gate: WebhookGate),
        dialects: UpstreamDialects,
        pages: PageFolder?,
        options: ServerOptions,
        log: Logger
    ) {
        let upstreams = Upstreams(
            network: dialects,
            allowed: options.upstreamAllow,
            runtime: runtime,
            log: log
        )
        let engine = UpstreamEngine(files: ONNXEngine(), upstreams: upstreams)
        let tables = DuckDBTables()
        // Requests have threads of their own, so that an evaluation never delays an answer.
        let serving = BlockingPool(name: "serving", threads: 2)
        let background = BlockingPool(name: "background", threads: 1)

        let accounts = Accounts(database: database, runtime: runtime, ledger: ledger)
        let registry = Registry(database: database, artifacts: artifacts, recorder: ledger, runtime: runtime)
        let tracking = Tracking(database: database, runtime: runtime)
        let limits = ArtifactLimits(largest: options.maxArtifactSize.bytes)
        let stored = Artifacts(database: database, store: artifacts, runtime: runtime, limits: limits)
        let purges = Purges(database: database, store: artifacts, ledger: ledger, runtime: runtime)
        let files = ModelFiles(registry: registry, artifacts: artifacts, pool: background)
        let governance = Governance(
            database: database,
            runtime: runtime,
            ledger: ledger,
            files: files,
            engine: engine
        )
        let evaluations = Evaluations(governance: governance, tables: tables, pool: background)
        let releases = Releases(
            database: database,
            runtime: runtime,
            ledger: ledger,
            governance: governance,
            asksQueries: options.prometheus != nil
        )

        let routing = RoutingTable()
        let predictions = PredictionLog()
        let windows = LiveWindows(database: database, routing: routing)
        var rotation = PredictionArchive.Limits()
        rotation.milliseconds = options.predictionFileMilliseconds
        let archive = PredictionArchive(
            files: parquet,
            database: database,
            runtime: runtime,
            output: log,
            limits: rotation
        )
        let recorder = PredictionRecorder(
            log: predictions,
            database: database,
            windows: windows,
            archive: archive,
            runtime: runtime,
            output: log
        )
        let copies = ShadowQueue()
        shadows = ShadowRunner(queue: copies, pool: BlockingPool(name: "shadow", threads: 1), runtime: runtime)
        let candidates = BlockingPool(name: "candidate", threads: 2)
        let inference = Inference(
            routing: routing,
            pool: serving,
            log: predictions,
            shadows: copies,
            candidatePool: candidates,
            runtime: runtime
        )
        let monitoring = Monitoring(
            database: database,
            ledger: ledger,
            runtime: runtime,
            windows: windows,
            recorder: recorder,
            routing: routing,
            log: log
        )
        let hooks = Webhooks(
            database: database,
            ledger: ledger,
            runtime: runtime,
            gate: webhooks.gate,
            secrets: webhooks.secrets
        )
        let reports = ModelReports(
            ledger: ledger,
            routing: routing,
            predictions: predictions,
            archive: archive,
            runtime: runtime
        )

        let marks = IncidentMarks(database: database, ledger: ledger, runtime: runtime)

        self.folder = folder
        self.upstreams = upstreams
        self.database = database
        self.runtime = runtime
        self.ledger = ledger
        self.accounts = accounts
        self.inference = inference
        repository = GovernedRepository(routing: routing)
        self.recorder = recorder
        self.monitoring = monitoring
        courier = WebhookCourier(
            database: database,
            ledger: ledger,
            runtime: runtime,
            gate: webhooks.gate,
            secrets: webhooks.secrets,
            log: log
        )
        housekeeping = Housekeeping(
            artifacts: stored,
            purges: purges,
            retention: options.purgeDeletedAfter,
            runtime: runtime,
            log: log
        )
        let feed = GatewayFeed()
        controller = ReleaseController(
            releases: releases,
            shelf: ModelShelf(files: files, engine: engine),
            routing: routing,
            pool: candidates,
            metrics: options.prometheus?.server,
            feed: feed,
            runtime: runtime,
            log: log
        )
        let traces = Traces(database: database, artifacts: artifacts, recorder: ledger, runtime: runtime)
        let mlflow = MLflowDoor(
            MLflowDoor.Services(
                tracking: tracking,
                registry: registry,
                artifacts: stored,
                traces: traces,
                webhooks: hooks,
                scorers: Scorers(database: database, recorder: ledger, runtime: runtime),
                datasets: EvaluationDatasets(database: database, recorder: ledger, runtime: runtime)
            )
        )
        doors = Doors(
            mlflow: mlflow,
            otlp: OTLPDoor(traces: traces),
            inference: InferenceDoor(
                inference: inference,
                repository: GovernedRepository(routing: routing),
                version: Slipway.version
            ),
            native: NativeDoor(
                services: NativeDoor.Services(
                    accounts: accounts,
                    governance: governance,
                    evaluations: evaluations,
                    releases: releases,
                    monitoring: monitoring,
                    marks: marks,
                    labels: SlipwayService.Labels(
                        database: database,
                        ledger: ledger,
                        recorder: recorder,
                        runtime: runtime
                    ),
                    performance: SlipwayService.Performance(
                        database: database,
                        ledger: ledger,
                        recorder: recorder,
                        routing: routing,
                        runtime: runtime
                    ),
                    predictions: Predictions(database: database, recorder: recorder, archive: archive),
                    reports: reports,
                    scorecards: Scorecards(ledger: ledger, runtime: runtime),
                    ledger: ledger,
                    imports: Imports(
                        database: database,
                        artifacts: artifacts,
                        registry: registry,
                        traces: traces,
                        recorder: ledger,
                        runtime: runtime
                    ),
                    uploads: uploads,
                    purges: purges,
                    gateways: Gateways(
                        database: database,
                        feed: feed,
                        files: files,
                        windows: windows,
                        runtime: runtime
                    ),
                    runtime: runtime
                )
            ),
            console: ConsoleDoor(reports: reports, marks: marks, hasMLflowPages: pages != nil),
            pages: pages.map { MLflowPages(files: $0, api: mlflow.routes) }
        )
    }
}
