import SlipwayDomain
import Synchronization
import Testing

@testable import SlipwayService

/// Answers the sum of each row, and remembers how many rows each run had.
private final class SumModel: LoadedModel {
    let inputs: [TensorSignature]
    let outputs = [TensorSignature(name: "sum", type: .fp64, shape: [-1])]
    let metadata: [String: String] = [:]
    /// Fails on any batch that has a row beginning with this.
    let poison: Double?
    /// Answers one number for all rows, as a model does that does not know of rows.
    let isOneAnswer: Bool
    private let seen = Mutex<[Int]>([])

    init(width: Int = 2, firstDimension: Int = -1, poison: Double? = nil, isOneAnswer: Bool = false) {
        inputs = [TensorSignature(name: "x", type: .fp64, shape: [firstDimension, width])]
        self.poison = poison
        self.isOneAnswer = isOneAnswer
    }

    var runs: [Int] { seen.withLock { $0 } }

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] {
        let rows = inputs[0].shape[0]
        let width = inputs[0].data.count / rows
        seen.withLock { $0.append(rows) }
        var sums: [Double] = []
        for row in 0..<rows {
            let values = (0..<width).map { inputs[0].data.number(at: row * width + $0) ?? 0 }
            if values[0] == poison { throw ServiceError(.internal, "poisoned") }
            sums.append(values.reduce(0, +))
        }
        let data = isOneAnswer ? [sums.reduce(0, +)] : sums
        return [Tensor(name: "sum", shape: [data.count], data: .fp64(data))]
    }
}

@Suite("Batches")
struct BatchTests {
    private static func input(_ rows: [[Double]], isRaw: Bool = false) -> [Tensor] {
        let data = TensorData.fp64(rows.flatMap { $0 })
        return [Tensor(name: "x", shape: [rows.count, rows[0].count], data: isRaw ? .raw(data.raw) : data)]
    }

    static let types = TensorType.allCases.filter { $0 != .bytes }

    @Test("what is put together comes apart again, for each type", arguments: types)
    func roundTrip(_ type: TensorType) throws {
        var requests: [[Tensor]] = []
        for (start, rows) in [(0.0, 1), (1, 3), (0, 2)] {
            let numbers = (0..<(rows * 2)).map { (start + Double($0)).truncatingRemainder(dividingBy: 2) }
            let data = try #require(TensorData(numbers, as: type))
            requests.append([Tensor(name: "x", shape: [rows, 2], data: data)])
        }
        let joined = Batch.join(requests)
        #expect(joined[0].shape == [6, 2] && joined[0].data.type == type && joined[0].data.count == 12)
        let parts = try #require(Batch.split(joined, rows: [1, 3, 2]))
        #expect(parts.map { $0[0].shape } == [[1, 2], [3, 2], [2, 2]])
        #expect(parts.map { $0[0].data.raw } == requests.map { $0[0].data.raw })
    }

    @Test("texts are put together too, and only what is alike is")
    func texts() throws {
        let requests = [["a", "b"], ["c"]].map { [Tensor(name: "t", shape: [$0.count, 1], data: .bytes($0))] }
        let joined = Batch.join(requests)
        #expect(joined == [Tensor(name: "t", shape: [3, 1], data: .bytes(["a", "b", "c"]))])
        #expect(Batch.split(joined, rows: [2, 1]) == requests)
        #expect(Batch.canJoin(requests[0], requests[1]))
        #expect(!Batch.canJoin(requests[0], [Tensor(name: "t", shape: [1, 2], data: .bytes(["a", "b"]))]))
        #expect(!Batch.canJoin(requests[0], [Tensor(name: "u", shape: [1, 1], data: .bytes(["a"]))]))
        #expect(!Batch.canJoin(requests[0], [Tensor(name: "t", shape: [1, 1], data: .bool([true]))]))
        #expect(Batch.rows(of: requests[0] + requests[1]) == nil)
        let one = [Tensor(name: "y", shape: [1], data: .fp32([1]))]
        #expect(Batch.split(one, rows: [1, 1]) == nil)
    }

    @Test("a policy that makes no sense is refused, and models with fixed rows are left alone")
    func policies() throws {
        for (rows, delay) in [(1, 0), (0, 0), (-1, 0), (100_000, 0), (8, -1), (8, 20_000)] {
            #expect(throws: ServiceError.self) { try BatchPolicy(maxRows: rows, delayMilliseconds: delay) }
        }
        let policy = try BatchPolicy(maxRows: 8, delayMilliseconds: 0)
        let fixed = SumModel(firstDimension: 4)
        #expect(LoadedVersion(version: 1, digest: "", model: fixed, batching: policy).batching == nil)
        #expect(LoadedVersion(version: 1, digest: "", model: SumModel(), batching: policy).batching == policy)
    }

