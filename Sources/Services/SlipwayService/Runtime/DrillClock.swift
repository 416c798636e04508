package import SlipwayDomain
internal import Synchronization

/// A clock for drills: starts at a given instant, runs at real speed, and is led forward by replayed traffic.
///
/// It never goes back and never jumps further in one step than its rate allows, so months pass in a minute while every
/// record keeps the order that it would have had.
package final class DrillClock: Sendable {
    /// Where the drill began.
    package let start: Instant
    /// How many times faster than real time a replay may lead the clock.
    package let rate: Double
    private let monotonicNanoseconds: @Sendable () -> UInt64
    private let anchor: Mutex<Anchor>

    private struct Anchor {
        var instant: Instant
        var nanoseconds: UInt64
    }

    package init(start: Instant, rate: Double, monotonicNanoseconds: @escaping @Sendable () -> UInt64) {
        self.start = start
        self.rate = rate
        self.monotonicNanoseconds = monotonicNanoseconds
        anchor = Mutex(Anchor(instant: start, nanoseconds: monotonicNanoseconds()))
    }

    /// The drill's time.
    package func now() -> Instant {
        anchor.withLock { instant(from: $0, at: monotonicNanoseconds()) }
    }

    /// Leads the clock towards `target`, at most `rate` times the real time since it was last led; returns the new time.
    package func advance(towards target: Instant) -> Instant {
        anchor.withLock { anchor in
            let nanoseconds = monotonicNanoseconds()
            let current = instant(from: anchor, at: nanoseconds)
            let elapsed = Double(nanoseconds - anchor.nanoseconds) / 1_000_000
            let furthest = anchor.instant + Span(milliseconds: Int64(min(elapsed * rate, 1e15)))
            let next = max(current, min(target, furthest))
            anchor = Anchor(instant: next, nanoseconds: nanoseconds)
            return next
        }
    }

    private func instant(from anchor: Anchor, at nanoseconds: UInt64) -> Instant {
        anchor.instant + Span(milliseconds: Int64((nanoseconds - anchor.nanoseconds) / 1_000_000))
    }
}
