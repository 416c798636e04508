import SlipwayDomain
import SlipwayLedger
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite("Users and tokens")
struct AccountsTests {
    private static func kind(_ kind: ServiceError.Kind, _ body: () async throws -> Void) async {
        let error = await #expect(throws: ServiceError.self) { try await body() }
        #expect(error?.kind == kind, "\(String(describing: error))")
    }

    @Test("the first user is the administrator, the second is not")
    func first() async throws {
        let accounts = try await World().start().accounts
        let alice = try await accounts.create(user: "alice", caller: .anonymous)
        let admin = try #require(await accounts.authenticate(token: alice))
        #expect(admin == Caller(user: "alice", isAdmin: true))
        let bob = try await accounts.create(user: "bob", caller: admin)
        #expect(await accounts.authenticate(token: bob) == Caller(user: "bob", isAdmin: false))
        let users = try await accounts.users()
        #expect(users.map(\.name) == ["alice", "bob"] && users.map(\.isAdmin) == [true, false])
    }

    @Test("of many who come first at once, one becomes administrator")
    func race() async throws {
        let accounts = try await World().start().accounts
        let tokens = await withTaskGroup(of: String?.self) { group in
            for number in 0..<20 {
                group.addTask { try? await accounts.create(user: "user\(number)", caller: .anonymous) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(tokens.compactMap { $0 }.count == 1)
        #expect(try await accounts.users().count == 1)
    }

    @Test("only an administrator makes users, and nobody makes tokens for somebody else")
    func forbidden() async throws {
        let accounts = try await World().start().accounts
        _ = try await accounts.create(user: "alice", caller: .anonymous)
        _ = try await accounts.create(user: "bob", caller: World.alice)
        for caller in [Caller.anonymous, World.bob, .system] {
            await Self.kind(.forbidden) { _ = try await accounts.create(user: "eve", caller: caller) }
            await Self.kind(.forbidden) { _ = try await accounts.createToken(user: "alice", caller: caller) }
        }
        _ = try await accounts.createToken(user: "bob", caller: World.bob)
        #expect(try await accounts.users().map(\.name) == ["alice", "bob"])
        await Self.kind(.alreadyExists) { _ = try await accounts.create(user: "bob", caller: World.alice) }
        await Self.kind(.notFound) { _ = try await accounts.createToken(user: "zoe", caller: World.alice) }
    }

    @Test("a revoked token stops at once, also where it was just used, and only it")
    func revoked() async throws {
        let world = try await World()
        let accounts = world.start().accounts
        let first = try await accounts.create(user: "alice", caller: .anonymous)
        let second = try await accounts.createToken(user: "alice", caller: World.alice)
        let bob = try await accounts.create(user: "bob", caller: World.alice)
        for token in [first, second, bob] { #expect(await accounts.authenticate(token: token) != nil) }
        let id = String(first.prefix { $0 != "." })
        await Self.kind(.forbidden) { try await accounts.revoke(token: id, caller: World.bob) }
        #expect(await accounts.authenticate(token: first) != nil, "a refused revocation revokes nothing")
        try await accounts.revoke(token: id, caller: World.alice)
        #expect(await accounts.authenticate(token: first) == nil)
        #expect(await accounts.authenticate(token: second) != nil)
        #expect(await accounts.authenticate(token: bob) != nil)
        #expect(await world.start().accounts.authenticate(token: first) == nil, "nor after a restart")
        await Self.kind(.notFound) { try await accounts.revoke(token: id, caller: World.alice) }
    }

    @Test("neither the database nor the ledger holds a token, and a changed token proves nobody")
    func hashed() async throws {
        let world = try await World()
        let server = world.start()
        let token = try await server.accounts.create(user: "alice", caller: .anonymous)
        let secret = String(token.drop { $0 != "." }.dropFirst())
        #expect(secret.utf8.count == 64)
        let rows = try await world.database.read {
            try $0.rows("SELECT id || hash || user_name FROM tokens").map { $0.text(0) }
        }
        #expect(rows.allSatisfy { !$0.contains(secret) } && rows.count == 1)
        for entry in try await server.ledger.entries() {
            #expect(try !String(decoding: entry.canonicalBytes, as: UTF8.self).contains(secret))
        }
        #expect(try await server.ledger.entries().map(\.name) == ["user.created", "token.issued"])
        let bad = [
            "", ".", token + "0", String(token.dropLast()), token.uppercased(), String(repeating: "a", count: 10_000),
        ]
        for other in bad { #expect(await server.accounts.authenticate(token: other) == nil) }
    }

    @Test(
        "names that are no names, or Slipway's own, are refused",
        arguments: ["", "Alice", "1alice", "al ice", "alice\n", "ali/ce", "slipway", "anonymous", "-a", "älice"]
            + [String(repeating: "a", count: 64)]
    )
    func names(_ name: String) async throws {
        let accounts = try await World().start().accounts
        await Self.kind(.invalid) { _ = try await accounts.create(user: name, caller: .anonymous) }
        #expect(try await accounts.users().isEmpty)
    }
}
