import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SlipwayService
import SlipwayStore
import SlipwayWire

/// Makes one HTTP server of all doors.
struct Listener {
    let house: House
    let options: ServerOptions
    let log: Logger

    func application(onListening: @escaping @Sendable (Int) async -> Void) -> some ApplicationProtocol {
        let router = Router(context: WireContext.self, options: .autoGenerateHeadEndpoints)
        let doors = house.doors
        let log = log
        let accounts = house.accounts
        let idle = TimeAmount.seconds(Int64(options.idleSeconds))
        let open = Set(doors.all.flatMap(\.routes).filter { $0.access == .open }.map { "\($0.method) \($0.path)" })
        router.add(
            middleware: AccessMiddleware(
                requiresToken: options.requireToken || !options.isLoopback,
                allowedHosts: options.isLoopback ? ["127.0.0.1", "localhost", "::1"] : [],
                openCalls: open,
                authenticate: { await accounts.authenticate(token: $0) },
                refuse: { path, error in doors.door(for: path).response(to: error) }
            )
        )
        router.add(middleware: UnmatchedMiddleware(doors: doors))
        for door in doors.all {
            for route in door.routes {
                router.on(RouterPath(route.path), method: route.method) { request, context in
                    do {
                        if route.access == .person { try await accounts.demandPerson(context.caller) }
                        return try await route.handle(request, context)
                    } catch {
                        Self.report(error, request: request, log: log)
                        return door.response(to: Self.translated(error))
                    }
                }
            }
        }
        return Application(
            responder: router.buildResponder(),
            // A connection that says nothing for so long is let go.
            server: HTTPServerBuilder { responder in
                LoopChannel(HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idle)))
            },
            configuration: .init(address: .hostname(options.host, port: options.port), serverName: "slipway"),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: log
        )
    }

    /// What the store could not do, as the services' error; its inner text goes to the log only.
    private static func translated(_ error: any Error) -> any Error {
        switch error {
        case StoreError.unavailable, StoreError.inUse:
            ServiceError.unavailable("the server cannot store anything now (is its disk full?): try again later")
        case StoreError.conflict: ServiceError.conflict("somebody else changed it meanwhile: read it again and retry")
        default: error
        }
    }

    private static func report(_ error: any Error, request: Request, log: Logger) {
        switch error {
        case is StoreError: log.error("\(request.method) \(request.uri.path): \(error)")
        case let error as ServiceError where error.kind == .internal:
            log.error("\(request.method) \(request.uri.path): \(error)")
        case is ServiceError, is WireError, is HTTPError: log.debug("\(request.method) \(request.uri.path): \(error)")
        default: log.notice("\(request.method) \(request.uri.path): \(error)")
        }
    }
}

/// Answers what no route takes (an unknown path, a wrong method) in the dialect of the door that the path belongs to.
private struct UnmatchedMiddleware: RouterMiddleware {
    let doors: House.Doors

    @concurrent
    func handle(
        _ request: Request,
        context: WireContext,
        next: @concurrent (Request, WireContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return doors.door(for: request.uri.path).response(to: WireError.unknownPath(request.uri.path))
        } catch let error as HTTPError {
            return doors.door(for: request.uri.path).response(to: error)
        }
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
