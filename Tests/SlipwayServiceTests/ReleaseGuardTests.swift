import SlipwayDomain
import SlipwayLedger
import SlipwayPolicy
import SlipwayRelease
import SlipwaySQLite
import SlipwayStore
import Testing

@testable import SlipwayService

@Suite("Freezes, approvals and budgets")
struct ReleaseGuardTests {
    private func serving(_ release: String? = nil, objectives: String? = nil) async throws -> Server {
        let manifest = World.manifest(release: release, objectives: objectives)
        let world = try await World.qualified(["fake one", "fake two", "fake three"], manifest: manifest)
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        return server
    }

    private func go(_ server: Server, _ id: ReleaseID, _ rounds: Int) async throws -> ReleaseState {
        for round in 0..<rounds {
            try await server.controller.lookAfterAll()
            try await server.traffic(120, named: "g\(round)")
            server.world.clock.advance(.minutes(2))
        }
        return try await server.releases.state(id)
    }

    /// A canary that waits, because bob froze production after its first step.
    private func frozen() async throws -> (Server, ReleaseID) {
        let server = try await serving()
        let id = try await server.ship(2).plan.release
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        _ = try await server.releases.freeze(.production, reason: "month end", caller: World.bob)
        let waiting = try await go(server, id, 8)
        #expect(waiting.stepIndex == 0 && waiting.waiting?.kind == .freeze, "\(waiting.explanation)")
        return (server, id)
    }

    @Test("a freeze stops what grows, is in the ledger, and lets every way back through")
    func freeze() async throws {
        let (server, id) = try await frozen()
        let promoted = await #expect(throws: ServiceError.self) {
            try await server.releases.promote(id, caller: World.bob)
        }
        #expect(promoted?.kind == .conflict && promoted?.message.contains("month end") == true)
        _ = try await server.releases.rollback(model: World.model, reason: "no", caller: World.bob)
        #expect(try await server.finish(id).outcome == .rolledBack)
        let shipped = await #expect(throws: ServiceError.self) { try await server.ship(3) }
        #expect(shipped?.kind == .conflict && shipped?.message.contains("slipway thaw production") == true)
        _ = try await server.releases.thaw(.production, caller: World.bob)
        await #expect(throws: ServiceError.self) { try await server.releases.thaw(.production, caller: World.bob) }
        let again = try await server.releases.retry(id, caller: World.alice)
        guard case .started(_, let state) = again else { return #expect(Bool(false), "retry was denied") }
        #expect(try await server.finish(state.plan.release).outcome == .promoted)
        #expect(try await server.entries("environment.frozen").map(\.actor) == ["bob"])
        #expect(try await server.entries("environment.thawed").count == 1)
        #expect(try await server.ledger.verify().isIntact)
    }

    @Test("what follows from a thaw is nobody's deed, whoever says something first after it")
    func actorAfterThaw() async throws {
        let (server, id) = try await frozen()
        _ = try await server.releases.thaw(.production, caller: World.bob)
        let before = try await server.entries("release.step").count
        // Nobody looked at the release since.
        try await server.releases.apply(.pause(by: "eve"), to: id)
        let steps = try await server.entries("release.step")
        #expect(steps.count == before + 1 && steps.last?.actor == ReleaseRecord.machine)
        #expect(try await server.entries("release.paused").map(\.actor) == ["eve"])
    }

