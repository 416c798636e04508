import Dispatch
import SlipwayDomain
import Synchronization
import Testing

@testable import SlipwayService

/// Answers when the test lets it, and takes so long that it is never asked on the caller's own thread; fails on 13.
private final class GatedModel: LoadedModel {
    let inputs = [TensorSignature(name: "x", type: .fp64, shape: [-1])]
    let outputs = [TensorSignature(name: "y", type: .fp64, shape: [-1])]
    let metadata: [String: String] = [:]
    private let clock: TestClock
    private let gate = DispatchSemaphore(value: 0)
    private let starts = Atomic<Int>(0)
    private let runs = Atomic<Int>(0)

    init(_ clock: TestClock) { self.clock = clock }

    var begun: Int { starts.load(ordering: .acquiring) }
    var ended: Int { runs.load(ordering: .acquiring) }

    func open() { gate.signal() }

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
        starts.add(1, ordering: .releasing)
        gate.wait()
        clock.pass(milliseconds: 1)
        defer { runs.add(1, ordering: .releasing) }
        if inputs[0].data.number(at: 0) == 13 { throw ServiceError(.internal, "out of order") }
        return [Tensor(name: "y", shape: [1], data: .fp64([1]))]
    }
}

@Suite("Questions that are answered later")
struct PromptInferenceTests {
    /// An endpoint whose candidate has one request in hand at most.
    private struct Place {
        let clock = TestClock()
        let model: GatedModel
        let inference: Inference

        init(timeoutMilliseconds: Int = 600_000) {
            model = GatedModel(clock)
            let routing = RoutingTable()
            routing.set(
                Endpoint(
                    model: "m",
                    stable: LoadedVersion(version: 1, digest: "", model: model),
                    candidate: LoadedVersion(version: 2, digest: "", model: model),
                    candidatePercent: 50,
                    salt: "s",
                    meter: nil,
                    lane: CandidateLane(limit: 1)
                )
            )
            inference = Inference(
                routing: routing,
                pool: BlockingPool(name: "prompt", threads: 1),
                log: PredictionLog(),
                runtime: clock.sleepingRuntime,
                timeoutMilliseconds: timeoutMilliseconds
            )
        }
    }

    private final class Heard: Sendable {
        private let answers = Mutex<[Bool]>([])
        /// Whether each answer was one of the model's.
        var all: [Bool] { answers.withLock { $0 } }
        func add(_ isAnswer: Bool) { answers.withLock { $0.append(isAnswer) } }
    }

    private func ask(_ place: Place, _ value: Double, _ heard: Heard) throws -> InferenceAnswer? {
        let input = Tensor(name: "x", shape: [1], data: .fp64([value]))
        let request = InferenceRequest(id: nil, key: nil, inputs: [input], outputs: nil, target: .candidate)
        let endpoint = try #require(place.inference.endpointHere("m"))
        return try place.inference.inferPromptly(endpoint, version: nil, request: request) { result in
            heard.add((try? result.get()) != nil)
        }
    }

    @Test("the place in the candidate's queue is left once, whether the model answers or fails")
    func lane() async throws {
        let (place, heard) = (Place(), Heard())
        for (value, isAnswer) in [(1.0, true), (13, false), (1, true)] {
            #expect(try ask(place, value, heard) == nil)
            let full = #expect(throws: ServiceError.self) { try ask(place, value, heard) }
            #expect(full?.kind == .unavailable, "the place is taken")
            let before = heard.all.count
            place.model.open()
            try await eventually { heard.all.count == before + 1 }
            #expect(heard.all.last == isAnswer)
        }
    }

    @Test("who is cut off leaves it, and the model's late answer leaves nothing more")
    func cutOff() async throws {
        let (place, heard) = (Place(timeoutMilliseconds: 10), Heard())
        #expect(try ask(place, 1, heard) == nil)
        try await eventually { place.model.begun == 1 }
        place.clock.pass(milliseconds: 1000)
        try await eventually { heard.all == [false] }
        place.model.open()
        try await eventually { place.model.ended == 1 }
        #expect(try ask(place, 1, heard) == nil)
        #expect(throws: ServiceError.self, "one place, as before") { try ask(place, 1, heard) }
        place.model.open()
        try await eventually { heard.all.count == 2 }
    }
}
