package import Logging
internal import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayPolicy
internal import SlipwayRelease

/// A gateway's own mind: follows the control plane's table, holds the files that it names, and reports what it measured.
///
/// When the control plane is gone it goes on with its last table, also after a start of its own. It answers with nothing
/// that its table does not name, and loads no file whose digest is not the one that was decided about.
package actor Gateway {
    /// What a gateway is made of.
    package struct Parts: Sendable {
        let link: any GatewayLink
        let files: any GatewayFiles
        let engine: any ModelEngine
        let routing: RoutingTable
        let recorder: GatewayRecorder
        let readiness: Readiness
        let callers: KnownCallers

        package init(
            link: any GatewayLink,
            files: any GatewayFiles,
            engine: any ModelEngine,
            routing: RoutingTable,
            recorder: GatewayRecorder,
            readiness: Readiness,
            callers: KnownCallers
        ) {
            self.link = link
            self.files = files
            self.engine = engine
            self.routing = routing
            self.recorder = recorder
            self.readiness = readiness
            self.callers = callers
        }
    }

    /// A version in memory, and the file that it came from.
    struct Key: Hashable {
        let model: String
        let version: GatewayEndpoint.Version
    }

    struct Counting {
        let step: GatewayEndpoint.Step
        let hasStable: Bool
        let meter: ArmMeter
        /// How much was told already.
        var told = 0
    }

    let parts: Parts
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        parts.recorder.thread.asUnownedSerialExecutor()
    }
    let name: String
    let runtime: Runtime
    let output: Logger
    /// Reads of files and loads of models block a thread of their own.
    let pool = BlockingPool(name: "gateway", threads: 1)

    var tag: String?
    var endpoints: [String: GatewayEndpoint] = [:]
    var shelf: [Key: LoadedVersion] = [:]
    /// When a load that failed is tried again.
    var retries: [Key: UInt64] = [:]
    var meters: [ReleaseID: Counting] = [:]
    var lanes: [ReleaseID: CandidateLane] = [:]
    var counters: [String: (limit: Double?, counter: TrafficCounter)] = [:]
    /// The last failure of each kind that was told, so that an outage fills no log.
    var complaints: [String: String] = [:]

    let life: String
    var sequence = 0
    /// A report that was not taken yet; it is sent again, byte for byte.
    var pending: [UInt8]?
    var reportedAt: UInt64 = 0
    var windowsAt: UInt64 = 0

    /// How long a question for the table waits at the control plane; bounds how long its end takes too.
    private static let waitMilliseconds = 2000
    private static let retryMilliseconds: Int64 = 200

    package init(_ parts: Parts, name: String, runtime: Runtime, output: Logger) {
        self.parts = parts
        self.name = name
        self.runtime = runtime
        self.output = output
        life = runtime.newRandomID()
    }

    /// Works until the task is cancelled, then tells what is left.
    package func run() async {
        // What was kept may be over by now: it holds only when nobody can say better.
        await follow(waitMilliseconds: Self.waitMilliseconds)
        if !parts.routing.isSettled { await restore() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followAgainAndAgain() }
            group.addTask { await self.loadAgainAndAgain() }
            group.addTask { await self.reportAgainAndAgain() }
            group.addTask { await self.parts.recorder.run() }
        }
        // A task of its own: the cancellation that ends the gateway must not cut off its last word.
        await Task { await self.finish() }.value
    }

    /// Begins with the table that was kept, if there is one.
    package func restore() async {
        do {
            let files = parts.files
            guard let bytes = try await pool.run({ try files.routes() }) else { return }
            try await take(GatewayRoutes.read(bytes))
            // The tag is that of the bytes, so an unchanged table is not sent again.
            tag = Digest32.sha256(bytes).prefixed
        } catch {
            output.error("the kept routing table cannot be used: \(error)")
        }
    }

    private func followAgainAndAgain() async {
        while !Task.isCancelled {
            if await follow(waitMilliseconds: Self.waitMilliseconds) { continue }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.retryMilliseconds)
        }
    }

    /// Asks for the table once, and takes it; false when the control plane gave none.
    @discardableResult
    package func follow(waitMilliseconds: Int) async -> Bool {
        do {
            guard let sheet = try await parts.link.routes(after: tag, waitMilliseconds: waitMilliseconds) else {
                recovered("table")
                return true
            }
            let routes = try GatewayRoutes.read(sheet.bytes)
            await keep(sheet.bytes)
            await take(routes)
            tag = sheet.tag
            recovered("table")
            return true
        } catch {
            if !Task.isCancelled { complain("table", "no routing table from the control plane: \(error)") }
            return false
        }
    }

    /// The table is on the disk before it holds, so that no start goes back behind it.
    private func keep(_ bytes: [UInt8]) async {
        let files = parts.files
        do {
            try await pool.run { try files.keep(routes: bytes) }
        } catch {
            // Better to start with no table than with one that is over.
            files.forgetRoutes()
            complain("disk", "the routing table cannot be kept, a start without the control plane would fail: \(error)")
        }
    }

    /// Lets a table hold from now on: at once for what is in memory, later for what has to be loaded first.
    private func take(_ routes: GatewayRoutes) async {
        // What is left out of predictions is known before the first of them comes.
        await parts.recorder.follow(routes.endpoints)
        parts.callers.set(Set(routes.callers))
        let gone = Set(endpoints.keys).subtracting(routes.endpoints.map(\.model))
        endpoints = Dictionary(routes.endpoints.map { ($0.model, $0) }) { first, _ in first }
        for model in gone { parts.routing.remove(model) }
        let wanted = Set(
            routes.endpoints.flatMap { endpoint in endpoint.versions.map { Key(model: endpoint.model, version: $0) } }
        )
        shelf = shelf.filter { wanted.contains($0.key) }
        retries = retries.filter { wanted.contains($0.key) }
        let releases = Set(routes.endpoints.compactMap { $0.plan?.release })
        meters = meters.filter { releases.contains($0.key) }
        lanes = lanes.filter { releases.contains($0.key) }
        for endpoint in routes.endpoints { route(endpoint) }
        parts.routing.settle()
        prune()
    }

    /// Files that no version of the table needs are removed; a failure costs room and nothing else.
    private func prune() {
        let files = parts.files
        let endpoints = Array(endpoints.values)
        let kept = Set(
            endpoints.flatMap(\.versions).map(\.digest) + endpoints.compactMap(\.reference?.digest)
        )
        let output = output
        pool.submit {
            do {
                try files.prune(keeping: kept)
            } catch {
                output.warning("old model files cannot be removed: \(error)")
            }
        }
    }

    /// Says what is wrong once, not with every attempt.
    func complain(_ matter: String, _ sentence: String) {
        guard complaints[matter] != sentence else { return }
        complaints[matter] = sentence
        output.error("\(sentence)")
    }

    func recovered(_ matter: String) {
        guard complaints.removeValue(forKey: matter) != nil else { return }
        output.notice("the control plane answers again (\(matter))")
    }
}
