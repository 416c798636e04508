import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwayStore
import Testing

@testable import SlipwayService

@Suite("Strategies carried out")
struct StrategyTests {
    /// Version 1 serves, version 2 is allowed, and releases go by `release`.
    private func serving(_ release: String, objectives: String? = nil) async throws -> Server {
        let manifest = World.manifest(release: release, objectives: objectives)
        let world = try await World.qualified(["fake one", "fake two"], manifest: manifest)
        let server = world.start()
        let state = try await server.finish(server.ship(1).plan.release)
        try #require(state.outcome == .promoted, "\(state.reason ?? "")")
        return server
    }

    /// Traffic, time and looks until `isDone`.
    private func go(
        _ server: Server,
        _ id: ReleaseID,
        until isDone: (ReleaseState) -> Bool
    ) async throws -> ReleaseState {
        for round in 0..<60 {
            try await server.controller.lookAfterAll()
            let state = try await server.releases.state(id)
            if isDone(state) || state.isTerminal { return state }
            if state.phase == .progressing { try await server.traffic(120, named: "g\(round)") }
            server.world.clock.advance(.minutes(2))
        }
        return try await server.releases.state(id)
    }

    @Test("a shadow answers nobody, is judged on copies and is ready for a person's word")
    func shadow() async throws {
        let server = try await serving("strategy: shadow")
        let id = try await server.ship(2).plan.release
        let ready = try await go(server, id) { $0.waiting?.kind == .person }
        #expect(ready.waiting?.sentence.contains("ready") == true, "\(ready.explanation)")
        #expect(try await server.endpoint()?.candidatePercent == 0)
        for index in 0..<100 { #expect(try await server.ask("k\(index)").version == 1) }
        #expect(server.world.engine.calls("fake two") > 30, "copies were scored")
        _ = try await server.releases.promote(id, caller: World.bob)
        #expect(try await server.finish(id).outcome == .promoted)
        #expect(try await server.ask("k").version == 2)
    }

    @Test("a shadow that disagrees, or that fails, is taken out with nobody hurt", arguments: [true, false])
    func badShadow(disagrees: Bool) async throws {
        let server = try await serving("strategy: shadow")
        server.world.engine.set("fake two") { behaviour in
            if disagrees { behaviour.disagrees = true } else { behaviour.failsEvery = 1 }
        }
        let id = try await server.ship(2).plan.release
        // The first request of all is a failure when every one is: the release does not even begin.
        let state = try await go(server, id) { _ in false }
        #expect(state.outcome == .rolledBack, "\(state.explanation)")
        if disagrees { #expect(state.reason?.contains("disagree") == true) }
        #expect(try await server.ask("k").version == 1)
    }

    @Test("blue/green switches at once, is judged again and keeps the old version warm")
    func blueGreen() async throws {
        let server = try await serving("strategy: blue-green")
        let id = try await server.ship(2).plan.release
        let after = try await go(server, id) { $0.stepIndex == 1 }
        #expect(after.candidatePercent == 100)
        try await server.controller.lookAfterAll()
        for index in 0..<50 { #expect(try await server.ask("k\(index)").version == 2) }
        let loads = server.world.engine.loads.count
        _ = try await server.releases.rollback(model: World.model, reason: "no", caller: World.bob)
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        #expect(try await server.ask("k").version == 1)
        #expect(server.world.engine.loads.count == loads, "the old version was still in memory")
    }

    @Test("blue/green that turns bad after the switch is returned by the analysis")
    func badAfterSwitch() async throws {
        let server = try await serving("strategy: blue-green")
        let id = try await server.ship(2).plan.release
        _ = try await go(server, id) { $0.stepIndex == 1 }
        server.world.engine.set("fake two") { $0.failsEvery = 2 }
        let state = try await go(server, id) { _ in false }
        #expect(state.outcome == .rolledBack, "\(state.explanation)")
        #expect(try await server.ask("k").version == 1)
    }

    @Test("good blue/green ends with the new version")
    func goodBlueGreen() async throws {
        let server = try await serving("strategy: blue-green")
        let id = try await server.ship(2).plan.release
        let state = try await go(server, id) { _ in false }
        #expect(state.outcome == .promoted, "\(state.explanation)")
        #expect(
            try await server.entries("release.step").compactMap { $0.data["percent"]?.integer } == [100, 0, 100, 100]
        )
    }

    @Test("an A/B release is ended by its labels, for the better version", arguments: [true, false])
    func comparison(isBetter: Bool) async throws {
        let server = try await serving("strategy: ab\n    ab: {metric: label_rate, goal: higher}")
        let id = try await server.ship(2).plan.release
        for round in 0..<40 {
            try await server.controller.lookAfterAll()
            let state = try await server.releases.state(id)
            if state.isTerminal || state.phase == .promoting || state.phase == .rollingBack { break }
            var labels: [(id: String, label: Double)] = []
            for index in 0..<60 where state.phase == .progressing {
                let answer = try await server.ask("l\(round)-\(index)")
                let isGood = (answer.version == 2) == isBetter
                labels.append((answer.predictionID, isGood ? 1 : 0))
                // What a tester does to the other version is not counted.
                let tester = try await server.ask("t", target: .candidate)
                labels.append((tester.predictionID, isBetter ? 0 : 1))
            }
            if !labels.isEmpty { _ = try await server.labels.add(labels, model: World.model) }
            server.world.clock.advance(.minutes(2))
        }
        let state = try await server.finish(id, requests: 0)
        #expect(state.outcome == (isBetter ? .promoted : .rolledBack), "\(state.explanation)")
        #expect(try await server.entries("release.comparison").count == 1)
    }

    @Test("testers choose a version by a header, and neither they nor probes are evidence")
    func testers() async throws {
        let server = try await serving("strategy: shadow\n    exclude: {headers: {x-synthetic: '1'}}")
        let id = try await server.ship(2).plan.release
        for _ in 0..<5 { try await server.controller.lookAfterAll() }
        #expect(try await server.ask("k", target: .candidate).version == 2)
        #expect(try await server.ask("k", target: .number(2)).version == 2)
        #expect(try await server.ask("k", target: .stable).version == 1)
        let unknown = await #expect(throws: ServiceError.self) { try await server.ask("k", target: .number(3)) }
        #expect(unknown?.kind == .notFound)
        for headers in [["slipway-probe": "1"], ["user-agent": "kube-probe/1.3"], ["x-synthetic": "1"]] {
            #expect(try await server.ask("k", headers: headers).version == 1)
        }
        try await server.shadows.flush()
        let meter = try #require(server.routing.endpoint(World.model)?.meter)
        let before = try meter.evidence(hasStable: true, now: server.world.clock.now)
        #expect(before.candidate.requests == 0 && before.stable?.requests == 0 && before.pairs == 0)
        try await server.ask("k")
        try await server.shadows.flush()
        let after = try meter.evidence(hasStable: true, now: server.world.clock.now)
        #expect(after.candidate.requests == 1 && after.stable?.requests == 1 && after.pairs == 1)
        _ = try await server.releases.abort(id, reason: "done", caller: World.bob)
        _ = try await server.finish(id)
        await #expect(throws: ServiceError.self) { try await server.ask("k", target: .candidate) }
    }

    @Test("copies are shed when the queue is full, and counted")
    func shedding() {
        let queue = ShadowQueue(capacity: 3)
        let model = try? FakeEngine(clock: TestClock()).load(Array("fake one".utf8))
        guard let model else { return #expect(Bool(false)) }
        let version = LoadedVersion(version: 1, digest: "d", model: model)
        for index in 0..<5 { queue.offer(Self.copy("\(index)", version)) }
        #expect(queue.counts.taken == 3 && queue.counts.shed == 2)
    }

    @Test("shadow traffic is the first to go: a busy server takes no copies, and takes them again afterwards")
    func sheddingUnderLoad() throws {
        let queue = ShadowQueue(busyAt: 2)
        let version = LoadedVersion(
            version: 1,
            digest: "d",
            model: try FakeEngine(clock: TestClock()).load(Array("fake one".utf8))
        )
        for live in 1...4 {
            queue.liveBegins()
            queue.offer(Self.copy("\(live)", version))
        }
        #expect(queue.counts.taken == 2 && queue.counts.shed == 2)
        for _ in 0..<4 { queue.liveEnds() }
        queue.offer(Self.copy("5", version))
        #expect(queue.counts.taken == 3 && queue.counts.shed == 2)
    }

    private static func copy(_ id: String, _ version: LoadedVersion) -> PredictionRecord {
        PredictionRecord(
            id: id,
            model: "m",
            version: version,
            time: Instant(milliseconds: 0),
            key: nil,
            nanoseconds: 0,
            inputs: [Tensor(name: "input", shape: [1, 2], data: .fp32([0, 0]))],
            outputs: [],
            counterpart: version,
            meter: nil
        )
    }
}
