package import SlipwayDomain
package import SlipwayRelease
internal import Synchronization

/// Counts what both versions of an endpoint do during one step of a release. Every request is counted here at once,
/// whatever happens to its log.
package final class ArmMeter: Sendable {
    /// The step that is counted.
    package let step: Int
    package let since: Instant
    /// Requests slower than this count as slow; nil when no rule asks.
    package let slowAfterNanoseconds: UInt64?
    /// Whether copies that a version scored count for its arm: only where that version answers nobody.
    package let countsMirrors: Bool
    private let counts = Mutex(Counts())

    private struct Counts {
        var candidate = Arm()
        var stable = Arm()
        var pairs = 0
        var disagreements = 0
    }

    private struct Arm {
        var requests = 0
        var errors = 0
        var slow = 0
    }

    package init(step: Int, since: Instant, slowAfterMilliseconds: Double?, countsMirrors: Bool = false) {
        self.countsMirrors = countsMirrors
        self.step = step
        self.since = since
        slowAfterNanoseconds = slowAfterMilliseconds.map { UInt64($0 * 1_000_000) }
    }

    /// One answered request; `isError` is the server's fault only, never the client's.
    package func record(isCandidate: Bool, isError: Bool, nanoseconds: UInt64) {
        let isSlow = slowAfterNanoseconds.map { nanoseconds > $0 } ?? false
        counts.withLock { counts in
            let arm = isCandidate ? \Counts.candidate : \Counts.stable
            counts[keyPath: arm].requests += 1
            counts[keyPath: arm].errors += isError ? 1 : 0
            counts[keyPath: arm].slow += isSlow ? 1 : 0
        }
    }

    /// Rows that both versions scored, and how many of them they put in different classes.
    package func recordPairs(_ pairs: Int, disagreements: Int) {
        counts.withLock { counts in
            counts.pairs += pairs
            counts.disagreements += disagreements
        }
    }

    /// All that a verdict on this step may rest on.
    package func evidence(hasStable: Bool, now: Instant) throws(ReleaseError) -> AnalysisEvidence {
        let counts = counts.withLock { $0 }
        return try AnalysisEvidence(
            step: step,
            from: since,
            to: max(since, now),
            candidate: ArmCounts(
                requests: counts.candidate.requests,
                errors: counts.candidate.errors,
                slow: counts.candidate.slow
            ),
            stable: hasStable
                ? ArmCounts(requests: counts.stable.requests, errors: counts.stable.errors, slow: counts.stable.slow)
                : nil,
            pairs: counts.pairs,
            disagreements: counts.disagreements
        )
    }
}
