internal import Synchronization

/// Requests of one version that wait to be run together.
///
/// A run begins when there are enough rows, when the oldest request has waited long enough, or, without a delay, as
/// soon as a thread is free: what comes meanwhile goes into the next run.
final class BatchQueue: Sendable {
    /// One request that waits.
    struct Waiting: Sendable {
        let inputs: [Tensor]
        let rows: Int
        /// Monotonic nanoseconds of its arrival, and when nobody waits for it any more.
        let since: UInt64
        let deadline: UInt64
        let answer: @Sendable (Result<[Tensor], any Error>) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var rows = 0
        /// Threads that run batches now.
        var running = 0
        var isTimed = false
    }

    private enum Step {
        case nothing
        case start
        case wait(milliseconds: Int64)
    }

    private let policy: BatchPolicy
    private let model: any LoadedModel
    private let cost: RunCost
    private let state = Mutex(State())

    init(_ policy: BatchPolicy, model: any LoadedModel, cost: RunCost) {
        self.policy = policy
        self.model = model
        self.cost = cost
    }

    /// Takes a request in; it is answered from one of the pool's threads.
    func add(_ request: Waiting, pool: BlockingPool, runtime: Runtime) {
        let step = state.withLock { state -> Step in
            state.waiting.append(request)
            state.rows += request.rows
            return next(&state, now: request.since, threads: pool.threads)
        }
        take(step, pool, runtime)
    }

    /// What is to be done after something changed.
    private func next(_ state: inout State, now: UInt64, threads: Int) -> Step {
        guard let oldest = state.waiting.first, state.running < threads else { return .nothing }
        let waited = Int64((now &- oldest.since) / 1_000_000)
        let rest = Int64(policy.delayMilliseconds) - waited
        if state.rows >= policy.maxRows || rest <= 0 {
            state.running += 1
            return .start
        }
        guard !state.isTimed else { return .nothing }
        state.isTimed = true
        return .wait(milliseconds: rest)
    }

    private func take(_ step: Step, _ pool: BlockingPool, _ runtime: Runtime) {
        switch step {
        case .nothing: break
        case .start: pool.submit { [self] in drain(pool, runtime) }
        case .wait(let milliseconds):
            // Lives for the delay only, and for as long as somebody waits for an answer.
            Task { [self] in
                // A wait that was cut short only makes a smaller batch.
                try? await runtime.sleep(milliseconds)
                let isDue = state.withLock { state -> Bool in
                    state.isTimed = false
                    guard !state.waiting.isEmpty, state.running < pool.threads else { return false }
                    state.running += 1
                    return true
                }
                if isDue { pool.submit { [self] in drain(pool, runtime) } }
            }
        }
    }

    /// Runs batches until nothing is due.
    private func drain(_ pool: BlockingPool, _ runtime: Runtime) {
        while true {
            run(state.withLock { takeBatch(&$0) }, runtime.monotonicNanoseconds)
            let step = state.withLock { state -> Step in
                state.running -= 1
                return next(&state, now: runtime.monotonicNanoseconds(), threads: pool.threads)
            }
            guard case .start = step else { return take(step, pool, runtime) }
        }
    }

    /// The oldest request and those of its kind that fit beside it; a request alone may be larger than a batch.
    private func takeBatch(_ state: inout State) -> [Waiting] {
        guard let first = state.waiting.first else { return [] }
        var batch: [Waiting] = []
        var rest: [Waiting] = []
        var rows = 0
        for request in state.waiting {
            let fits = batch.isEmpty || rows + request.rows <= policy.maxRows
            if fits, Batch.canJoin(first.inputs, request.inputs) {
                batch.append(request)
                rows += request.rows
            } else {
                rest.append(request)
            }
        }
        state.waiting = rest
        state.rows -= rows
        return batch
    }

    private func run(_ batch: [Waiting], _ clock: @Sendable () -> UInt64) {
        let started = clock()
        var live: [Waiting] = []
        for request in batch {
            if request.deadline > started {
                live.append(request)
            } else {
                request.answer(.failure(ModelRunner.late))
            }
        }
        // The batch may take as long as its most patient request.
        guard let deadline = live.map(\.deadline).max() else { return }
        let rows = live.map(\.rows)
        do {
            let outputs = try model.run(
                Batch.join(live.map(\.inputs)),
                outputs: nil,
                timeoutMilliseconds: ModelRunner.milliseconds(from: started, to: deadline)
            )
            cost.record(nanoseconds: clock() - started, rows: rows.reduce(0, +), requests: live.count)
            if live.count == 1 { return live[0].answer(.success(outputs)) }
            guard let answers = Batch.split(outputs, rows: rows) else { return runAlone(live, clock) }
            for (request, answer) in zip(live, answers) { request.answer(.success(answer)) }
        } catch  where live.count > 1 && error.kind != .timedOut {
            // One bad request must not fail the others.
            runAlone(live, clock)
        } catch {
            for request in live {
                cost.recordFailure()
                request.answer(.failure(error))
            }
        }
    }

    private func runAlone(_ requests: [Waiting], _ clock: @Sendable () -> UInt64) {
        for request in requests { run([request], clock) }
    }
}
