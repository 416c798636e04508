import SlipwayDomain
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite("The account of a release")
struct ReleaseAccountTests {
    private func promoted() async throws -> (Server, ReleaseID) {
        let world = try await World.qualified(["fake one", "fake two"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        let id = try await server.ship(2).plan.release
        #expect(try await server.finish(id).outcome == .promoted)
        return (server, id)
    }

    @Test("every judged step has a record from which its verdict follows")
    func account() async throws {
        let (server, id) = try await promoted()
        let account = try await server.releases.account(of: id)
        #expect(account.findings.isEmpty, "\(account.findings)")
        #expect(account.judgements.map(\.verdict?.step) == [0, 1])
        #expect(account.judgements.allSatisfy { $0.verdict?.overall == .pass && $0.replay.isSame })
        #expect(account.end != nil && account.now == nil)
        #expect(account.alphaSpent <= (account.alpha ?? 0) * (1 + 1e-9))
    }

    @Test("a record that was changed in the store is found")
    func tampered() async throws {
        let (server, id) = try await promoted()
        try await server.world.database.write { connection in
            _ = try connection.execute(
                "UPDATE ledger_entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"limit\":0.3', '\"limit\":0.4') AS BLOB)"
                    + " WHERE subject = ? AND type LIKE ?",
                [.text("releases/\(id)"), .text("%release.analysis")]
            )
        }
        let account = try await server.releases.account(of: id)
        #expect(account.findings.count == 2 && account.replayJSON["same"] == .bool(false), "\(account.findings)")
    }

    @Test("a release under way tells its newest look, and one that a person ends keeps it")
    func underWay() async throws {
        let world = try await World.qualified(["fake one", "fake two"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        let id = try await server.ship(2).plan.release
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        try await server.traffic(20)
        world.clock.advance(.seconds(10))
        try await server.controller.lookAfterAll()
        #expect(try await server.releases.account(of: id).now != nil)
        try await server.releases.apply(.abort(by: "bob", reason: "wrong week"), to: id)
        _ = try await server.finish(id)
        let account = try await server.releases.account(of: id)
        #expect(account.judgements.map(\.verdict?.overall) == [.notEnoughData] && account.findings.isEmpty)
    }

    @Test("a forecast is told from the measured rate, and asks for one when nothing was measured")
    func forecast() async throws {
        let (server, id) = try await promoted()
        let stated = try await server.releases.forecast(of: id, rate: 40)
        #expect(stated.traffic.rate == 40 && stated.lines.map(\.percent) == [20, 20, 50, 50])
        let empty = try await World.qualified(["fake one"]).start()
        let error = await #expect(throws: ServiceError.self) {
            try await empty.releases.forecast(model: World.model, rate: nil)
        }
        #expect(error?.kind == .conflict && error?.message.contains("--rate") == true)
        #expect(try await empty.releases.forecast(model: World.model, rate: 5).lines.count == 4)
    }
}
