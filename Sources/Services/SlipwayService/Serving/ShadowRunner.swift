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
            try await flush()
            // Cancellation ends the wait and with it the loop; copies that are left are nobody's loss.
            try? await runtime.sleep(5)
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
                meter.record(isCandidate: isCandidate, isError: true, nanoseconds: clock() - started)
            }
            return
        }
        if meter.countsMirrors {
            meter.record(isCandidate: isCandidate, isError: false, nanoseconds: clock() - started)
        }
        guard let mine = record.version.scores(in: record.outputs), let theirs = counterpart.scores(in: outputs) else {
            return
        }
        let threshold = PredictionRecorder.decisionThreshold
        let disagreements = zip(mine, theirs).count { ($0 >= threshold) != ($1 >= threshold) }
        meter.recordPairs(mine.count, disagreements: disagreements)
    }
}
