import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

/// The controller dies at every point at which it can die; what is started again ends the release as it should.
@Suite("Crashes during a release")
struct ReleaseCrashTests {
    /// How a release is to end.
    enum Story: CaseIterable {
        case first, healthy, disagreeing, rollback

        var outcome: ReleaseOutcome { self == .disagreeing ? .rolledBack : .promoted }
        var stable: Int {
            switch self {
            case .first, .disagreeing, .rollback: 1
            case .healthy: 2
            }
        }
    }

    /// A world right before the release begins.
    private func prepared(_ story: Story) async throws -> World {
        let files = story == .first ? ["fake one"] : ["fake one", "fake two"]
        let world = try await World.qualified(files)
        if story == .first { return world }
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        if story == .rollback { _ = try await server.finish(server.ship(2).plan.release) }
        world.engine.set("fake two") { $0.disagrees = story == .disagreeing }
        return world
    }

    private func begin(_ story: Story, on server: Server) async throws -> ReleaseID {
        switch story {
        case .first: try await server.ship(1).plan.release
        case .healthy, .disagreeing: try await server.ship(2).plan.release
        case .rollback:
            try await server.releases.rollback(model: World.model, reason: "test", caller: World.alice).plan.release
        }
    }

    private func expectGoodEnd(_ story: Story, _ server: Server, _ id: ReleaseID, _ place: String) async throws {
        let state = try await server.releases.state(id)
        #expect(state.outcome == story.outcome, "\(place): \(state.phase) \(state.reason ?? "")")
        let endpoint = try await server.endpoint()
        #expect(endpoint?.stable == story.stable && endpoint?.candidate == nil && endpoint?.release == nil, "\(place)")
        #expect(endpoint?.candidatePercent == 0, "\(place)")
        let route = server.routing.endpoint(World.model)
        #expect(route?.stable?.version == story.stable && route?.candidate == nil, "\(place)")
        #expect(try await server.ask("k").version == story.stable, "\(place)")
        let about = try await server.ledger.entries().filter { $0.subject == "releases/\(id)" }
        #expect(about.count { $0.name == "release.started" } == 1, "\(place)")
        #expect(about.count { $0.name == "release.completed" } == 1, "\(place)")
        let steps = about.filter { $0.name == "release.step" }.map { $0.data["percent"]?.integer ?? -1 }
        #expect(Set(steps).count == steps.count, "\(place): a step is recorded once, not as \(steps)")
        #expect(try await server.ledger.verify().isIntact, "\(place)")
    }

    @Test(
        "after the n-th write, lost or unacknowledged, for every n",
        .timeLimit(.minutes(5)),
        arguments: Story.allCases,
        FaultyDatabase.LastWrite.allCases
    )
    func afterEachWrite(_ story: Story, _ lastWrite: FaultyDatabase.LastWrite) async throws {
        let template = try await prepared(story)
        var deaths = 0
        for writes in 0..<200 {
            let world = try await World(copying: template)
            let place = "\(story), \(lastWrite), write \(writes)"
            let id = try await begin(story, on: world.start())
            let faulty = FaultyDatabase(world.database, dyingAfter: writes, lastWrite)
            let doomed = world.start(on: faulty)
            var rounds = 0
            while !faulty.isDead, try await !world.start().releases.state(id).isTerminal, rounds < 60 {
                // What the dying process says is of no interest; what it leaves behind is.
                if rounds == 0 { try? await doomed.boot() } else { try? await doomed.controller.lookAfterAll() }
                if !faulty.isDead { try? await doomed.traffic(80, named: "d\(rounds)") }
                world.clock.advance(.minutes(2))
                rounds += 1
            }
            if faulty.isDead { deaths += 1 }
            let next = world.start()
            try await next.boot()
            _ = try await next.finish(id, requests: 80)
            try await expectGoodEnd(story, next, id, place)
            if !faulty.isDead { break }
        }
        #expect(deaths >= 3, "\(story) makes more writes than \(deaths)")
    }

    @Test("between any two looks", arguments: Story.allCases)
    func betweenLooks(_ story: Story) async throws {
        let world = try await prepared(story)
        let id = try await begin(story, on: world.start())
        var server = world.start()
        for round in 0..<60 {
            server = world.start()
            try await server.boot()
            if try await server.releases.state(id).isTerminal { break }
            // Before the first release is loaded there is nothing to ask.
            try? await server.traffic(300, named: "b\(round)")
            world.clock.advance(.minutes(2))
            // The evidence of a step is counted by one process; it gets a second look for a verdict.
            try await server.controller.lookAfterAll()
        }
        let last = world.start()
        try await last.boot()
        try await expectGoodEnd(story, last, id, "\(story)")
    }

    @Test("a stored release that cannot be read stops no other")
    func unreadable() async throws {
        let world = try await prepared(.healthy)
        let server = world.start()
        try await server.boot()
        try await world.database.write { connection in
            try ReleaseTable.insert(
                id: ReleaseID("0"),
                model: "other",
                environment: "production",
                candidate: 1,
                revision: 1,
                isActive: true,
                startedAt: world.clock.now,
                state: "{}",
                in: connection
            )
        }
        #expect(try await server.finish(server.ship(2).plan.release).outcome == .promoted)
    }
}
