import SlipwayDomain
import SlipwayLedger
import SlipwayRelease
import SlipwayStatistics
import Testing

@testable import SlipwayService

/// Every metric of `release.analysis`, measured on live traffic, to a good and a bad end.
@Suite("Analysis metrics on live traffic")
struct AnalysisMetricTests {
    struct Story: Sendable, CustomTestStringConvertible {
        let rule: String
        /// What makes the candidate break the rule.
        let harm: @Sendable (inout FakeEngine.Behaviour) -> Void
        /// What the judgement of a harmed candidate says.
        let says: String
        var testDescription: String { rule }
    }

    static let stories = [
        Story(rule: "{metric: error_rate, max: 0.1}", harm: { $0.failsEvery = 3 }, says: "error_rate is"),
        Story(
            rule: "{metric: error_rate, against: stable, maxIncrease: 0.1}",
            harm: { $0.failsEvery = 3 },
            says: "of stable"
        ),
        Story(rule: "{metric: latency_p95_ms, max: 50}", harm: { $0.slowMilliseconds = 80 }, says: "over 50 ms"),
        Story(rule: "{metric: latency_p99_ms, max: 50}", harm: { $0.slowMilliseconds = 80 }, says: "over 50 ms"),
        Story(
            rule: "{metric: latency_p95_ms, against: stable, maxIncrease: 20}",
            harm: { $0.slowMilliseconds = 80 },
            says: "latency_p95_ms is 80"
        ),
        Story(
            rule: "{metric: latency_p50_ms, against: stable, maxIncrease: 20}",
            harm: { $0.slowMilliseconds = 80 },
            says: "latency_p50_ms is 80"
        ),
        Story(rule: "{metric: disagreement, max: 0.3}", harm: { $0.disagrees = true }, says: "disagreement is"),
        Story(
            rule: "{metric: disagreement, slice: distance, max: 0.3}",
            harm: { $0.disagreesAt = 2 },
            says: "worst for distance = 2"
        ),
        Story(rule: "{metric: score_distance, max: 0.2}", harm: { $0.bias = 0.7 }, says: "score_distance is"),
        Story(rule: "{metric: score_drift, max: 0.3}", harm: { $0.bias = 0.7 }, says: "score_drift is"),
        Story(rule: "{metric: accuracy, min: 0.7, delay: 10m}", harm: { $0.disagrees = true }, says: "are wrong"),
        Story(
            rule: "{metric: accuracy, against: stable, maxDrop: 0.2, delay: 10m}",
            harm: { $0.disagrees = true },
            says: "of answers are wrong against"
        ),
        Story(
            rule: "{metric: prometheus, query: 'bad{v=\"$candidate\"}', max: 0.5}",
            harm: { _ in },
            says: "answered 0.9"
        ),
    ]

    private func serving(_ rule: String, _ metrics: FakeMetrics) async throws -> Server {
        let manifest = World.manifest(release: "strategy: canary\n    steps: [50, 100]", analysis: [rule])
        let world = try await World.qualified(["fake one", "fake two"], manifest: manifest)
        let server = world.start(metrics: metrics)
        for file in ["fake one", "fake two"] { world.engine.set(file) { $0.slowMilliseconds = 10 } }
        let first = try await server.finish(server.ship(1).plan.release)
        try #require(first.outcome == .promoted, "\(first.explanation)")
        return server
    }

    /// Asks about flights of three distances, and tells what became of each a moment later.
    private func traffic(_ server: Server, round: Int) async throws {
        var labels: [(id: String, label: Double)] = []
        for index in 0..<120 {
            let delay = Double(index * 37 % 100) / 100
            do {
                let answer = try await server.ask("r\(round)-\(index)", delay: delay, distance: Double(index % 3))
                labels.append((answer.predictionID, delay >= 0.5 ? 1 : 0))
            } catch let error as ServiceError where error.kind == .internal {
                // Counted by the meter.
            }
        }
        try await server.recorder.flush()
        try await server.shadows.flush()
        _ = try await server.labels.add(labels, model: World.model)
    }

    private func end(_ server: Server, _ id: ReleaseID) async throws -> ReleaseState {
        for round in 0..<58 {
            try await server.controller.lookAfterAll()
            await server.controller.askQueries()
            let state = try await server.releases.state(id)
            if state.isTerminal || state.phase == .paused { return state }
            if state.phase == .progressing { try await traffic(server, round: round) }
            server.world.clock.advance(.minutes(2))
        }
        return try await server.releases.state(id)
    }

