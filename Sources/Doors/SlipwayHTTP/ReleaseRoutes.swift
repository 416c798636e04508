internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayPolicy
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
            Route(.post, Self.release + "/pause", access: .person) { request, context in
                try await steer(request, context) { try await services.releases.pause($0, caller: context.caller) }
            },
            Route(.post, Self.release + "/resume", access: .person) { request, context in
                try await steer(request, context) { try await services.releases.resume($0, caller: context.caller) }
            },
            Route(.post, Self.release + "/promote", access: .person) { request, context in
                try await steer(request, context) { try await services.releases.promote($0, caller: context.caller) }
            },
            Route(.post, Self.release + "/approve", access: .person) { request, context in
                try await steer(request, context) { try await services.releases.approve($0, caller: context.caller) }
            },
            Route(.post, Self.release + "/abort", access: .person) { try await abort($0, $1) },
            Route(.post, Self.release + "/retry", access: .person) { try await retry($0, $1) },
            Route(.get, Self.freeze) { _, context in try await showFreeze(context) },
            Route(.post, Self.freeze, access: .person) { try await freeze($0, $1) },
            Route(.delete, Self.freeze, access: .person) { _, context in try await thaw(context) },
        ]
    }

    private static let freeze = NativeDoor.root + "/environments/:environment/freeze"

    private func ship(_ request: Request, _ context: WireContext) async throws -> Response {
        let environment = try ModelRoutes.environment(await request.object())
        let shipment = try await services.releases.ship(
            model: context.model,
            version: context.version,
            environment: environment,
            caller: context.caller
        )
        return try answer(shipment)
    }

    private func retry(_ request: Request, _ context: WireContext) async throws -> Response {
        _ = try await request.object()
        let id = ReleaseID(try context.pathPart("release"))
        return try answer(try await services.releases.retry(id, caller: context.caller))
    }

    private func answer(_ shipment: Releases.Shipment) throws -> Response {
        switch shipment {
        case .denied(let recorded): return try .json(ModelRoutes.json(recorded))
        case .started(let recorded, let state):
            var members = try ModelRoutes.json(recorded).object ?? [:]
            members["release"] = try json(state)
            return try .json(.object(members))
        }
    }

    private func rollback(_ request: Request, _ context: WireContext) async throws -> Response {
        let body = try await request.object()
        let reason = body["reason"]?.string ?? "ordered by \(context.caller.actor)"
        let leaving = body["from"]?.integer
        guard leaving != nil || body["from"] == nil else {
            throw ServiceError.invalid("'from' must be the number of the version to leave")
        }
        let state = try await services.releases.rollback(
            model: context.model,
            leaving: leaving.map { Int($0) },
            reason: reason,
            caller: context.caller
        )
        return try .json(json(state))
    }

    private func show(_ context: WireContext) async throws -> Response {
        let id = ReleaseID(try context.pathPart("release"))
        return try .json(json(try await services.releases.state(id)))
    }

    private func steer(
        _ request: Request,
        _ context: WireContext,
        _ order: (ReleaseID) async throws -> ReleaseState
    ) async throws -> Response {
        _ = try await request.object()
        return try .json(json(try await order(ReleaseID(try context.pathPart("release")))))
    }

    private func abort(_ request: Request, _ context: WireContext) async throws -> Response {
        let body = try await request.object()
        let id = ReleaseID(try context.pathPart("release"))
        let reason = body["reason"]?.string ?? "called off by \(context.caller.actor)"
        return try .json(json(try await services.releases.abort(id, reason: reason, caller: context.caller)))
    }

    private func freeze(_ request: Request, _ context: WireContext) async throws -> Response {
        let body = try await request.object()
        let row = try await services.releases.freeze(
            try Self.environment(context),
            reason: body["reason"]?.string ?? "",
            caller: context.caller
        )
        return try .json(Self.json(row, frozen: true))
    }

    private func thaw(_ context: WireContext) async throws -> Response {
        let row = try await services.releases.thaw(try Self.environment(context), caller: context.caller)
        return try .json(Self.json(row, frozen: false))
    }

    private func showFreeze(_ context: WireContext) async throws -> Response {
        let environment = try Self.environment(context)
        guard let freeze = try await services.releases.freeze(of: environment) else {
            return try .json(["environment": .string(environment.rawValue), "frozen": .bool(false)])
        }
        return try .json(Self.json(freeze, frozen: true))
    }

    private static func environment(_ context: WireContext) throws -> ReleaseEnvironment {
        try ModelRoutes.environment(["environment": .string(try context.pathPart("environment"))])
    }

    private static func json(_ freeze: FrozenEnvironment, frozen: Bool) -> JSONValue {
        [
            "environment": .string(freeze.environment), "frozen": .bool(frozen), "reason": .string(freeze.reason),
            "by": .string(freeze.by), "since": .string(freeze.since.description),
        ]
    }

    private func json(_ state: ReleaseState) throws -> JSONValue {
        var members = try JSONValue(encoding: state).object ?? [:]
        members["release"] = .string(state.plan.release.text)
        members["explanation"] = .string(state.explanation)
        members["progress"] = .array(state.progress(now: services.runtime.now()).map(JSONValue.string))
        members["candidatePercent"] = .integer(Int64(state.candidatePercent))
        return .object(members)
    }
}
