import SlipwayDomain
import SlipwayLedger
import SlipwayPolicy
import SlipwayRelease
import SlipwayService
import SlipwayStore
import Testing

@Suite("Releases carried out")
struct ReleaseTests {
    /// A world in which version 1 serves and the others are allowed.
    private func serving(_ files: [String]) async throws -> (World, Server) {
        let world = try await World.qualified(files)
        let server = world.start()
        let state = try await server.finish(server.ship(1).plan.release)
        try #require(state.outcome == .promoted)
        return (world, server)
    }

    @Test("the first release goes straight to all traffic")
    func first() async throws {
        let (world, server) = try await serving(["fake one"])
        let endpoint = try #require(server.routing.endpoint(World.model))
        #expect(endpoint.stable?.version == 1 && endpoint.candidate == nil && endpoint.meter == nil)
        #expect(try await server.ask("k").version == 1)
        #expect(try await server.entries("release.step").map { $0.data["percent"]?.integer } == [100])
        #expect(try await server.entries("release.completed").first?.data["outcome"]?.string == "promoted")
        #expect(world.engine.loads.filter { $0 == "fake one" }.count >= 1)
        #expect(try await server.ledger.verify().isIntact)
    }

    @Test("a healthy canary is promoted step by step, by evidence alone")
    func canary() async throws {
        let (world, server) = try await serving(["fake one", "fake two"])
        let state = try await server.finish(server.ship(2).plan.release)
        #expect(state.outcome == .promoted, "\(state.reason ?? "")")
        let steps = try await server.entries("release.step").compactMap { $0.data["percent"]?.integer }
        #expect(steps == [100, 20, 50, 100])
        #expect(try await server.entries("release.analysis").count == 2)
        #expect(server.routing.endpoint(World.model)?.stable?.version == 2)
        #expect(try await server.endpoint()?.previous == 1)
        // A restart serves the same.
        let again = world.start()
        try await again.boot()
        #expect(try await again.ask("k").version == 2)
    }

    @Test("a candidate that disagrees is caught and taken out with nobody's help")
    func disagreeing() async throws {
        let (world, server) = try await serving(["fake one", "fake two"])
        world.engine.set("fake two") { $0.disagrees = true }
        let state = try await server.finish(server.ship(2).plan.release)
        #expect(state.outcome == .rolledBack)
        #expect(state.reason?.contains("disagree") == true, "\(state.reason ?? "")")
        #expect(server.routing.endpoint(World.model)?.candidate == nil)
        for index in 0..<50 { #expect(try await server.ask("after-\(index)").version == 1) }
        let completed = try await server.entries("release.completed").last
        #expect(completed?.data["outcome"]?.string == "rolledBack" && completed?.data["reason"]?.string == state.reason)
        #expect(try await server.endpoint()?.stable == 1)
    }

    @Test("a candidate whose engine fails is caught and taken out")
    func failing() async throws {
        let (world, server) = try await serving(["fake one", "fake two"])
        world.engine.set("fake two") { $0.failsEvery = 1 }
        let state = try await server.finish(server.ship(2).plan.release)
        #expect(state.outcome == .rolledBack)
        #expect(state.reason?.contains("error") == true, "\(state.reason ?? "")")
        #expect(try await server.ask("k").version == 1)
    }

    @Test("a candidate that does not take what the stable version takes is caught, not waited for")
    func otherInputs() async throws {
        let (_, server) = try await serving(["fake one", "fake renamed"])
        let id = try await server.ship(2).plan.release
        for round in 0..<30 {
            try await server.controller.lookAfterAll()
            let state = try await server.releases.state(id)
            if state.isTerminal { break }
            for index in 0..<100 {
                // The client speaks as it did before the release; its answers are looked at elsewhere.
                _ = try? await server.ask("r\(round)-\(index)")
            }
            try await server.recorder.flush()
            server.world.clock.advance(.minutes(2))
        }
        #expect(try await server.releases.state(id).outcome == .rolledBack)
    }

    @Test("one release at a time, and none of the version that has the traffic")
    func oneAtATime() async throws {
        let (_, server) = try await serving(["fake one", "fake two", "fake three"])
        let same = await #expect(throws: ServiceError.self) { try await server.ship(1) }
        #expect(same?.kind == .conflict)
        _ = try await server.ship(2)
        let second = await #expect(throws: ServiceError.self) { try await server.ship(3) }
        #expect(second?.kind == .conflict)
        #expect(try await server.entries("release.started").count == 2)
    }

    @Test("a denied ship starts nothing and loads nothing")
    func denied() async throws {
        let (world, server) = try await serving(["fake one"])
        let version = try await world.register("fake two")
        let shipment = try await server.releases.ship(
            model: World.model,
            version: version,
            environment: .production,
            caller: World.alice
        )
        guard case .denied(let recorded) = shipment else {
            Issue.record("an unproven version was shipped")
            return
        }
        #expect(!recorded.decision.allowed && recorded.approval != nil)
        let loads = world.engine.loads.count
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        #expect(world.engine.loads.count == loads)
        #expect(try await server.endpoint()?.candidate == nil)
        #expect(try await server.entries("release.started").count == 1)
    }

    @Test("a file exchanged between the decision and the load is never loaded, and the release is rolled back")
    func exchanged() async throws {
        let (world, server) = try await serving(["fake one", "fake two"])
        let id = try await server.ship(2).plan.release
        try await world.exchange(2, for: "fake evil")
        let state = try await server.finish(id)
        #expect(state.outcome == .rolledBack)
        #expect(!world.engine.loads.contains("fake evil"))
        #expect(try await server.ask("k").version == 1)
    }

    @Test("after a restart a version whose file was exchanged is not loaded")
    func exchangedServing() async throws {
        let (world, _) = try await serving(["fake one"])
        try await world.exchange(1, for: "fake evil")
        let again = world.start()
        try await again.boot()
        #expect(!world.engine.loads.contains("fake evil"))
        await #expect(throws: ServiceError.self) { try await again.ask("k") }
    }

    @Test("a version that serves can be taken back to the one before; pressing twice is pressing once")
    func rollback() async throws {
        let (_, server) = try await serving(["fake one", "fake two"])
        _ = try await server.finish(server.ship(2).plan.release)
        let first = try await server.releases.rollback(model: World.model, reason: "bad feeling", caller: World.bob)
        let second = try await server.releases.rollback(model: World.model, reason: "again", caller: World.bob)
        #expect(first.plan.release == second.plan.release && first.plan.kind == .rollback)
        #expect(try await server.finish(first.plan.release).outcome == .promoted)
        #expect(try await server.ask("k").version == 1)
        // And once more when it is over: nobody who asks to go back wants the bad version again.
        _ = try? await server.releases.rollback(model: World.model, reason: "nervous", caller: World.bob)
        for _ in 0..<5 { try await server.controller.lookAfterAll() }
        #expect(try await server.endpoint()?.stable == 1)
        #expect(try await server.ask("k").version == 1)
    }

    @Test("a rollback during a canary ends the canary, and the stable version has everything")
    func rollbackOfCanary() async throws {
        let (_, server) = try await serving(["fake one", "fake two"])
        let id = try await server.ship(2).plan.release
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        let state = try await server.releases.rollback(model: World.model, reason: "no", caller: World.bob)
        #expect(state.plan.release == id && state.phase == .rollingBack)
        #expect(try await server.finish(id).outcome == .rolledBack)
        #expect(try await server.entries("release.completed").last?.data["reason"]?.string?.contains("bob") == true)
        #expect(try await server.endpoint()?.stable == 1)
        // Pressed again when that is done: it is the same wish, and no wish to leave the stable version too.
        let again = try await server.releases.rollback(model: World.model, reason: "no", caller: World.bob)
        #expect(again.plan.release == id && again.outcome == .rolledBack)
        server.world.clock.advance(.minutes(11))
        let later = await #expect(throws: ServiceError.self) {
            try await server.releases.rollback(model: World.model, reason: "the stable one too", caller: World.bob)
        }
        #expect(later?.kind == .conflict, "there is none before it")
    }

