internal import Crypto
internal import Foundation
internal import SlipwayDomain
package import SlipwayStore
internal import Synchronization

/// Users and their tokens. A token is shown once; only its SHA-256 is kept.
package struct Accounts: Sendable {
    private let database: any SQLDatabase
    private let runtime: Runtime
    private let ledger: any EntryRecorder
    private let known = KnownTokens()

    package init(database: any SQLDatabase, runtime: Runtime, ledger: any EntryRecorder) {
        self.database = database
        self.runtime = runtime
        self.ledger = ledger
    }

    /// A user as listings show it.
    package struct User: Sendable {
        package let name: String
        package let isAdmin: Bool
        package let liveTokens: Int
    }

    /// Makes a user with a first token and returns the token.
    ///
    /// The first user of a server becomes its administrator; from then on only an administrator makes users, so that
    /// nobody on the machine can approve their own work by inventing a second person.
    package func create(user name: String, caller: Caller) async throws -> String {
        guard name.wholeMatch(of: /[a-z][a-z0-9._-]{0,62}/) != nil else {
            throw ServiceError.invalid("a user name is 1 to 63 of a-z 0-9 . _ - and starts with a letter, e.g. alice")
        }
        guard name != Caller.anonymous.actor, name != Caller.system.actor else {
            throw ServiceError.invalid("the name \(name) is Slipway's own: choose another")
        }
        let (id, token) = newToken()
        let time = runtime.now()
        let hash = Self.hash(token)
        try await database.write { connection in
            let isFirst = try AccountTable.userCount(in: connection) == 0
            guard isFirst || caller.isAdmin else { throw Self.adminNeeded }
            guard try !AccountTable.exists(name, in: connection) else {
                throw ServiceError.alreadyExists(
                    "there is a user \(name) already: `slipway token create \(name)` makes a token"
                )
            }
            try AccountTable.insert(user: name, isAdmin: isFirst, at: time, in: connection)
            try AccountTable.insert(
                token: id,
                user: name,
                hash: hash,
                purpose: TokenPurpose.person.rawValue,
                at: time,
                in: connection
            )
            let actor = isFirst ? name : caller.actor
            try ledger.record(
                EntryDraft(
                    type: "user.created",
                    subject: "users/\(name)",
                    actor: actor,
                    data: ["user": .string(name), "admin": .bool(isFirst)]
                ),
                at: time,
                in: connection
            )
            try ledger.record(
                EntryDraft(
                    type: "token.issued",
                    subject: "users/\(name)",
                    actor: actor,
                    data: ["user": .string(name), "token": .string(id)]
                ),
                at: time,
                in: connection
            )
        }
        return token
    }

    /// Makes another token for a user: by the user or an administrator; one for a gateway by an administrator only,
    /// because what gateways report is evidence.
    package func createToken(
        user name: String,
        purpose: TokenPurpose = .person,
        caller: Caller
    ) async throws -> String {
        guard caller.isAdmin || (caller.user == name && purpose == .person) else { throw Self.adminNeeded }
        let (id, token) = newToken()
        let time = runtime.now()
        let hash = Self.hash(token)
        try await database.write { connection in
            guard try AccountTable.exists(name, in: connection) else {
                throw ServiceError.notFound("there is no user \(name): `slipway user create \(name)` makes one")
            }
            try AccountTable.insert(
                token: id,
                user: name,
                hash: hash,
                purpose: purpose.rawValue,
                at: time,
                in: connection
            )
            var data: [String: JSONValue] = ["user": .string(name), "token": .string(id)]
            if purpose != .person { data["purpose"] = .string(purpose.rawValue) }
            try ledger.record(
                EntryDraft(type: "token.issued", subject: "users/\(name)", actor: caller.actor, data: .object(data)),
                at: time,
                in: connection
            )
        }
        return token
    }

    /// Revokes a token at once.
    package func revoke(token id: String, caller: Caller) async throws {
        let time = runtime.now()
        try await database.write { connection in
            guard let user = try AccountTable.revoke(token: id, at: time, in: connection) else {
                throw ServiceError.notFound("there is no live token \(id): the id is the part before the dot")
            }
            guard caller.isAdmin || caller.user == user else { throw Self.adminNeeded }
            try ledger.record(
                EntryDraft(
                    type: "token.revoked",
                    subject: "users/\(user)",
                    actor: caller.actor,
                    data: ["user": .string(user), "token": .string(id)]
                ),
                at: time,
                in: connection
            )
        }
        known.forgetAll()
    }

    /// Refuses whoever is no gateway; on a server that knows no users, whoever reaches it may be one.
    package func demandGateway(_ caller: Caller) async throws {
        if caller.isGateway { return }
        guard caller.user == nil, try await database.read({ try AccountTable.userCount(in: $0) }) == 0 else {
            throw ServiceError.forbidden(
                "only a gateway may call this: `slipway token create NAME --for gateway` makes its token"
            )
        }
    }

    /// Refuses somebody without a token on a server that knows its users.
    package func demandPerson(_ caller: Caller) async throws {
        guard caller.user == nil, try await database.read({ try AccountTable.userCount(in: $0) }) > 0 else { return }
        throw ServiceError(
            .unauthenticated,
            "this server knows its users, so it must know who does this: set SLIPWAY_TOKEN to your token"
        )
    }

    /// All users.
    package func users() async throws -> [User] {
        try await database.read { connection in
            try AccountTable.users(in: connection).map {
                User(name: $0.text(0), isAdmin: $0.bool(1), liveTokens: Int($0.integer(3)))
            }
        }
    }

    /// Who a token belongs to if that was asked a moment ago; nil when the store has to say.
    package func recall(token: String) -> Caller? {
        token.utf8.count <= 200 ? known.caller(Self.hash(token)) : nil
    }

    /// Who a token belongs to, or nil.
    package func authenticate(token: String) async -> Caller? {
        guard token.utf8.count <= 200 else { return nil }
        let hash = Self.hash(token)
        if let caller = known.caller(hash) { return caller }
        let generation = known.generation
        // A database that cannot be read authenticates nobody.
        guard let holder = try? await database.read({ try AccountTable.holder(hash: hash, in: $0) }) else { return nil }
        // What a gateway's token proves is that it is a gateway, whoever's account it belongs to.
        let isGateway = holder.purpose != TokenPurpose.person.rawValue
        let caller = Caller(user: holder.user, isAdmin: holder.isAdmin && !isGateway, isGateway: isGateway)
        known.remember(caller, hash, read: generation)
        return caller
    }

    private static let adminNeeded = ServiceError.forbidden(
        "only an administrator may do this: set SLIPWAY_TOKEN to the token of the first user of this server"
    )

    private func newToken() -> (id: String, token: String) {
        let id = Hex.text(runtime.random(), digits: 12)
        let secret = (0..<4).map { _ in Hex.text(runtime.random(), digits: 16) }.joined()
        return (id, "\(id).\(secret)")
    }

    /// What is kept of a token: its SHA-256 in hexadecimal. The token has 256 random bits, so nobody finds it from that.
    package static func hash(_ token: String) -> String {
        Hex.text(SHA256.hash(data: Array(token.utf8)))
    }
}

/// What a token is for.
package enum TokenPurpose: String, Sendable, CaseIterable {
    /// Everything that its account may do.
    case person
    /// Being a gateway, and nothing else.
    case gateway
}

/// Tokens that were looked up lately, so that a request with credentials costs no query.
private final class KnownTokens: Sendable {
    private struct State {
        var callers: [String: Caller] = [:]
        var generation = 0
    }

    private let state = Mutex(State())
    private static let most = 10_000

    func caller(_ hash: String) -> Caller? { state.withLock { $0.callers[hash] } }

    var generation: Int { state.withLock { $0.generation } }

    /// Keeps what was read while `read` was current; an answer older than a revocation is dropped.
    func remember(_ caller: Caller, _ hash: String, read: Int) {
        state.withLock { state in
            guard state.generation == read else { return }
            if state.callers.count >= Self.most { state.callers.removeAll() }
            state.callers[hash] = caller
        }
    }

    func forgetAll() {
        state.withLock { state in
            state.callers.removeAll()
            state.generation += 1
        }
    }
}
