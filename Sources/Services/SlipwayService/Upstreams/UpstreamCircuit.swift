internal import SlipwayTraffic
internal import Synchronization

/// One upstream's circuit breaker, its hedge and its counters: everything about it that changes.
final class UpstreamCircuit: Sendable {
    private struct State {
        var breaker = CircuitBreaker.State.unknown
        var reason: String?
        var lookedAt: Int64 = 0
        var inHand = 0
        var hedge: Hedge?
        var counts = UpstreamReport.Counts()
    }

    private let runtime: Runtime
    private let state: Mutex<State>

    init(runtime: Runtime, hedgeQuantile: Double?) {
        self.runtime = runtime
        var first = State()
        first.hedge = hedgeQuantile.map { Hedge(quantile: $0) }
        state = Mutex(first)
    }

    private var now: Int64 { Int64(runtime.monotonicNanoseconds() / 1_000_000) }

    /// From 0 up to 1.
    private var jitter: Double { Double(runtime.random() >> 11) * 0x1p-53 }

    /// Takes a place among the questions in hand; false when all are taken.
    func enter(limit: Int) -> Bool {
        state.withLock { state in
            guard state.inHand < limit else {
                state.counts.refusals += 1
                return false
            }
            state.inHand += 1
            return true
        }
    }

    func leave() { state.withLock { $0.inHand -= 1 } }

    /// Nil when a question may be sent, or else after how many milliseconds to ask again.
    func refusal() -> Int64? {
        let now = now
        return state.withLock { state in
            guard case .refuse(let milliseconds) = Self.take(&state, .asked, now) else { return nil }
            state.counts.refusals += 1
            return milliseconds
        }
    }

    /// Whether somebody has to look at the upstream now: its pause is over, or it was not looked at for a while.
    func isDue(after milliseconds: Int64) -> Bool {
        let now = now
        return state.withLock { state in
            if case .closed = state.breaker { return now - state.lookedAt >= milliseconds }
            return Self.take(&state, .looked, now) == .probe
        }
    }

    /// A look at the upstream came to this; says whether the circuit opened or closed by it.
    func looked(_ failure: UpstreamFailure?) -> CircuitBreaker.Effect {
        let (now, jitter) = (now, jitter)
        return state.withLock { state in
            state.counts.probes += 1
            state.lookedAt = now
            guard let failure else { return Self.take(&state, .probeSucceeded, now) }
            Self.count(failure, in: &state.counts)
            return Self.take(&state, Self.event(failure, state.breaker, jitter), now, reason: failure.sentence)
        }
    }

    /// A look that was not answered is a failure like another; one that found another model is the end.
    private static func event(
        _ failure: UpstreamFailure,
        _ breaker: CircuitBreaker.State,
        _ jitter: Double
    ) -> CircuitBreaker.Event {
        if case .closed = breaker {
            if case .wrong = failure { return .probeFailed(jitter: jitter) }
            return .failed(jitter: jitter)
        }
        return .probeFailed(jitter: jitter)
    }

    func sent(isRetry: Bool) {
        state.withLock { state in
            state.counts.sent += 1
            if isRetry { state.counts.retries += 1 }
        }
    }

    /// A question was answered; says whether the circuit changed.
    func succeeded(nanoseconds: UInt64, bySecond: Bool) {
        let now = now
        state.withLock { state in
            state.counts.answered += 1
            state.counts.nanoseconds += nanoseconds
            if bySecond { state.counts.hedgeWins += 1 }
            state.hedge?.record(milliseconds: Double(nanoseconds) / 1_000_000)
            _ = Self.take(&state, .succeeded, now)
        }
    }

    /// A question was not answered; `isTelling` says whether that says something about the upstream.
    func failed(_ failure: UpstreamFailure, isTelling: Bool) -> CircuitBreaker.Effect {
        let (now, jitter) = (now, jitter)
        return state.withLock { state in
            Self.count(failure, in: &state.counts)
            guard isTelling else { return .nothing }
            return Self.take(&state, .failed(jitter: jitter), now, reason: failure.sentence)
        }
    }

    /// How long to wait before a second question; nil for never.
    func hedgeDelay() -> Double? { state.withLock { $0.hedge?.begin() } }

    /// Whether a second question may be sent now; it is counted when it may.
    func mayHedge() -> Bool {
        state.withLock { state in
            guard state.hedge?.spend() == true else { return false }
            state.counts.hedges += 1
            return true
        }
    }

    func report(_ declaration: UpstreamDeclaration) -> UpstreamReport {
        let now = now
        return state.withLock { state in
            let standing: UpstreamReport.Standing
            var wait: Int64 = 0
            switch state.breaker {
            case .closed: standing = .closed
            case .open(let until, _):
                standing = .open
                wait = max(0, until == .min ? 0 : until - now)
            case .probing: standing = .probing
            }
            return UpstreamReport(
                dialect: declaration.dialect,
                address: declaration.address,
                standing: standing,
                reason: standing == .closed ? nil : state.reason ?? "it was not looked at yet",
                retryMilliseconds: wait,
                inHand: state.inHand,
                counts: state.counts
            )
        }
    }

    private static func count(_ failure: UpstreamFailure, in counts: inout UpstreamReport.Counts) {
        counts.failures[failure.kind, default: 0] += 1
    }

    private static func take(
        _ state: inout State,
        _ event: CircuitBreaker.Event,
        _ now: Int64,
        reason: String? = nil
    ) -> CircuitBreaker.Effect {
        let (next, effect) = CircuitBreaker.step(state.breaker, event, now: now)
        state.breaker = next
        if let reason { state.reason = reason }
        if effect == .opened { state.counts.openings += 1 }
        return effect
    }
}
