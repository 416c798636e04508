/// Whether an upstream is asked at all: a state machine of what was seen of it.
///
/// Closed, requests go through and their outcomes are remembered. Too many failures open it: requests are refused for a
/// pause that doubles with each opening in a row. After the pause one probe, never a client's request, finds out whether
/// the upstream is well and still the one that was decided about; until it comes back everybody else is refused.
/// A new breaker is open with its pause over, so that nobody is asked before a probe has passed.
package enum CircuitBreaker {
    /// Where the machine stands; times are milliseconds of a monotonic clock.
    package enum State: Equatable, Sendable {
        case closed(Outcomes)
        /// Not asked before `until`; `openings` happened in a row.
        case open(until: Int64, openings: Int)
        /// A probe is under way since then.
        case probing(since: Int64, openings: Int)

        package static let unknown = State.open(until: .min, openings: 0)
    }

    /// The outcomes of the last requests, newest first; a failure is a 1.
    package struct Outcomes: Equatable, Sendable {
        private(set) var bits: UInt64 = 0
        private(set) var count = 0

        package init() {}

        package var failures: Int { bits.nonzeroBitCount }

        /// Failures since the last success.
        var inARow: Int { min(count, (~bits).trailingZeroBitCount) }

        mutating func add(isFailure: Bool, window: Int) {
            let kept = window >= 64 ? UInt64.max : (1 << UInt64(window)) - 1
            bits = (bits << 1 | (isFailure ? 1 : 0)) & kept
            count = min(window, count + 1)
        }
    }

    /// What happened. `jitter` is a random number from 0 up to 1, so that many breakers do not probe at once.
    package enum Event: Equatable, Sendable {
        /// Somebody wants to send a request.
        case asked
        /// Whoever looks after the upstream asks whether to probe it now.
        case looked
        case succeeded
        case failed(jitter: Double)
        case probeSucceeded
        case probeFailed(jitter: Double)
    }

    /// What is to be done.
    package enum Effect: Equatable, Sendable {
        case nothing
        /// The request may be sent.
        case pass
        /// A probe is to be sent.
        case probe
        /// The request is not sent; asking again makes sense after so long.
        case refuse(afterMilliseconds: Int64)
        case opened, closed
    }

    /// When the machine opens, and for how long.
    package struct Limits: Equatable, Sendable {
        /// So many failures in a row open it.
        package var failuresInARow = 5
        /// So does this share of failures among the last requests, once there were `leastOutcomes` of them.
        package var failureShare = 0.5
        package var leastOutcomes = 10
        /// How many of the last requests count; at most 64.
        package var window = 20
        /// The first pause, and the longest one.
        package var firstPauseMilliseconds: Int64 = 1000
        package var longestPauseMilliseconds: Int64 = 10_000
        /// A probe that has not come back after this long is taken for lost.
        package var probeMilliseconds: Int64 = 15_000

        package init() {}
    }

    /// The next state and what follows from it.
    package static func step(
        _ state: State,
        _ event: Event,
        now: Int64,
        limits: Limits = Limits()
    ) -> (state: State, effect: Effect) {
        switch (state, event) {
        case (.closed, .asked): return (state, .pass)
        case (.closed(var outcomes), .succeeded):
            outcomes.add(isFailure: false, window: limits.window)
            return (.closed(outcomes), .nothing)
        case (.closed(var outcomes), .failed(let jitter)):
            outcomes.add(isFailure: true, window: limits.window)
            guard isTooMany(outcomes, limits) else { return (.closed(outcomes), .nothing) }
            return (opened(after: 0, jitter, now, limits), .opened)
        // A look at a well upstream found that it is not the one that was decided about, or not there.
        case (.closed, .probeFailed(let jitter)): return (opened(after: 0, jitter, now, limits), .opened)
        case (.closed, .probeSucceeded): return (state, .nothing)
        case (.open(let until, _), .asked):
            let rest = until > now ? until - now : limits.firstPauseMilliseconds
            return (state, .refuse(afterMilliseconds: rest))
        case (.probing, .asked): return (state, .refuse(afterMilliseconds: limits.firstPauseMilliseconds))
        case (.closed, .looked): return (state, .nothing)
        case (.open(let until, let openings), .looked):
            return until <= now ? (.probing(since: now, openings: openings), .probe) : (state, .nothing)
        case (.probing(let since, let openings), .looked):
            guard now - since >= limits.probeMilliseconds else { return (state, .nothing) }
            return (.probing(since: now, openings: openings), .probe)
        case (.open, .probeSucceeded), (.probing, .probeSucceeded): return (.closed(Outcomes()), .closed)
        case (.probing(_, let openings), .probeFailed(let jitter)):
            return (opened(after: openings, jitter, now, limits), .opened)
        // Answers to requests that were sent before: they say nothing new.
        case (.open, .succeeded), (.open, .failed), (.open, .probeFailed), (.probing, .succeeded), (.probing, .failed):
            return (state, .nothing)
        }
    }

    private static func isTooMany(_ outcomes: Outcomes, _ limits: Limits) -> Bool {
        outcomes.inARow >= limits.failuresInARow
            || outcomes.count >= limits.leastOutcomes
                && Double(outcomes.failures) >= limits.failureShare * Double(outcomes.count)
    }

    /// Open for the first pause, doubled for each opening before, and between half and all of that by chance.
    private static func opened(after openings: Int, _ jitter: Double, _ now: Int64, _ limits: Limits) -> State {
        let doubled = limits.firstPauseMilliseconds << Int64(min(openings, 20))
        let pause = min(limits.longestPauseMilliseconds, doubled)
        let part = 0.5 + 0.5 * min(1, max(0, jitter))
        return .open(until: now + max(1, Int64(Double(pause) * part)), openings: openings + 1)
    }
}
