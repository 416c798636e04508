internal import SlipwayDomain

/// Lets the other version score copies of live requests, on a thread of its own, with nobody waiting for the answers.
package actor ShadowRunner {
    private let queue: ShadowQueue
    private let pool: BlockingPool
    private let runtime: Runtime

    package init(queue: ShadowQueue, pool: BlockingPool, runtime: Runtime) {
        self.queue = queue
        self.pool = pool
        self.runtime = runtime
    }

    /// Works until the task is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            let started = runtime.monotonicNanoseconds()
            try await flush()
            let busy = Int64(clamping: (runtime.monotonicNanoseconds() - started) / 1_000_000)
            // Copies take a quarter of a thread: under load the queue sheds what is too much, and live requests go first.
            // Cancellation ends the wait and with it the loop; copies that are left are nobody's loss.
            try? await runtime.sleep(min(max(5, 3 * busy), 1000))
        }
    }

    /// Scores everything that waits now.
    package func flush() async throws {
        let records = queue.takeAll()
        guard !records.isEmpty else { return }
        let clock = runtime.monotonicNanoseconds
        try await pool.run {
            for record in records { Self.compare(record, clock: clock) }
        }
    }

    /// Both versions see the same input; they disagree on a row when they put it into different classes.
    ///
    /// Where a version answers nobody, its arm counts what it did with the copies.
    static func compare(_ record: PredictionRecord, clock: @Sendable () -> UInt64) {
        guard let counterpart = record.counterpart, let meter = record.meter else { return }
        let isCandidate = counterpart.version == record.candidate
        let started = clock()
        let question = InferenceRequest(id: nil, key: nil, inputs: record.inputs, outputs: nil)
        let outputs: [Tensor]
        do {
            try InferenceCheck.check(question, against: counterpart.model)
            outputs = try counterpart.model.run(record.inputs, outputs: nil, timeoutMilliseconds: 10_000)
        } catch {
            // Without an answer there is no pair; with an arm to count for it is that arm's error.
            if meter.countsMirrors {
                let failed = clock()
                meter.record(isCandidate: isCandidate, isError: true, nanoseconds: failed - started, at: failed)
            }
            return
        }
        let answered = clock()
        if meter.countsMirrors {
            meter.record(isCandidate: isCandidate, isError: false, nanoseconds: answered - started, at: answered)
        }
        guard let live = record.version.opinions(in: record.outputs), let copy = counterpart.opinions(in: outputs)
        else {
            return
        }
        let (candidate, stable) = isCandidate ? (copy, live) : (live, copy)
        var answers = PairedAnswers(candidate: candidate, stable: stable)
        answers.slices = meter.plan.slices.map { record.version.values(of: $0, in: record.inputs) }
        meter.record(answers, at: answered)
    }
}
