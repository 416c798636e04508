internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayRelease
internal import SlipwayService
internal import SlipwayWire

/// Starting, steering and reading releases.
struct ReleaseRoutes {
    let services: NativeDoor.Services

    private static let release = NativeDoor.root + "/releases/:release"

    var routes: [Route] {
        [
            Route(.post, NativeDoor.root + "/models/:model/versions/:version/ship", access: .person) {
                try await ship($0, $1)
            },
            Route(.post, NativeDoor.root + "/models/:model/rollback", access: .person) { try await rollback($0, $1) },
            Route(.get, Self.release) { _, context in try await show(context) },
            Route(.post, Self.release + "/pause", access: .person) {
                try await steer($0, $1) { .pause(by: $0.caller) }
            },
            Route(.post, Self.release + "/resume", access: .person) {
                try await steer($0, $1) { .resume(by: $0.caller) }
            },
            Route(.post, Self.release + "/promote", access: .person) {
                try await steer($0, $1) { .promote(by: $0.caller) }
            },
            Route(.post, Self.release + "/abort", access: .person) {
                try await steer($0, $1) { .abort(by: $0.caller, reason: $0.reason ?? "called off by \($0.caller)") }
            },
        ]
    }

    private struct Order {
        let caller: String
        let reason: String?
    }

    private func ship(_ request: Request, _ context: WireContext) async throws -> Response {
        let environment = try ModelRoutes.environment(await request.object())
        let shipment = try await services.releases.ship(
            model: context.model,
            version: context.version,
            environment: environment,
            caller: context.caller
        )
        switch shipment {
        case .denied(let recorded): return try .json(ModelRoutes.json(recorded))
        case .started(let recorded, let state):
            var members = try ModelRoutes.json(recorded).object ?? [:]
            members["release"] = try Self.json(state)
            return try .json(.object(members))
        }
    }

    private func rollback(_ request: Request, _ context: WireContext) async throws -> Response {
        let body = try await request.object()
        let reason = body["reason"]?.string ?? "ordered by \(context.caller.actor)"
        let state = try await services.releases.rollback(model: context.model, reason: reason, caller: context.caller)
        return try .json(Self.json(state))
    }

    private func show(_ context: WireContext) async throws -> Response {
        let id = ReleaseID(try context.pathPart("release"))
        return try .json(Self.json(try await services.releases.state(id)))
    }

    private func steer(
        _ request: Request,
        _ context: WireContext,
        _ event: (Order) -> ReleaseEvent
    ) async throws -> Response {
        let body = try await request.object()
        let id = ReleaseID(try context.pathPart("release"))
        let order = Order(caller: context.caller.actor, reason: body["reason"]?.string)
        return try .json(Self.json(try await services.releases.apply(event(order), to: id)))
    }

    static func json(_ state: ReleaseState) throws -> JSONValue {
        var members = try JSONValue(encoding: state).object ?? [:]
        members["release"] = .string(state.plan.release.text)
        members["explanation"] = .string(state.explanation)
        members["candidatePercent"] = .integer(Int64(state.candidatePercent))
        return .object(members)
    }
}
