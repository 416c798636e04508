import Dispatch
import SlipwayDomain
import Synchronization
import Testing

@testable import SlipwayService

/// Takes no time for small numbers; a large one keeps it busy until it is stopped, and it says on which thread.
private final class MoodyModel: LoadedModel {
    let inputs = [TensorSignature(name: "x", type: .fp64, shape: [1])]
    let outputs = [TensorSignature(name: "y", type: .fp64, shape: [1])]
    let metadata: [String: String] = [:]
    private let clock: TestClock
    private let limits = Mutex<[Int]>([])

    init(_ clock: TestClock) { self.clock = clock }

    /// The time that each run was given, in milliseconds.
    var given: [Int] { limits.withLock { $0 } }

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
        limits.withLock { $0.append(timeoutMilliseconds) }
        let milliseconds = inputs[0].data.number(at: 0) ?? 0
        guard milliseconds <= Double(timeoutMilliseconds) else {
            clock.pass(milliseconds: Int64(timeoutMilliseconds))
            throw .timedOut("stopped")
        }
        clock.pass(milliseconds: Int64(milliseconds))
        return [Tensor(name: "y", shape: [1], data: .fp64([milliseconds]))]
    }
}

@Suite("Running models")
struct ModelRunnerTests {
    private let clock = TestClock()
    private let pool = BlockingPool(name: "runner", threads: 1)

    private func ask(_ version: LoadedVersion, milliseconds: Double) async -> ServiceError.Kind? {
        let input = Tensor(name: "x", shape: [1], data: .fp64([milliseconds]))
        let request = InferenceRequest(id: nil, key: nil, inputs: [input], outputs: nil)
        // Real sleep: the timer behind an answer must not fire at once.
        let runtime = Runtime(
            now: { clock.now },
            monotonicNanoseconds: { clock.nanoseconds },
            sleep: { _ in
                try await Task.sleep(for: .seconds(60))
            },
            random: { clock.random() }
        )
        do {
            _ = try await ModelRunner(runtime: runtime, timeoutMilliseconds: 1_000).run(
                version,
                on: request,
                since: clock.nanoseconds,
                pool: pool
            )
            return nil
        } catch {
            return (error as? ServiceError)?.kind
        }
    }

    @Test("a model that was quick and is slow once leaves the caller's thread and is answered all the same")
    func moody() async throws {
        let model = MoodyModel(clock)
        let version = LoadedVersion(version: 1, digest: "", model: model)
        for _ in 0..<3 { #expect(await ask(version, milliseconds: 0) == nil) }
        #expect(model.given == [1_000, 20, 20], "the first run on the pool, the others at once and not for long")
        #expect(await ask(version, milliseconds: 500) == nil)
        #expect(model.given.suffix(2) == [20, 980], "stopped, and begun again on the pool with the time that is left")
        #expect(await ask(version, milliseconds: 0) == nil)
        #expect(model.given.last == 1_000, "trusted no more")
        #expect(await ask(version, milliseconds: 5_000) == .timedOut)
        #expect(version.cost.totals.failures == 1 && version.cost.totals.requests == 5)
    }
}