    @Test("whoever names the version to leave leaves it, whatever was rolled back before, and once")
    func rollbackFromAVersion() async throws {
        let (_, server) = try await serving(["fake one", "fake two", "fake three"])
        _ = try await server.finish(server.ship(2).plan.release)
        let canary = try await server.ship(3).plan.release
        func back(leaving: Int?) async throws -> ReleaseState {
            try await server.releases.rollback(model: World.model, leaving: leaving, reason: "no", caller: World.bob)
        }
        let wrong = await #expect(throws: ServiceError.self) { try await back(leaving: 2) }
        #expect(wrong?.kind == .conflict, "a release is under way")
        #expect(try await server.finish(back(leaving: 3).plan.release).outcome == .rolledBack)
        #expect(try await back(leaving: nil).plan.release == canary)
        let release = try await back(leaving: 2).plan
        #expect(release.kind == .rollback && release.candidate == 1)
        #expect(try await server.finish(release.release).outcome == .promoted)
        #expect(try await back(leaving: 2).plan.release == release.release)
        #expect(try await server.endpoint()?.stable == 1)
        let never = await #expect(throws: ServiceError.self) { try await back(leaving: 9) }
        #expect(never?.kind == .notFound)
    }

    @Test("what was left by a rollback is nothing to go back to")
    func rollbackAfterRollback() async throws {
        let (_, server) = try await serving(["fake one", "fake two", "fake three", "fake four"])
        func back(leaving: Int?) async throws -> ReleaseState {
            try await server.releases.rollback(model: World.model, leaving: leaving, reason: "no", caller: World.bob)
        }
        for version in [2, 3] { _ = try await server.finish(server.ship(version).plan.release) }
        #expect(try await server.finish(back(leaving: 3).plan.release).plan.candidate == 2)
        #expect(try await server.endpoint()?.previous == 1)
        _ = try await server.ship(4)
        #expect(try await server.finish(back(leaving: nil).plan.release).outcome == .rolledBack)
        #expect(try await server.finish(back(leaving: 2).plan.release).plan.candidate == 1)
        let end = try await server.endpoint()
        #expect(end?.stable == 1 && end?.previous == nil)
        let none = await #expect(throws: ServiceError.self) { try await back(leaving: 1) }
        #expect(none?.kind == .conflict)
    }

    @Test("what never served, or has nothing before it, cannot be rolled back")
    func nothingToRollBack() async throws {
        let (_, server) = try await serving(["fake one"])
        let none = await #expect(throws: ServiceError.self) {
            try await server.releases.rollback(model: "other", reason: "", caller: World.bob)
        }
        #expect(none?.kind == .notFound)
        let first = await #expect(throws: ServiceError.self) {
            try await server.releases.rollback(model: World.model, reason: "", caller: World.bob)
        }
        #expect(first?.kind == .conflict)
    }
}
