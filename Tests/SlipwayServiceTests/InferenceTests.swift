import SlipwayDomain
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite("Answering")
struct InferenceTests {
    private func serving(_ files: [String] = ["fake one"], queue: Int = 64 << 20) async throws -> Server {
        let world = try await World.qualified(files)
        let server = world.start(queue: queue)
        _ = try await server.finish(server.ship(1).plan.release)
        return server
    }

    private func kind(
        _ server: Server,
        model: String = World.model,
        version: Int? = nil,
        _ inputs: [Tensor],
        outputs: [String]? = nil
    ) async -> ServiceError.Kind? {
        do {
            let request = InferenceRequest(id: nil, key: nil, inputs: inputs, outputs: outputs)
            _ = try await server.inference.infer(model: model, version: version, request: request)
            return nil
        } catch {
            return (error as? ServiceError)?.kind
        }
    }

    private static func input(_ name: String = "input", _ shape: [Int] = [1, 2], _ data: TensorData? = nil) -> Tensor {
        Tensor(name: name, shape: shape, data: data ?? .fp32(Array(repeating: 0.5, count: max(0, shape.reduce(1, *)))))
    }

    @Test("an unknown model or version is not found; the right question is answered")
    func unknown() async throws {
        let server = try await serving()
        #expect(await kind(server, [Self.input()]) == nil)
        #expect(await kind(server, version: 1, [Self.input()]) == nil)
        #expect(await kind(server, model: "other", [Self.input()]) == .notFound)
        #expect(await kind(server, version: 2, [Self.input()]) == .notFound)
    }

    static let wrong: [(String, [Tensor], [String]?)] = [
        ("no input", [], nil), ("another name", [input("inputs")], nil), ("the same twice", [input(), input()], nil),
        ("one more", [input(), input("extra")], nil), ("too wide", [input("input", [1, 3])], nil),
        ("too few dimensions", [input("input", [2])], nil), ("no rows", [input("input", [0, 2])], nil),
        ("another type", [input("input", [1, 2], .fp64([0, 0]))], nil),
        ("text", [input("input", [1, 2], .bytes(["a", "b"]))], nil), ("unknown output", [input()], ["probability"]),
    ]

