import SlipwayDomain
import Testing

@testable import SlipwayService

@Suite("Upstreams")
struct UpstreamModelTests {
    private let fake = FakeUpstream()
    /// Looks block their thread, which must be none that tasks run on.
    private let pool = BlockingPool(name: "upstream", threads: 1)

    /// What a look finds; it is given minutes, because other tests may hold all threads for a while.
    private func look(_ model: UpstreamModel) async -> ServiceError? {
        await model.finding(until: Runtime.live().monotonicNanoseconds() + 600_000_000_000)
    }

    /// A model that was looked at and found well.
    private func wellModel(_ members: [String: JSONValue] = [:]) async throws -> UpstreamModel {
        let model = try fake.model(members)
        #expect(await look(model) == nil)
        return model
    }

    private func kind(_ model: UpstreamModel, milliseconds: Int = 60_000) async -> ServiceError? {
        do {
            _ = try await model.answer(FakeUpstream.question(), timeoutMilliseconds: milliseconds)
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    @Test("nobody is asked before a look has found it well")
    func first() async throws {
        let model = try fake.model()
        let refused = await kind(model)
        #expect(refused?.kind == .unavailable && refused?.retryAfterSeconds == 1)
        #expect(fake.questions == 0)
        #expect(await look(model) == nil)
        #expect(model.report.standing == .closed)
        let answer = try await model.answer(FakeUpstream.question([1, 0.5]), timeoutMilliseconds: 60_000)
        #expect(answer == [Tensor(name: "score", shape: [2], data: .fp32([1, 0.5]))])
    }

    @Test("a question is sent again only when nothing was sent")
    func retries() async throws {
        let model = try await wellModel()
        fake.set { $0.failures = [.unreachable("refused")] }
        #expect(await kind(model) == nil)
        #expect(fake.questions == 2 && model.report.counts.retries == 1)
        for failure in [
            UpstreamFailure.broken("reset"), .late, .failed("HTTP 500"), .overloaded("HTTP 503"), .wrong("no"),
        ] {
            let before = fake.questions
            fake.set { $0.failures = [failure] }
            #expect(await kind(model) != nil)
            #expect(fake.questions == before + 1, "\(failure)")
            for _ in 0..<2 { #expect(await kind(model) == nil, "so that the circuit stays closed") }
        }
        fake.set { $0.failures = [.unreachable("refused"), .unreachable("refused")] }
        let error = await kind(model)
        #expect(error?.kind == .unavailable && error?.retryAfterSeconds == 1)
    }

    private static let wrongs: [(name: String, change: @Sendable (inout FakeUpstream.Behaviour) -> Void)] = [
        ("another version", { $0.version = "4" }), ("no output", { $0.outputs = { _ in [] } }),
        ("twice", { $0.outputs = { $0 + $0 } }),
        ("another name", { $0.outputs = { [Tensor(name: "y", shape: $0[0].shape, data: $0[0].data)] } }),
        ("another type", { $0.outputs = { [Tensor(name: "score", shape: $0[0].shape, data: .fp64([1]))] } }),
        ("another rank", { $0.outputs = { _ in [Tensor(name: "score", shape: [1, 2], data: .fp32([1, 2]))] } }),
        ("more rows", { $0.outputs = { _ in [Tensor(name: "score", shape: [2], data: .fp32([1, 2]))] } }),
    ]

    @Test("an answer that is not as declared is a 502, is counted, and opens the circuit in the end")
    func wrong() async throws {
        for row in Self.wrongs {
            let model = try await wellModel()
            fake.set(row.change)
            for _ in 0..<5 { #expect(await kind(model)?.kind == .upstream, "\(row.name)") }
            #expect(model.report.counts.failures["wrong"] == 5, "\(row.name)")
            #expect(model.report.standing == .open && model.report.counts.openings == 1, "\(row.name)")
            #expect(await kind(model)?.kind == .unavailable, "\(row.name)")
            fake.set { $0 = FakeUpstream.Behaviour() }
        }
        // One column more is no other answer.
        let model = try await wellModel()
        fake.set { $0.outputs = { [Tensor(name: "score", shape: [1, 1], data: $0[0].data)] } }
        #expect(try await model.answer(FakeUpstream.question(), timeoutMilliseconds: 60_000)[0].shape == [1])
    }

    @Test("one that is down is left alone, and asked again when a look finds it well")
    func recovers() async throws {
        let model = try await wellModel()
        fake.set { $0.isDown = .unreachable("refused") }
        for _ in 0..<5 { #expect(await kind(model)?.kind == .unavailable) }
        let sent = fake.questions
        for _ in 0..<20 {
            let error = await kind(model)
            #expect(error?.kind == .unavailable && (1...30).contains(error?.retryAfterSeconds ?? 0))
        }
        #expect(fake.questions == sent, "nobody is sent to a server that is down")
        #expect(model.report.counts.refusals == 20)
        fake.set { $0.isDown = nil }
        for _ in 0..<3000 where model.report.standing != .closed {
            try await Task.sleep(for: .milliseconds(20))
            await model.lookNowAndThen()
        }
        #expect(await kind(model) == nil)
    }

    @Test("a refusal is the client's, and says so in the model's words; a short patience opens nothing")
    func clients() async throws {
        let model = try await wellModel()
        for _ in 0..<30 {
            fake.set { $0.failures = [.refused("'a' is no letter")] }
            let error = await kind(model)
            #expect(error?.kind == .invalid && error?.message.contains("'a' is no letter") == true)
        }
        for _ in 0..<10 {
            fake.set { $0.delays = [20_000] }
            #expect(await kind(model, milliseconds: 5)?.kind == .timedOut)
        }
        #expect(model.report.standing == .closed)
    }

    @Test("an answer that does not come is waited for until the deadline and not longer")
    func deadline() async throws {
        let model = try await wellModel(["limits": ["timeoutMilliseconds": 100]])
        fake.set { $0.delays = [60_000] }
        let clock = ContinuousClock()
        let begun = clock.now
        #expect(await kind(model)?.kind == .timedOut)
        #expect(clock.now - begun < .seconds(50))
        #expect(model.report.counts.failures["late"] == 1 && model.report.inHand == 0)
    }

    @Test("with too many questions in hand the next one is refused at once")
    func pool() async throws {
        let model = try await wellModel(["limits": ["connections": 1, "timeoutMilliseconds": 60_000]])
        fake.set { $0.delays = [3000, 3000, 3000, 3000] }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { #expect(await kind(model) == nil) } }
            for _ in 0..<6000 where model.report.inHand < 4 { try? await Task.sleep(for: .milliseconds(10)) }
            #expect(await kind(model)?.kind == .unavailable)
        }
        #expect(model.report.counts.refusals == 1)
    }

    @Test("a slow question is asked a second time when that is wanted, and the first answer counts")
    func hedges() async throws {
        let model = try await wellModel(["hedge": ["quantile": 0.9]])
        for _ in 0..<60 { #expect(await kind(model) == nil) }
        let before = fake.questions
        fake.set { $0.delays = [55_000] }
        let clock = ContinuousClock()
        let begun = clock.now
        #expect(await kind(model, milliseconds: 60_000) == nil)
        #expect(clock.now - begun < .seconds(50))
        #expect(fake.questions == before + 2)
        #expect(model.report.counts.hedges == 1 && model.report.counts.hedgeWins == 1)
        // Off unless it was wanted.
        let plain = try await wellModel()
        for _ in 0..<60 { #expect(await kind(plain) == nil) }
        fake.set { $0.delays = [100] }
        #expect(await kind(plain) == nil)
        #expect(plain.report.counts.hedges == 0)
    }

    @Test("a look finds another model in the place of the one that was decided about")
    func identity() async throws {
        let check: JSONValue = [
            "inputs": [["name": "x", "datatype": "FP32", "shape": [1, 2], "data": [0.25, 0]]],
            "outputs": [["name": "score", "datatype": "FP32", "shape": [1], "data": [0.25]]],
        ]
        let model = try await wellModel(["check": check])
        fake.set { $0.outputs = { [Tensor(name: "score", shape: [1], data: .fp32([0.26]))] + $0.dropFirst() } }
        var error = await look(model)
        #expect(error?.kind == .invalid && error?.message.contains("known") == true)
        #expect(model.report.standing == .open, "at once: it is another model")
        fake.set { behaviour in
            behaviour.outputs = nil
            behaviour.told = UpstreamDescription(inputs: [TensorSignature(name: "x", type: .fp64, shape: [-1, 2])])
        }
        error = await look(model)
        #expect(error?.message.contains("FP64") == true)
        // One that says nothing of itself and has no known question cannot be told from another.
        fake.set { $0.told = UpstreamDescription() }
        error = await look(try fake.model())
        #expect(error?.message.contains("check") == true)
        fake.set { $0.isDown = .unreachable("refused") }
        error = await look(model)
        #expect(error?.kind == .unavailable, "nothing is known of it: that is no verdict")
    }

    @Test("a declaration that is loaded twice is one upstream, and is let go of with its last version")
    func shared() async throws {
        let upstreams = Upstreams(
            network: fake,
            allowed: [try #require(AllowedHost("127.0.0.1:8080"))],
            runtime: .live(),
            log: FakeUpstream.quiet
        )
        let engine = UpstreamEngine(files: FakeEngine(clock: TestClock()), upstreams: upstreams)
        let bytes = try FakeUpstream.declaration()
        do {
            let (first, second) = try await pool.run { (try engine.load(bytes), try engine.load(bytes)) }
            #expect(first as? UpstreamModel === second as? UpstreamModel)
            #expect(!fake.isClosed)
            let model = try #require(first as? UpstreamModel)
            #expect(await look(model) == nil)
            let outputs = try await pool.run {
                try first.run(FakeUpstream.question(), outputs: ["score"], timeoutMilliseconds: 60_000)
            }
            #expect(outputs.count == 1)
        }
        for _ in 0..<100 where !fake.isClosed { try await Task.sleep(for: .milliseconds(10)) }
        #expect(fake.isClosed)
        #expect(try engine.load(Array("fake".utf8)).inputs.count == 1, "model files go where they went")
    }
}
