import Logging
import SlipwayDomain
import SlipwayService
import Synchronization

/// The disk of a gateway, which outlives its process.
final class MemoryFiles: GatewayFiles {
    private struct State {
        var routes: [UInt8]?
        var content: [String: [UInt8]] = [:]
        var isFull = false
    }

    private let state = Mutex(State())

    var digests: Set<String> { state.withLock { Set($0.content.keys) } }
    func fill() { state.withLock { $0.isFull = true } }

    /// Changes what is kept under every digest, as a broken disk does.
    func spoil() { state.withLock { state in state.content = state.content.mapValues { $0 + [0] } } }

    func routes() -> [UInt8]? { state.withLock { $0.routes } }
    func forgetRoutes() { state.withLock { $0.routes = nil } }
    func content(_ digest: String) -> [UInt8]? { state.withLock { $0.content[digest] } }

    func keep(routes: [UInt8]) throws(ServiceError) {
        guard !state.withLock({ $0.isFull }) else { throw .unavailable("the disk is full") }
        state.withLock { $0.routes = routes }
    }

    func keep(_ bytes: [UInt8], digest: String) throws(ServiceError) {
        guard !state.withLock({ $0.isFull }) else { throw .unavailable("the disk is full") }
        state.withLock { $0.content[digest] = bytes }
    }

    func prune(keeping digests: Set<String>) {
        state.withLock { state in state.content = state.content.filter { digests.contains($0.key) } }
    }
}

/// A way to a control plane that fails as a test wants.
final class DirectLink: GatewayLink {
    enum Weather: Sendable {
        case fine
        /// Nothing arrives.
        case down
        /// Reports arrive, and the word that they did is lost.
        case deaf
    }

    private struct State {
        var server: Server
        var weather = Weather.fine
        var reports: [[UInt8]] = []
    }

    private let state: Mutex<State>

    init(_ server: Server) { state = Mutex(State(server: server)) }

    var reports: [[UInt8]] { state.withLock { $0.reports } }
    func set(_ weather: Weather) { state.withLock { $0.weather = weather } }
    func move(to server: Server) { state.withLock { $0.server = server } }

    private func gateways() throws -> Gateways {
        try state.withLock { state in
            guard state.weather != .down else { throw ServiceError.unavailable("nobody answers") }
            return state.server.gateways
        }
    }

    func routes(after tag: String?, waitMilliseconds: Int) async throws -> (bytes: [UInt8], tag: String)? {
        try await gateways().routes(after: tag, waitMilliseconds: 0).map { ($0.bytes, $0.tag) }
    }

    func file(model: String, version: Int, digest: String) async throws -> [UInt8] {
        try await gateways().file(model: model, version: version, digest: digest)
    }

    func reference(model: String, version: Int) async throws -> [UInt8] {
        try await gateways().reference(model: model, version: version)
    }

    func deliver(_ report: [UInt8]) async throws {
        _ = try await gateways().accept(JSONValue(parsing: report).decode(GatewayReport.self))
        state.withLock { $0.reports.append(report) }
        if state.withLock({ $0.weather == .deaf }) { throw ServiceError.unavailable("the answer was lost") }
    }
}

/// A gateway without its sockets.
struct GatewayNode: Sendable {
    let gateway: Gateway
    let link: DirectLink
    let readiness = Readiness(isLoaded: false)
    let callers = KnownCallers()
    let inference: Inference
    let recorder: GatewayRecorder
    let shadows: ShadowRunner
    let routing = RoutingTable(isSettled: false)

    init(_ server: Server, files: MemoryFiles = MemoryFiles(), link: DirectLink? = nil, name: String = "g") {
        let runtime = server.world.clock.runtime
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let pool = BlockingPool(name: "gateway-test", threads: 2)
        let log = PredictionLog()
        let copies = ShadowQueue()
        self.link = link ?? DirectLink(server)
        recorder = GatewayRecorder(
            log: log,
            archive: nil,
            rules: PredictionRuleBook(),
            runtime: runtime,
            output: quiet
        )
        gateway = Gateway(
            Gateway.Parts(
                link: self.link,
                files: files,
                engine: server.world.engine,
                routing: routing,
                recorder: recorder,
                readiness: readiness,
                callers: callers
            ),
            name: name,
            runtime: runtime,
            output: quiet
        )
        shadows = ShadowRunner(queue: copies, pool: pool, runtime: runtime)
        inference = Inference(
            routing: routing,
            pool: pool,
            log: log,
            shadows: copies,
            candidatePool: pool,
            runtime: runtime
        )
    }

    /// Hears of the newest table and loads what it names.
    func catchUp(_ server: Server? = nil) async throws {
        try await server?.controller.tellGateways()
        await gateway.follow(waitMilliseconds: 0)
        while await gateway.loadNext() {}
    }

    @discardableResult
    func ask(_ key: String, delay: Double = 0.3) async throws -> InferenceAnswer {
        let input = Tensor(name: "input", shape: [1, 2], data: .fp32([10, Float(delay)]))
        return try await inference.infer(
            model: World.model,
            version: nil,
            request: InferenceRequest(id: nil, key: key, inputs: [input], outputs: nil)
        )
    }

    /// Traffic, and the word of it.
    func traffic(_ count: Int, named name: String) async throws {
        for index in 0..<count {
            do {
                try await ask("\(name)-\(index)", delay: Double(index * 37 % 100) / 100)
            } catch let error as ServiceError where error.kind == .internal {
                // The meter counts it.
            }
        }
        await recorder.flush()
        try await shadows.flush()
        await gateway.report()
    }
}
