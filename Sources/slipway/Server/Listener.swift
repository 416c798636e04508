import Hummingbird
import HummingbirdCore
import Logging
import ServiceLifecycle
import SlipwayService
import SlipwayWire

/// Makes one HTTP server of all doors.
struct Listener {
    let house: House
    let options: ServerOptions
    let budget: ConnectionBudget
    let log: Logger

    func application(onListening: @escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol {
        let doors = house.doors
        let accounts = house.accounts
        let patience = ConnectionPatience(idleSeconds: options.idleSeconds)
        let budget = budget
        let router = DoorRouter(
            doors: doors.all,
            door: { doors.door(for: $0) },
            access: house.access(options),
            allowedHosts: options.isLoopback ? DoorRouter.loopbackHosts : [],
            demandPerson: { try await accounts.demandPerson($0) },
            demandGateway: { try await accounts.demandGateway($0) },
            log: log
        )
        let immediate = router.immediate(house.inference)
        return Application(
            responder: router.responder(),
            server: HTTPServerBuilder { LoopChannel($0, patience, budget, immediate) },
            configuration: .init(
                address: .hostname(options.host, port: options.port),
                serverName: "slipway",
                backlog: 4096
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: log
        )
    }
}

/// A part of the server that works in the background until the server stops.
struct Background: Service {
    let work: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await work()
            } catch is CancellationError {
                // The server is stopping: that is how the work ends.
            }
        }
    }
}
