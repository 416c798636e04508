internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayService
internal import SlipwayWire

/// Users and tokens.
struct AccountRoutes {
    let services: NativeDoor.Services

    private static let users = NativeDoor.root + "/users"

    var routes: [Route] {
        [
            Route(.get, Self.users) { _, _ in try await list() },
            Route(.post, Self.users) { try await create($0, $1) },
            Route(.post, Self.users + "/:user/tokens") { try await createToken($0, $1) },
            Route(.delete, NativeDoor.root + "/tokens/:token") { _, context in try await revoke(context) },
        ]
    }

    private func list() async throws -> Response {
        let users = try await services.accounts.users()
        return try .json([
            "users": .array(
                users.map {
                    [
                        "user": .string($0.name), "admin": .bool($0.isAdmin),
                        "liveTokens": .integer(Int64($0.liveTokens)),
                    ]
                }
            )
        ])
    }

    private func create(_ request: Request, _ context: WireContext) async throws -> Response {
        guard let name = try await request.object()["user"]?.string else {
            throw ServiceError.invalid("the body needs a string 'user'")
        }
        let token = try await services.accounts.create(user: name, caller: context.caller)
        return try .json(["user": .string(name), "token": .string(token)])
    }

    private func createToken(_ request: Request, _ context: WireContext) async throws -> Response {
        let name = try context.pathPart("user")
        let purpose: TokenPurpose
        switch try await request.object()["purpose"] {
        case nil: purpose = .person
        case let value?:
            guard let known = value.string.flatMap(TokenPurpose.init) else {
                throw ServiceError.invalid("a token's 'purpose' is person or gateway")
            }
            purpose = known
        }
        let token = try await services.accounts.createToken(user: name, purpose: purpose, caller: context.caller)
        return try .json(["user": .string(name), "token": .string(token)])
    }

    private func revoke(_ context: WireContext) async throws -> Response {
        let id = try context.pathPart("token")
        try await services.accounts.revoke(token: id, caller: context.caller)
        return try .json(["token": .string(id), "revoked": true])
    }
}
