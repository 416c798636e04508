import ArgumentParser
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SlipwayConnectors
import SlipwayGRPC
import SlipwayHTTP
import SlipwayInference
import SlipwayService
import SlipwayWire
import UnixSignals

struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Serve predictions beside a server, in as many copies as one likes.",
        discussion: """
            A gateway answers /v2 and gRPC as the server's routing table says, holds the model files that it names, \
            and reports what it measures. When the server is gone it goes on with its last table, also after a start. \
            SLIPWAY_TOKEN is its token: `slipway token create NAME --for gateway` makes one.

            Examples:
              slipway gateway --control http://127.0.0.1:5000 --data gateway-1 --port 6000
              SLIPWAY_TOKEN=... slipway gateway --control https://slipway.example
            """
    )

    @Option(help: ArgumentHelp("The server whose releases decide what is served.", valueName: "URL"))
    var control = Client.defaultURL

    @Option(help: "Folder for the routing table, the model files and the predictions; one for each gateway.")
    var data = "slipway-gateway"

    @Option(help: "Address to listen on. Beyond loopback every request needs a token that the server knows.")
    var host = "127.0.0.1"

    @Option(help: "Port of HTTP; 0 picks a free one.")
    var port = 6000

    @Option(
        name: .customLong("grpc-port"),
        help: ArgumentHelp(
            "Port of gRPC; 0 picks a free one, `off` answers none. (default: the one after --port, 6001, or a free one when that is in use)",
            valueName: "PORT"
        )
    )
    var grpcPort: GRPCPort?

    @Option(help: "What the gateway is called in lists. (default: its host's name and --port)")
    var name: String?

    @Option(help: "On SIGTERM: say \"not ready\" and go on answering for so many milliseconds before the port closes.")
    var drain = 2000

    @Option(help: "Milliseconds after which a model that has not answered is stopped.")
    var timeout = 10_000

    @Option(
        help: ArgumentHelp(
            "Let versions run on this host; no other one is ever asked. May be given again.",
            valueName: "HOST[:PORT]"
        )
    )
    var upstreamAllow: [AllowedHost] = []

    @Option(
        help: ArgumentHelp(
            "Trust the authorities in this PEM file, too, when servers on which versions run show their certificates.",
            valueName: "FILE"
        )
    )
    var upstreamCA: String?

    @Flag(help: "Ask for a token even on loopback.")
    var requireToken = false

    @Flag(help: "Log each refused request too.")
    var verbose = false

    @Option(help: ArgumentHelp("Milliseconds until gathered predictions become a file.", visibility: .hidden))
    var predictionFileMilliseconds: UInt64 = 10_000

    private static let idleSeconds = 120

    func validate() throws {
        try ListeningPort.check(port)
        guard control.hasPrefix("http://") || control.hasPrefix("https://"), URL(string: control)?.host != nil else {
            throw ValidationError("--control is the server's address, such as http://127.0.0.1:5000")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535") }
        guard (0...600_000).contains(drain) else { throw ValidationError("--drain is 0 to 600000 milliseconds") }
        guard (1...3_600_000).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600000 milliseconds") }
    }

    func run() async throws {
        // Tasks run on the threads that read the sockets: a request changes threads only where it waits for something.
        _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        var log = Logger(label: "slipway")
        log.logLevel = verbose ? .debug : .notice
        let house = try GatewayHouse.open(self, log: log)
        let access = self.access(house.callers)
        let budget = FileLimit.budget()
        // Stopped in the reverse order: first it is said, then no more requests, last the report of what was answered.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: Background { await house.gateway.run() }),
            .init(service: Background { try await house.shadows.run() }),
            .init(service: Background { try await house.upstreams.run() }),
            .init(service: application(house, access, budget, log)),
        ]
        if let grpc = self.grpc(house, access, budget, log) { services.append(.init(service: grpc)) }
        services.append(.init(service: Drain(readiness: house.readiness, milliseconds: drain)))
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        )
        try await ListeningPort.serve(group, on: port)
        await house.link.close()
    }

    private var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

    private func access(_ callers: KnownCallers) -> AccessRule {
        AccessRule(
            requiresToken: requireToken || !isLoopback,
            // Before the table is there, the long way says so.
            recall: { try? callers.caller(token: $0) },
            authenticate: { token throws(ServiceError) in try callers.caller(token: token) }
        )
    }

    private func application(
        _ house: GatewayHouse,
        _ access: AccessRule,
        _ budget: ConnectionBudget,
        _ log: Logger
    ) -> some ApplicationProtocol {
        let readiness = house.readiness
        let door = InferenceDoor(
            inference: house.inference,
            repository: house.repository,
            version: Slipway.version,
            readiness: readiness
        )
        let metrics = MetricsDoor(counters: house.counters)
        let router = DoorRouter(
            doors: [door, metrics],
            door: { path -> any Door in path == MetricsDoor.path ? metrics : door },
            access: access,
            allowedHosts: isLoopback ? DoorRouter.loopbackHosts : [],
            demandPerson: { _ in },
            isDraining: { readiness.isDraining },
            log: log
        )
        let (host, path, control) = (host, house.path, control)
        let patience = ConnectionPatience(idleSeconds: Self.idleSeconds)
        let immediate = router.immediate(house.inference)
        return Application(
            responder: router.responder(),
            server: HTTPServerBuilder { LoopChannel($0, patience, budget, immediate) },
            configuration: .init(address: .hostname(host, port: port), serverName: "slipway", backlog: 4096),
            onServerRunning: { channel in
                let address = "http://\(host):\(channel.localAddress?.port ?? 0)"
                whisper("slipway \(Slipway.version) gateway of \(control) listens on \(address), data in \(path)")
            },
            logger: log
        )
    }

    private func grpc(
        _ house: GatewayHouse,
        _ access: AccessRule,
        _ budget: ConnectionBudget,
        _ log: Logger
    ) -> GRPCDoor? {
        GRPCDoor(
            inference: house.inference,
            repository: house.repository,
            access: access,
            host: host,
            ports: GRPCPort.candidates(grpcPort, http: port),
            idleSeconds: Self.idleSeconds,
            budget: budget,
            readiness: house.readiness,
            log: log
        )
    }
}
