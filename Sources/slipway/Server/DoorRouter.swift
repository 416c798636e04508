import HTTPTypes
import Hummingbird
import Logging
import SlipwayDomain
import SlipwayInference
import SlipwayService
import SlipwayStore
import SlipwayWire

/// Puts all routes of some doors behind one guard, and lets each door say in its own dialect what went wrong.
struct DoorRouter {
    /// The names by which a server is called that only this machine reaches.
    static let loopbackHosts: Set<String> = ["127.0.0.1", "localhost", "::1"]

    let doors: [any Door]
    /// The door that answers for a path, also when no route of it matched.
    let door: @Sendable (_ path: String) -> any Door
    let access: AccessRule
    /// Host names that requests may be addressed to; empty for any.
    let allowedHosts: Set<String>
    let demandPerson: @Sendable (Caller) async throws -> Void
    /// Refuses whoever is no gateway.
    var demandGateway: @Sendable (Caller) async throws -> Void = { _ in throw Self.noGateways }
    /// Whether clients are to come back by another connection, because this server is going.
    var isDraining: @Sendable () -> Bool = { false }
    let log: Logger

    func responder() -> some HTTPResponder<WireContext> {
        let router = Router(context: WireContext.self, options: .autoGenerateHeadEndpoints)
        let (door, guards, isDraining, log) = (door, self, isDraining, log)
        let open = Set(doors.flatMap(\.routes).filter { $0.access == .open }.map { "\($0.method) \($0.path)" })
        router.add(
            middleware: AccessMiddleware(
                rule: access,
                allowedHosts: allowedHosts,
                openCalls: open,
                refuse: { path, error in door(path).response(to: error) }
            )
        )
        router.add(middleware: UnmatchedMiddleware(door: door))
        for door in doors {
            for route in door.routes {
                router.on(RouterPath(route.path), method: route.method) { request, context in
                    do {
                        try await guards.check(context.caller, for: route.access)
                        var response = try await route.handle(request, context)
                        if isDraining() { response.headers[.connection] = "close" }
                        return response
                    } catch {
                        Self.report(error, call: "\(request.method) \(request.uri.path)", log: log)
                        return door.response(to: Self.translated(error))
                    }
                }
            }
        }
        return router.buildResponder()
    }

    /// What answers inference requests before they come to any route, under the same rules.
    func immediate(_ inference: Inference) -> ImmediateInference {
        ImmediateInference(
            inference: inference,
            access: access,
            allowedHosts: allowedHosts,
            isDraining: isDraining,
            date: HTTPDate(now: Runtime.live().now),
            report: { [log] error, path in Self.report(error, call: "POST \(path)", log: log) }
        )
    }

    private static let noGateways = ServiceError.forbidden("this server feeds no gateways")

    private func check(_ caller: Caller, for access: Route.Access) async throws {
        if access == .gateway { return try await demandGateway(caller) }
        guard !caller.isGateway || access == .open else {
            throw ServiceError.forbidden(
                "this token is a gateway's and opens nothing else: `slipway token create NAME` makes one for a person"
            )
        }
        if access == .person { try await demandPerson(caller) }
    }

    /// What the store could not do, as the services' error; its inner text goes to the log only.
    private static func translated(_ error: any Error) -> any Error {
        switch error {
        case let error as IdentifiedError: IdentifiedError(translated(error.error), requestID: error.requestID)
        case StoreError.unavailable, StoreError.inUse:
            ServiceError.unavailable("the server cannot store anything now (is its disk full?): try again later")
        case StoreError.conflict: ServiceError.conflict("somebody else changed it meanwhile: read it again and retry")
        default: error
        }
    }

    private static func report(_ error: any Error, call: String, log: Logger) {
        switch error {
        case let error as IdentifiedError: report(error.error, call: "\(call) [\(error.requestID)]", log: log)
        case is StoreError: log.error("\(call): \(error)")
        case let error as ServiceError where error.kind == .internal: log.error("\(call): \(error)")
        case is ServiceError, is WireError, is HTTPError: log.debug("\(call): \(error)")
        default: log.notice("\(call): \(error)")
        }
    }
}

/// Answers what no route takes (an unknown path, a wrong method) in the dialect of the door that the path belongs to.
private struct UnmatchedMiddleware: RouterMiddleware {
    typealias Context = WireContext

    let door: @Sendable (String) -> any Door

    @concurrent
    func handle(
        _ request: Request,
        context: WireContext,
        next: @concurrent (Request, WireContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return door(request.uri.path).response(to: WireError.unknownPath(request.uri.path))
        } catch let error as HTTPError {
            return door(request.uri.path).response(to: error)
        }
    }
}
