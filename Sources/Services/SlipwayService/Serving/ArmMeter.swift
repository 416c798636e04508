package import SlipwayDomain
package import SlipwayRelease
internal import Synchronization

/// Counts what both versions of an endpoint do during one step of a release. Every request is counted here at once,
/// whatever happens to its log.
package final class ArmMeter: Sendable {
    /// The step that is counted.
    package let step: Int
    package let since: Instant
    /// Whether copies that a version scored count for its arm: only where that version answers nobody.
    package let countsMirrors: Bool
    let plan: MeterPlan
    /// Requests slower than this count as slow; the most there is when no rule asks.
    private let slowAfterNanoseconds: UInt64
    private let requests: Mutex<Requests>
    private let pairs: Mutex<PairCounts>

    private struct Requests {
        var counts: RequestCounts
        var keys = KeyTally()
    }

    package init(step: Int, since: Instant, plan: MeterPlan, countsMirrors: Bool = false) {
        self.countsMirrors = countsMirrors
        self.step = step
        self.since = since
        self.plan = plan
        slowAfterNanoseconds = plan.slowAfterMilliseconds.map { UInt64($0 * 1_000_000) } ?? .max
        requests = Mutex(Requests(counts: RequestCounts(plan)))
        pairs = Mutex(PairCounts(plan))
    }

    /// Counts a step of a release as its plan asks: the same here and in every gateway.
    package convenience init(_ plan: ReleasePlan, step: Int, since: Instant) {
        self.init(
            step: step,
            since: since,
            plan: MeterPlan(plan, step: step),
            countsMirrors: plan.isMirrored(step: step)
        )
    }

    /// One request; `isError` is the server's fault only, never the client's. `nanoseconds` is nil when no model ran, `at`
    /// is when it was over on the monotonic clock, and `key` what the client named the entity by.
    package func record(
        isCandidate: Bool,
        isError: Bool,
        nanoseconds: UInt64?,
        at: UInt64 = 0,
        key: String? = nil
    ) {
        let request = MeteredRequest(isCandidate: isCandidate, isError: isError, nanoseconds: nanoseconds, at: at)
        let isSlow = nanoseconds.map { $0 > slowAfterNanoseconds } ?? false
        requests.withLock { requests in
            requests.counts.add(request, isSlow: isSlow)
            if isError { requests.keys.add(key) }
        }
    }

    /// What both versions said about the rows of one request.
    func record(_ answers: PairedAnswers, at: UInt64) { pairs.withLock { $0.add(answers, at: at) } }

    /// All that a verdict on this step may rest on, but for what others than the meter know.
    package func evidence(hasStable: Bool, now: Instant) throws(ReleaseError) -> AnalysisEvidence {
        let (counts, crowding) = requests.withLock { ($0.counts, $0.keys.crowding) }
        let pairs = pairs.withLock { $0 }
        let hasLatency = !counts.slowness.isEmpty
        return try AnalysisEvidence(
            step: step,
            from: since,
            to: max(since, now),
            candidate: counts.candidate.evidence(),
            stable: hasStable ? counts.stable.evidence() : nil,
            pairs: pairs.pairs,
            disagreements: pairs.disagreements,
            details: EvidenceDetails(
                percent: plan.percent,
                block: plan.block,
                errors: counts.errors.moments,
                keys: crowding,
                latency: hasLatency ? counts.slowness.map(\.evidence) : nil,
                candidateLatencies: hasLatency ? counts.candidate.latencies : nil,
                stableLatencies: hasLatency ? counts.stable.latencies : nil,
                pairs: pairs.pairs > 0 ? try pairs.evidence() : nil
            )
        )
    }
}

extension RequestCounts.Arm {
    fileprivate func evidence() throws(ReleaseError) -> ArmCounts {
        try ArmCounts(requests: requests, errors: errors, slow: slow)
    }
}

extension RequestCounts.Slowness {
    fileprivate var evidence: LatencyEvidence {
        LatencyEvidence(
            percentile: rule.percentile,
            max: rule.max,
            candidateSlow: candidate,
            stableSlow: stable,
            blocks: blocks.moments
        )
    }
}