    @Test("a wrong question is the client's fault and says so", arguments: wrong.indices)
    func wrongQuestion(_ index: Int) async throws {
        let server = try await serving()
        #expect(
            await kind(server, Self.wrong[index].1, outputs: Self.wrong[index].2) == .invalid,
            "\(Self.wrong[index].0)"
        )
        #expect(server.log.counts.accepted == 0, "nothing is logged of it")
    }

    @Test("a failing engine is the server's fault")
    func failing() async throws {
        let server = try await serving()
        server.world.engine.set("fake one") { $0.failsEvery = 1 }
        #expect(await kind(server, [Self.input()]) == .internal)
    }

    @Test("a key stays with its version while the share grows, and the share is about what was asked for")
    func sticky() async throws {
        let server = try await serving(["fake one", "fake two"])
        let id = try await server.ship(2).plan.release
        for _ in 0..<3 { try await server.controller.lookAfterAll() }
        var candidates: [Int: Set<Int>] = [:]
        for percent in [20, 50] {
            var chosen: Set<Int> = []
            for key in 0..<400 {
                let version = try await server.ask("passenger-\(key)").version
                #expect(try await server.ask("passenger-\(key)").version == version)
                if version == 2 { chosen.insert(key) }
            }
            candidates[percent] = chosen
            #expect(abs(chosen.count - 4 * percent) < 45, "\(chosen.count) of 400 at \(percent) %")
            for round in 0..<20 where try await server.releases.state(id).stepIndex == 0 {
                try await server.traffic(120, named: "s\(round)")
                server.world.clock.advance(.minutes(2))
                try await server.controller.lookAfterAll()
            }
            try await server.controller.lookAfterAll()
        }
        #expect(candidates[20]?.isSubset(of: candidates[50] ?? []) == true)
    }

    @Test("labels find their predictions, also those that still wait in the queue")
    func labels() async throws {
        let server = try await serving()
        let one = try await server.ask("a", delay: 0.8)
        let many = try await server.inference.infer(
            model: World.model,
            version: nil,
            request: InferenceRequest(
                id: "mine",
                key: nil,
                inputs: [Self.input("input", [2, 2], .fp32([1, 0.2, 1, 0.9]))],
                outputs: ["score"]
            )
        )
        #expect(many.id == "mine" && many.outputs.map(\.data) == [.fp32([0.2, 0.9])])
        let found = try await server.labels.add(
            [
                (id: one.predictionID, label: 1), (id: "\(many.predictionID)-1", label: 0),
                (id: "\(many.predictionID)-2", label: 1), (id: "nobody", label: 1),
            ],
            model: World.model
        )
        #expect(found == 2)
        #expect(try await server.labels.add([(id: one.predictionID, label: 0)], model: "other") == 0)
        let now = server.world.clock.now
        let stored = try await server.world.database.read {
            try PredictionTable.labelled(model: World.model, from: now, to: now + .seconds(1), in: $0)
        }
        #expect(stored.predictions == 3 && stored.labels.sorted() == [0, 1])
        for bad in [Double.nan, .infinity] {
            await #expect(throws: ServiceError.self) {
                try await server.labels.add([(id: one.predictionID, label: bad)], model: World.model)
            }
        }
    }

    @Test("what does not fit into the queue is counted, and every question is answered all the same")
    func full() async throws {
        // 512 bytes and the values of each question and answer: ten have room, eleven have not.
        let server = try await serving(queue: 10 * (512 + 20))
        for index in 0..<25 { _ = try await server.ask("k\(index)") }
        #expect(server.log.counts.accepted == 10 && server.log.counts.dropped == 15)
        #expect(server.reports.server.droppedPredictions == 15)
        try await server.recorder.flush()
        _ = try await server.ask("later")
        #expect(server.log.counts.accepted == 11)
    }

    @Test("predictions that cannot be stored are counted as dropped, and the next ones are kept")
    func unstored() async throws {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        let faulty = FaultyDatabase(world.database, dyingAfter: 0)
        let second = world.start(on: faulty)
        second.routing.set(try #require(server.routing.endpoint(World.model)))
        _ = try await second.ask("k")
        await #expect(throws: (any Error).self) { try await second.recorder.flush() }
        #expect(second.log.counts.dropped == 1 && second.log.counts.accepted == 0)
    }

    @Test("a model that answers fewer rows than it was asked is logged without crashing the server")
    func fewerRows() async throws {
        let server = try await serving()
        server.world.engine.set("fake one") { $0.answersOneRow = true }
        let input = Self.input("input", [3, 2])
        _ = try await server.inference.infer(
            model: World.model,
            version: nil,
            request: InferenceRequest(id: nil, key: nil, inputs: [input], outputs: nil)
        )
        try await server.recorder.flush()
        #expect(server.log.counts.accepted == 1)
    }

    @Test("inputs of different lengths are profiled without crashing the server")
    func ragged() async throws {
        let server = try await serving()
        let model = try server.world.engine.load(Array("fake two inputs".utf8))
        let version = LoadedVersion(version: 1, digest: "sha256:x", model: model)
        #expect(version.features.columns.map { $0.map(\.name) } == [["left"], ["right"]])
        // A reference with these columns, in place of the one that the version was given.
        let names = ["left", "right"]
        let profile = try World.twoColumns(names)
        try await server.world.database.write { connection in
            try GovernanceTable.setReference(model: World.model, version: 1, digest: "d", json: profile, in: connection)
        }
        server.routing.set(
            Endpoint(model: World.model, stable: version, candidate: nil, candidatePercent: 0, salt: "", meter: nil)
        )
        let inputs = [Self.input("left", [3, 1]), Self.input("right", [1, 1])]
        _ = try await server.inference.infer(
            model: World.model,
            version: nil,
            request: InferenceRequest(id: nil, key: nil, inputs: inputs, outputs: nil)
        )
        try await server.recorder.flush()
        #expect(server.log.counts.accepted == 1)
    }
}
