import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SlipwayService

/// Makes one HTTP server of all doors.
struct Listener {
    let house: House
    let options: ServerOptions
    let log: Logger

    func application(onListening: @escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol {
        let doors = house.doors
        let accounts = house.accounts
        let idle = TimeAmount.seconds(Int64(options.idleSeconds))
        let router = DoorRouter(
            doors: doors.all,
            door: { doors.door(for: $0) },
            access: house.access(options),
            allowedHosts: options.isLoopback ? DoorRouter.loopbackHosts : [],
            demandPerson: { try await accounts.demandPerson($0) },
            demandGateway: { try await accounts.demandGateway($0) },
            log: log
        )
        return Application(
            responder: router.responder(),
            // A connection that says nothing for so long is let go.
            server: HTTPServerBuilder { responder in
                LoopChannel(HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idle)))
            },
            configuration: .init(address: .hostname(options.host, port: options.port), serverName: "slipway"),
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
