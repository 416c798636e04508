import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwayService
import SlipwayStore
import Testing

@Suite("People and releases")
struct ReleaseControlTests {
    private func canary() async throws -> (Server, ReleaseID) {
        let world = try await World.qualified(["fake one", "fake two"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        let id = try await server.ship(2).plan.release
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        #expect(try await server.releases.state(id).phase == .progressing)
        return (server, id)
    }

    @Test("a paused release keeps its share whatever it sees, and goes on when resumed")
    func pause() async throws {
        let (server, id) = try await canary()
        try await server.releases.apply(.pause(by: "bob"), to: id)
        for round in 0..<6 {
            try await server.controller.lookAfterAll()
            try await server.traffic(120, named: "p\(round)")
            server.world.clock.advance(.minutes(2))
        }
        let paused = try await server.releases.state(id)
        #expect(paused.phase == .paused && paused.stepIndex == 0)
        #expect(try await server.endpoint()?.candidatePercent == 20)
        try await server.releases.apply(.resume(by: "bob"), to: id)
        #expect(try await server.finish(id).outcome == .promoted)
        let actors = try await (server.entries("release.paused") + server.entries("release.resumed")).map(\.actor)
        #expect(actors == ["bob", "bob"])
    }

    @Test("time that goes by without a consequence changes nothing, and what another process wrote is read anew")
    func quietTime() async throws {
        let (server, id) = try await canary()
        let before = try await server.releases.state(id)
        for _ in 0..<3 { #expect(try await server.releases.tick(id) == before) }
        let other = server.world.start().releases
        let paused = try await other.apply(.pause(by: "bob"), to: id)
        #expect(paused.phase == .paused && paused.revision > before.revision)
        #expect(try await server.releases.tick(id) == paused)
        _ = try await other.apply(.resume(by: "bob"), to: id)
        try await server.controller.lookAfterAll()
        let resumed = try await server.releases.state(id)
        server.world.clock.advance(.days(30))
        let late = try await server.releases.tick(id)
        #expect(resumed.phase == .progressing && late.phase != .progressing, "the deadline passed")
    }

    @Test("a pause stops the progress, not the protection: proven harm is taken out")
    func pausedHarm() async throws {
        let (server, id) = try await canary()
        try await server.releases.apply(.pause(by: "bob"), to: id)
        server.world.engine.set("fake two") { $0.failsEvery = 1 }
        for round in 0..<20 where try await !server.releases.state(id).isTerminal {
            try await server.controller.lookAfterAll()
            try await server.traffic(120, named: "p\(round)")
            server.world.clock.advance(.minutes(2))
        }
        #expect(try await server.releases.state(id).outcome == .rolledBack)
    }

    @Test("abort gives everything back and says who and why")
    func abort() async throws {
        let (server, id) = try await canary()
        try await server.releases.apply(.abort(by: "bob", reason: "wrong week"), to: id)
        let state = try await server.finish(id)
        #expect(state.outcome == .aborted && state.reason?.contains("wrong week") == true)
        #expect(try await server.ask("k").version == 1)
        // What is over stays over.
        for event in [ReleaseEvent.resume(by: "eve"), .promote(by: "eve"), .rollback(by: "eve", reason: "")] {
            #expect(try await server.releases.apply(event, to: id) == state)
        }
        #expect(try await server.entries("release.completed").last?.actor == ReleaseRecord.machine)
    }

    @Test("promote skips the analysis under the name of the person")
    func promote() async throws {
        let (server, id) = try await canary()
        try await server.releases.apply(.promote(by: "bob"), to: id)
        #expect(try await server.finish(id, requests: 0).outcome == .promoted)
        #expect(try await server.entries("release.step").last?.data["by"]?.string == "bob")
    }

    @Test("without traffic a release waits until its deadline, then asks a person")
    func noTraffic() async throws {
        let (server, id) = try await canary()
        for _ in 0..<100 {
            try await server.controller.lookAfterAll()
            server.world.clock.advance(.minutes(2))
        }
        let state = try await server.releases.state(id)
        #expect(state.phase == .paused && state.stepIndex == 0)
        #expect(state.reason?.contains("not enough data") == true)
    }

    @Test("an unknown release is not found")
    func unknown() async throws {
        let server = try await World().start()
        let error = await #expect(throws: ServiceError.self) {
            try await server.releases.apply(.pause(by: "bob"), to: ReleaseID("nope"))
        }
        #expect(error?.kind == .notFound)
    }
}
