import Foundation
import Logging
import ServiceLifecycle
import SlipwayConnectors
import SlipwayONNX
import SlipwayObjects
import SlipwaySQLite
import SlipwayService
import SlipwayTabular

/// Says that the process is going, and lets those who ask hear of it before the port closes.
struct Drain: Service {
    let readiness: Readiness
    let milliseconds: Int

    func run() async throws {
        try await gracefulShutdown()
        readiness.drain()
        try await Task.sleep(for: .milliseconds(milliseconds))
    }
}

/// The parts of a gateway, put together.
struct GatewayHouse: Sendable {
    let path: String
    /// Held as long as this value lives, so that no second gateway writes here.
    let lock: DataFolderLock
    let link: HTTPGatewayLink
    let gateway: Gateway
    let inference: Inference
    let repository: any ModelRepository
    let shadows: ShadowRunner
    let readiness: Readiness
    let callers: KnownCallers
    let upstreams: Upstreams
    let counters: ServingCounters

    static func open(_ options: GatewayCommand, log: Logger) throws -> GatewayHouse {
        let folder = try DataFolder(path: options.data)
        let runtime = Runtime.live()
        let token = ProcessInfo.processInfo.environment["SLIPWAY_TOKEN"]
        if token != nil, options.control.hasPrefix("http://"),
            !["127.0.0.1", "localhost", "::1"].contains(URL(string: options.control)?.host ?? "")
        {
            log.warning("the token goes to \(options.control) in clear text: use https beyond this machine")
        }
        let link = HTTPGatewayLink(url: options.control, token: token)
        let parquet = ParquetPredictions(root: folder.predictions, spareBytes: 0)
        try parquet.recover()
        let rules = PredictionRuleBook()
        var rotation = PredictionArchive.Limits()
        rotation.milliseconds = options.predictionFileMilliseconds
        let archive = PredictionArchive(
            files: parquet,
            rules: { try rules.rules(of: $0) },
            runtime: runtime,
            output: log,
            limits: rotation
        )
        let routing = RoutingTable(isSettled: false)
        let predictions = PredictionLog()
        let copies = ShadowQueue()
        let upstreams = Upstreams(
            network: try UpstreamDialects(authorities: options.upstreamCA),
            allowed: options.upstreamAllow,
            runtime: runtime,
            log: log
        )
        let (readiness, callers) = (Readiness(isLoaded: false), KnownCallers())
        let recorder = GatewayRecorder(
            log: predictions,
            archive: archive,
            rules: rules,
            runtime: runtime,
            output: log
        )
        let gateway = Gateway(
            Gateway.Parts(
                link: link,
                files: try GatewayFolder(root: folder.path),
                engine: UpstreamEngine(files: ONNXEngine(), upstreams: upstreams),
                routing: routing,
                recorder: recorder,
                readiness: readiness,
                callers: callers
            ),
            name: options.name ?? "\(ProcessInfo.processInfo.hostName):\(options.port)",
            runtime: runtime,
            output: log
        )
        return GatewayHouse(
            path: folder.path,
            lock: folder.lock,
            link: link,
            gateway: gateway,
            inference: Inference(
                routing: routing,
                pool: BlockingPool(name: "serving", threads: 2),
                log: predictions,
                shadows: copies,
                candidatePool: BlockingPool(name: "candidate", threads: 2),
                runtime: runtime,
                timeoutMilliseconds: options.timeout
            ),
            repository: GovernedRepository(routing: routing),
            shadows: ShadowRunner(queue: copies, pool: BlockingPool(name: "shadow", threads: 1), runtime: runtime),
            readiness: readiness,
            callers: callers,
            upstreams: upstreams,
            counters: ServingCounters(routing: routing, log: predictions, archive: archive, gateway: recorder)
        )
    }
}