    @Test(
        "a candidate that keeps the rule is promoted, one that breaks it is rolled back for that reason",
        arguments: stories
    )
    func bothEnds(story: Story) async throws {
        for isGood in [true, false] {
            let metrics = FakeMetrics()
            metrics.set(.number(isGood ? 0.2 : 0.9, text: "{}"))
            let server = try await serving(story.rule, metrics)
            if !isGood { server.world.engine.set("fake two", story.harm) }
            let state = try await end(server, server.ship(2).plan.release)
            #expect(state.outcome == (isGood ? .promoted : .rolledBack), "\(story.rule): \(state.explanation)")
            let judged = try #require(try await server.entries("release.analysis").last, "\(story.rule)")
            let sentence = judged.data["sentence"]?.string ?? ""
            if !isGood { #expect(sentence.contains(story.says), "\(sentence)") }
            // The record alone gives the same verdict again, byte for byte.
            let verdict = try judged.data.decode(AnalysisVerdict.self)
            #expect(verdict.recomputed == verdict, "\(story.rule)")
        }
    }

    @Test("a query is asked with the release's own versions, and one that is not answered never passes")
    func unanswered() async throws {
        let metrics = FakeMetrics()
        let server = try await serving(
            "{metric: prometheus, query: 'bad{v=\"$candidate\",s=\"$stable\"}', max: 0.5}",
            metrics
        )
        metrics.set(.failure("no connection to Prometheus, or it broke off"))
        let state = try await end(server, server.ship(2).plan.release)
        #expect(metrics.asked.first == #"bad{v="2",s="1"}"#)
        #expect(state.phase == .progressing && state.stepIndex == 0, "\(state.explanation)")
        #expect(state.lastVerdict?.overall == .notEnoughData)
        #expect(state.explanation.contains("broke off"), "\(state.explanation)")
    }

    @Test("a server that asks no Prometheus refuses the release and says what to do")
    func withoutPrometheus() async throws {
        let rule = "{metric: prometheus, query: 'up', max: 0.5}"
        let world = try await World.qualified(["fake one"], manifest: World.manifest(analysis: [rule]))
        let error = await #expect(throws: ServiceError.self) { try await world.start().ship(1) }
        #expect(error?.kind == .conflict && error?.message.contains("--prometheus URL") == true)
    }

    @Test("labels count only once they are old enough, and not those of testers")
    func delayed() async throws {
        let metrics = FakeMetrics()
        let server = try await serving("{metric: accuracy, min: 0.7, delay: 1h}", metrics)
        server.world.engine.set("fake two") { $0.disagrees = true }
        let id = try await server.ship(2).plan.release
        for _ in 0..<4 { try await server.controller.lookAfterAll() }
        for round in 0..<5 {
            try await traffic(server, round: round)
            let tester = try await server.ask("t", target: .candidate)
            _ = try await server.labels.add([(tester.predictionID, 0)], model: World.model)
            server.world.clock.advance(.minutes(2))
            try await server.controller.lookAfterAll()
        }
        let early = try await server.releases.state(id)
        #expect(early.lastVerdict?.overall == .notEnoughData, "\(early.explanation)")
        #expect(early.lastVerdict?.rules.first?.note == "no label is old enough yet")
        server.world.clock.advance(.minutes(61))
        try await server.controller.lookAfterAll()
        let late = try await server.releases.state(id)
        let quality = try #require(late.lastVerdict?.evidence.details?.quality)
        #expect(quality.candidate.labelled + quality.stable.labelled == 5 * 120, "no tester's is among them")
        #expect(late.outcome == .rolledBack || late.phase == .rollingBack, "\(late.explanation)")
    }

    @Test("a pair is kept as a flip from class to class, by the values of a column")
    func flips() async throws {
        let metrics = FakeMetrics()
        let server = try await serving("{metric: disagreement, slice: distance, max: 0.9}", metrics)
        server.world.engine.set("fake two") { $0.disagreesAt = 1 }
        _ = try await server.ship(2)
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        try await traffic(server, round: 0)
        let meter = try #require(server.routing.endpoint(World.model)?.meter)
        let evidence = try meter.evidence(hasStable: true, now: server.world.clock.now)
        let pairs = try #require(evidence.details?.pairs)
        #expect(pairs.classes == ["0", "1"])
        #expect(pairs.flips[0][1] + pairs.flips[1][0] == 40 && evidence.disagreements == 40)
        #expect(pairs.slices.map(\.value) == ["0", "1", "2"])
        #expect(pairs.slices.map(\.disagreements) == [0, 40, 0])
        #expect(pairs.scored == 120 && pairs.blocks.first?.blocks == 30)
    }
}
