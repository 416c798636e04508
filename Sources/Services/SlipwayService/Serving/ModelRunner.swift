/// Runs versions of models: at once when a run is over in a moment, on a thread that may block when not, together with
/// other requests where the version's owner wants it; and never longer than a client is made to wait.
struct ModelRunner: Sendable {
    typealias Answer = AnswerDeadlines.Answer

    private let runtime: Runtime
    /// A model that has not answered after this many milliseconds is cut off.
    private let timeoutMilliseconds: Int
    private let deadlines: AnswerDeadlines

    init(runtime: Runtime, timeoutMilliseconds: Int) {
        self.runtime = runtime
        self.timeoutMilliseconds = timeoutMilliseconds
        deadlines = AnswerDeadlines(runtime)
    }

    /// A model that cannot be stopped in the middle gets so much longer before its client is answered without it.
    private static let graceNanoseconds: UInt64 = 500_000_000

    /// A run that was expected to be over in a moment, and is not after this time, begins again on a thread of the pool.
    private static let patienceNanoseconds: UInt64 = 20_000_000

    static let late = ServiceError.timedOut("the model did not answer in time: ask for fewer rows, or again later")

    /// What is left until `end`, at least a millisecond.
    static func milliseconds(from now: UInt64, to end: UInt64) -> Int {
        max(1, Int((end &- now) / 1_000_000))
    }

    private func limit(_ request: InferenceRequest) -> Int {
        max(1, min(timeoutMilliseconds, request.timeoutMilliseconds ?? timeoutMilliseconds))
    }

    /// When nobody waits any more for a request that came at `started`.
    private func deadline(_ request: InferenceRequest, since started: UInt64) -> UInt64 {
        started + UInt64(limit(request)) * 1_000_000
    }

    /// All outputs are computed, so that the score can be logged whatever the client asked for.
    func run(
        _ version: LoadedVersion,
        on request: InferenceRequest,
        since started: UInt64,
        pool: BlockingPool
    ) async throws -> [Tensor] {
        if let remote = version.remote { return try await ask(remote, version, request, since: started) }
        if let outputs = try runAtOnce(version, on: request, since: started) { return outputs }
        return try await waiting { start(version, on: request, since: started, pool: pool, later: $0) }
    }

    /// Runs on the caller's thread, which others wait for, if that should be over in a moment; nil if it should not, or if it takes
    /// longer than it used to. A model's answer depends on its question alone, so it may be asked again elsewhere.
    func runAtOnce(
        _ version: LoadedVersion,
        on request: InferenceRequest,
        since started: UInt64
    ) throws(ServiceError) -> [Tensor]? {
        let rows = request.rows
        guard version.remote == nil, version.batches == nil, version.cost.isCheap(rows: rows) else { return nil }
        let deadline = deadline(request, since: started)
        let patience = min(deadline, started + Self.patienceNanoseconds)
        do throws(ServiceError) {
            return try compute(version, request.inputs, rows: rows, from: started, until: patience)
        } catch {
            if error.kind == .timedOut, patience < deadline {
                version.cost.distrust(nanoseconds: runtime.monotonicNanoseconds() - started, rows: rows)
                return nil
            }
            version.cost.recordFailure()
            throw error
        }
    }

    /// Runs a version of this process on one of the pool's threads, from which `later` is called; from elsewhere when the
    /// model hangs.
    func start(
        _ version: LoadedVersion,
        on request: InferenceRequest,
        since started: UInt64,
        pool: BlockingPool,
        later: @escaping Answer
    ) {
        let deadline = deadline(request, since: started)
        let answer = deadlines.guarded(until: deadline + Self.graceNanoseconds, later)
        if let batches = version.batches, let rows = Batch.rows(of: request.inputs) {
            let waiting = BatchQueue.Waiting(
                inputs: request.inputs,
                rows: rows,
                since: started,
                deadline: deadline,
                answer: answer
            )
            return batches.add(waiting, pool: pool, runtime: runtime)
        }
        pool.submit {
            answer(
                Result {
                    let now = runtime.monotonicNanoseconds()
                    // Who waited for a thread too long is not kept waiting for the model too.
                    guard now < deadline else { throw Self.late }
                    return try run(version, request.inputs, rows: request.rows, from: now, until: deadline)
                }
            )
        }
    }

    /// A model that runs somewhere else keeps its own time, and takes no thread.
    private func ask(
        _ remote: any RemoteModel,
        _ version: LoadedVersion,
        _ request: InferenceRequest,
        since started: UInt64
    ) async throws -> [Tensor] {
        do {
            let outputs = try await remote.answer(request.inputs, timeoutMilliseconds: limit(request))
            version.cost.record(nanoseconds: runtime.monotonicNanoseconds() - started, rows: request.rows)
            return outputs
        } catch {
            version.cost.recordFailure()
            throw error
        }
    }

    private func run(
        _ version: LoadedVersion,
        _ inputs: [Tensor],
        rows: Int,
        from now: UInt64,
        until deadline: UInt64
    ) throws(ServiceError) -> [Tensor] {
        do throws(ServiceError) {
            return try compute(version, inputs, rows: rows, from: now, until: deadline)
        } catch {
            version.cost.recordFailure()
            throw error
        }
    }

    private func compute(
        _ version: LoadedVersion,
        _ inputs: [Tensor],
        rows: Int,
        from now: UInt64,
        until deadline: UInt64
    ) throws(ServiceError) -> [Tensor] {
        let outputs = try version.model.run(
            inputs,
            outputs: nil,
            timeoutMilliseconds: Self.milliseconds(from: now, to: deadline)
        )
        version.cost.record(nanoseconds: runtime.monotonicNanoseconds() - now, rows: rows)
        return outputs
    }

    // Inlined into an actor, a checked continuation goes on outside of it (Swift 6.3, optimised): a race.
    @inline(never)
    private func waiting(_ start: (@escaping Answer) -> Void) async throws -> [Tensor] {
        try await withCheckedThrowingContinuation { continuation in start { continuation.resume(with: $0) } }
    }
}