    /// Many requests at once; each must get the sums of its own rows.
    private func ask(
        _ model: SumModel,
        requests: [[[Double]]],
        maxRows: Int,
        delay: Int,
        clock: TestClock = TestClock()
    ) async throws -> [Result<[Tensor], any Error>] {
        let runner = ModelRunner(runtime: clock.runtime, timeoutMilliseconds: 1000)
        let pool = BlockingPool(name: "batch", threads: 1)
        let policy = try BatchPolicy(maxRows: maxRows, delayMilliseconds: delay)
        let version = LoadedVersion(version: 1, digest: "", model: model, batching: policy)
        let answers = await withTaskGroup(of: (Int, Result<[Tensor], any Error>).self) { group in
            for (index, rows) in requests.enumerated() {
                group.addTask {
                    let request = InferenceRequest(
                        id: nil,
                        key: nil,
                        inputs: Self.input(rows, isRaw: index % 2 == 1),
                        outputs: nil
                    )
                    do {
                        let outputs = try await runner.run(version, on: request, since: clock.nanoseconds, pool: pool)
                        return (index, .success(outputs))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [Int: Result<[Tensor], any Error>] = [:]
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
        let totals = version.cost.totals
        let failures = answers.values.count { if case .failure = $0 { true } else { false } }
        #expect(totals.requests + totals.failures == requests.count)
        #expect(totals.failures == failures)
        return requests.indices.compactMap { answers[$0] }
    }

    private static func sums(_ requests: [[[Double]]]) -> [[Double]] {
        requests.map { $0.map { $0.reduce(0, +) } }
    }

    private static func values(_ answer: Result<[Tensor], any Error>) -> [Double]? {
        guard case .success(let tensors) = answer, case .fp64(let values) = tensors[0].data else { return nil }
        return values
    }

    @Test(
        "each request gets its own rows back, whatever it was run with",
        arguments: [(2, 0), (8, 0), (8, 3), (64, 50)]
    )
    func ownRows(_ maxRows: Int, _ delay: Int) async throws {
        let requests = (0..<60).map { index in
            (0...(index % 5)).map { [Double(index), Double($0)] }
        }
        let model = SumModel()
        let answers = try await ask(model, requests: requests, maxRows: maxRows, delay: delay)
        #expect(answers.map(Self.values) == Self.sums(requests))
        #expect(model.runs.reduce(0, +) == requests.reduce(0) { $0 + $1.count })
        // A request alone may be larger than a batch; several together may not.
        #expect(model.runs.allSatisfy { $0 <= max(5, maxRows) })
    }

    @Test("one request that makes the model fail does not fail the others")
    func poisoned() async throws {
        let requests = (0..<20).map { [[Double($0), 1]] }
        let answers = try await ask(SumModel(poison: 7), requests: requests, maxRows: 64, delay: 20)
        for (index, answer) in answers.enumerated() {
            #expect(Self.values(answer) == (index == 7 ? nil : [Double(index) + 1]), "request \(index)")
        }
    }

    @Test("a model that does not answer row by row is run for each request alone")
    func notByRow() async throws {
        let requests = (0..<10).map { [[Double($0), 1], [0, 0]] }
        let answers = try await ask(SumModel(isOneAnswer: true), requests: requests, maxRows: 64, delay: 20)
        #expect(answers.map(Self.values) == (0..<10).map { [Double($0) + 1] })
    }

    @Test("a request that waited past its deadline is answered as late, and the model is not run for it")
    func late() async throws {
        let model = SumModel()
        let queue = BatchQueue(try BatchPolicy(maxRows: 2, delayMilliseconds: 0), model: model, cost: RunCost())
        let clock = TestClock()
        clock.pass(milliseconds: 10_000)
        let now = clock.runtime.monotonicNanoseconds()
        let result: Result<[Tensor], any Error> = await withCheckedContinuation { continuation in
            queue.add(
                BatchQueue.Waiting(
                    inputs: Self.input([[1, 2]]),
                    rows: 1,
                    since: now - 2_000_000,
                    deadline: now - 1,
                    answer: { continuation.resume(returning: $0) }
                ),
                pool: BlockingPool(name: "batch", threads: 1),
                runtime: clock.runtime
            )
        }
        #expect(throws: ModelRunner.late) { try result.get() }
        #expect(model.runs.isEmpty)
    }
}