    @Test("a step is entered only with the word of somebody else of the role")
    func approval() async throws {
        let steps =
            "strategy: canary\n    approvers: {risk: [carol]}\n    steps: [20, {percent: 50, approve: risk}, 100]"
        let server = try await serving(steps)
        let id = try await server.ship(2).plan.release
        let waiting = try await go(server, id, 8)
        #expect(waiting.stepIndex == 0 && waiting.waiting?.kind == .approval, "\(waiting.explanation)")
        for caller in [World.alice, World.bob] {
            let error = await #expect(throws: ServiceError.self) {
                try await server.releases.approve(id, caller: caller)
            }
            #expect(error?.kind == .forbidden, "\(error?.message ?? "")")
        }
        let nobody = await #expect(throws: ServiceError.self) {
            try await server.releases.approve(id, caller: .anonymous)
        }
        #expect(nobody?.kind == .unauthenticated)
        _ = try await server.releases.approve(id, caller: Caller(user: "carol"))
        #expect(try await server.finish(id).outcome == .promoted)
        #expect(try await server.entries("release.approved").map(\.actor) == ["carol"])
    }

    @Test("a spent error budget holds a release up, computed from the endpoint's own counts")
    func budget() async throws {
        let server = try await serving(objectives: "{availability: 0.99, window: 30d}")
        let now = server.world.clock.now
        try await server.world.database.write { connection in
            try EndpointHourTable.add(
                EndpointSums(requests: 1000, errors: 400, slow: 0),
                model: World.model,
                at: now,
                in: connection
            )
        }
        let id = try await server.ship(2).plan.release
        for _ in 0..<25 { try await server.controller.lookAfterAll() }
        let waiting = try await go(server, id, 8)
        #expect(waiting.waiting?.kind == .budget, "\(waiting.explanation)")
        #expect(waiting.candidatePercent == 0, "nothing was exposed on a spent budget")
        _ = try await server.releases.promote(id, caller: World.bob)
        #expect(try await server.finish(id).outcome == .promoted)
        // Counts are stored every so many looks.
        for _ in 0..<20 { try await server.controller.lookAfterAll() }
        let sums = try await server.world.database.read {
            try EndpointHourTable.sums(model: World.model, from: now, to: now + .days(1), in: $0)
        }
        #expect(sums.requests > 1000, "live traffic was added: \(sums)")
    }

    @Test("orders that come too late say so and say what to do")
    func late() async throws {
        let server = try await serving()
        let id = try await server.ship(2).plan.release
        _ = try await server.releases.abort(id, reason: "no", caller: World.bob)
        let done = try await server.finish(id)
        // The same order again is the same answer; another one is refused.
        #expect(try await server.releases.abort(id, reason: "no", caller: World.bob) == done)
        let caller = World.bob
        let orders: [() async throws -> ReleaseState] = [
            { try await server.releases.pause(id, caller: caller) },
            { try await server.releases.resume(id, caller: caller) },
            { try await server.releases.promote(id, caller: caller) },
        ]
        for order in orders {
            let error = await #expect(throws: ServiceError.self) { try await order() }
            #expect(error?.kind == .conflict && error?.message.contains("slipway retry") == true)
        }
    }

    @Test("a candidate with its hands full leaves requests to the stable version and has the errors")
    func lane() async throws {
        let server = try await serving("strategy: canary\n    steps: [50, 100]\n    limits: {queue: 1}")
        _ = try await server.ship(2)
        for _ in 0..<4 { try await server.controller.lookAfterAll() }
        let endpoint = try #require(server.routing.endpoint(World.model))
        let lane = try #require(endpoint.lane)
        #expect(lane.enter())
        for index in 0..<100 { #expect(try await server.ask("k\(index)").version == 1, "the place was taken") }
        lane.leave()
        let evidence = try #require(endpoint.meter).evidence(hasStable: true, now: server.world.clock.now)
        #expect(lane.refusals > 20 && evidence.candidate.errors == lane.refusals)
        var versions: Set<Int> = []
        for index in 0..<100 { versions.insert(try await server.ask("k\(index)").version) }
        #expect(versions == [1, 2])
    }

    @Test("a state that was stored before strategies were is read with their defaults")
    func oldRow() throws {
        let old = #"""
            {"enteredStepAt":"2013-04-01T05:00:00.000Z","pendingEffects":[],"phase":"progressing","plan":{"alpha":0.05,
            "analysis":[],"candidate":2,"decision":"e7","demands":{"duration":"5m","requests":100},
            "environment":"production","kind":"change","model":"m","policy":{"fail":"rollBack",
            "inconclusive":"rollBack","notEnoughData":"hold"},"release":"r1","stable":1,"stepDeadline":"1d",
            "steps":[5,25,100],"strategy":"canary"},"revision":4,"stepIndex":0}
            """#
        let state = try JSONValue(parsing: Array(old.utf8)).decode(ReleaseState.self)
        #expect(state.plan.controls == ReleaseControls() && state.plan.policy.pass == .proceed)
        let next = ReleasePlanner.step(state, .rollback(by: "ana", reason: "no"), now: Instant(milliseconds: 0)).state
        #expect(next.phase == .rollingBack)
    }
}
