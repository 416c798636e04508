internal import Synchronization

/// Runs versions of models: at once when a run is over in a moment, on a thread that may block when not, together with
/// other requests where the version's owner wants it; and never longer than a client is made to wait.
struct ModelRunner: Sendable {
    let runtime: Runtime
    /// A model that has not answered after this many milliseconds is cut off.
    let timeoutMilliseconds: Int

    /// A model that cannot be stopped in the middle gets so much longer before its client is answered without it.
    private static let graceMilliseconds = 500

    /// A run that was expected to be over in a moment, and is not after this time, begins again on a thread of the pool.
    private static let patienceNanoseconds: UInt64 = 20_000_000

    static let late = ServiceError.timedOut("the model did not answer in time: ask for fewer rows, or again later")

    /// What is left until `end`, at least a millisecond.
    static func milliseconds(from now: UInt64, to end: UInt64) -> Int {
        max(1, Int((end &- now) / 1_000_000))
    }

    /// Whether a version answers without waiting for a thread, for other requests or for somebody else.
    func isImmediate(_ version: LoadedVersion, rows: Int) -> Bool {
        version.remote == nil && version.batches == nil && version.cost.isCheap(rows: rows)
    }

    /// Runs on the caller's thread; nil when that takes longer than it used to.
    func runAtOnce(_ version: LoadedVersion, on request: InferenceRequest) throws(ServiceError) -> [Tensor]? {
        let started = runtime.monotonicNanoseconds()
        return try runHere(
            version,
            request.inputs,
            rows: request.rows,
            from: started,
            until: started + UInt64(limit(request)) * 1_000_000
        )
    }

    private func limit(_ request: InferenceRequest) -> Int {
        max(1, min(timeoutMilliseconds, request.timeoutMilliseconds ?? timeoutMilliseconds))
    }

    /// All outputs are computed, so that the score can be logged whatever the client asked for.
    func run(_ version: LoadedVersion, on request: InferenceRequest, pool: BlockingPool) async throws -> [Tensor] {
        let (rows, limit) = (request.rows, limit(request))
        let started = runtime.monotonicNanoseconds()
        if let remote = version.remote { return try await ask(remote, version, request.inputs, rows, limit) }
        let deadline = started + UInt64(limit) * 1_000_000
        if let batches = version.batches, let rows = Batch.rows(of: request.inputs) {
            return try await cutOff(after: limit) { answer in
                batches.add(
                    BatchQueue.Waiting(
                        inputs: request.inputs,
                        rows: rows,
                        since: started,
                        deadline: deadline,
                        answer: answer
                    ),
                    pool: pool,
                    runtime: runtime
                )
            }
        }
        if version.cost.isCheap(rows: rows),
            let outputs = try runHere(version, request.inputs, rows: rows, from: started, until: deadline)
        {
            return outputs
        }
        return try await cutOff(after: limit) { answer in
            pool.submit {
                answer(
                    Result {
                        let now = runtime.monotonicNanoseconds()
                        // Who waited for a thread too long is not kept waiting for the model too.
                        guard now < deadline else { throw Self.late }
                        return try run(version, request.inputs, rows: rows, from: now, until: deadline)
                    }
                )
            }
        }
    }

    /// A model that runs somewhere else keeps its own time, and takes no thread.
    private func ask(
        _ remote: any RemoteModel,
        _ version: LoadedVersion,
        _ inputs: [Tensor],
        _ rows: Int,
        _ milliseconds: Int
    ) async throws -> [Tensor] {
        let started = runtime.monotonicNanoseconds()
        do {
            let outputs = try await remote.answer(inputs, timeoutMilliseconds: milliseconds)
            version.cost.record(nanoseconds: runtime.monotonicNanoseconds() - started, rows: rows)
            return outputs
        } catch {
            version.cost.recordFailure()
            throw error
        }
    }

    /// Runs on the caller's thread, which others wait for: nil if that takes longer than it used to. A model's answer
    /// depends on its question alone, so it may be asked again on another thread.
    private func runHere(
        _ version: LoadedVersion,
        _ inputs: [Tensor],
        rows: Int,
        from now: UInt64,
        until deadline: UInt64
    ) throws(ServiceError) -> [Tensor]? {
        let patience = min(deadline, now + Self.patienceNanoseconds)
        do throws(ServiceError) {
            return try compute(version, inputs, rows: rows, from: now, until: patience)
        } catch {
            if error.kind == .timedOut, patience < deadline {
                version.cost.distrust(nanoseconds: runtime.monotonicNanoseconds() - now, rows: rows)
                return nil
            }
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

    /// Waits for an answer, but not for ever: a model is stopped between two of its steps, and one step may hang.
    // Inlined into an actor, a checked continuation goes on outside of it (Swift 6.3, optimised): a race.
    @inline(never)
    private func cutOff(
        after milliseconds: Int,
        _ start: (@escaping @Sendable (Result<[Tensor], any Error>) -> Void) -> Void
    ) async throws -> [Tensor] {
        try await withCheckedThrowingContinuation { continuation in
            let first = FirstAnswer(continuation)
            // Ends with the answer.
            let timer = Task {
                try await runtime.sleep(Int64(milliseconds + Self.graceMilliseconds))
                if !Task.isCancelled { first.resume(with: .failure(Self.late)) }
            }
            start { result in
                timer.cancel()
                first.resume(with: result)
            }
        }
    }
}

/// Answers once, with whatever comes first.
private final class FirstAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<[Tensor], any Error>?>

    init(_ continuation: CheckedContinuation<[Tensor], any Error>) { self.continuation = Mutex(continuation) }

    func resume(with result: Result<[Tensor], any Error>) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(with: result)
    }
}
