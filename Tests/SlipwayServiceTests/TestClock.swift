import SlipwayDomain
import SlipwayService
import Synchronization

/// A clock that stands still until a test moves it, with seeded randomness (SplitMix64; Steele, Lea and Flood 2014).
final class TestClock: Sendable {
    private struct State {
        var milliseconds: Int64 = 1_364_774_400_000  // 2013-04-01T00:00:00Z
        var nanoseconds: UInt64 = 1_000_000_000
        var seed: UInt64
    }

    private let state: Mutex<State>

    init(seed: UInt64 = 20_130_401) { state = Mutex(State(seed: seed)) }

    var now: Instant { state.withLock { Instant(milliseconds: $0.milliseconds) } }

    func advance(_ span: Span) {
        state.withLock { state in
            state.milliseconds += span.milliseconds
            state.nanoseconds += UInt64(max(0, span.milliseconds)) * 1_000_000
        }
    }

    /// Lets real time pass, as a slow model does.
    func pass(milliseconds: Int64) { state.withLock { $0.nanoseconds += UInt64(milliseconds) * 1_000_000 } }

    var nanoseconds: UInt64 { state.withLock { $0.nanoseconds } }

    func random() -> UInt64 {
        state.withLock { state in
            state.seed &+= 0x9E37_79B9_7F4A_7C15
            var word = state.seed
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    /// Whoever sleeps on this runtime sleeps for a moment of real time; the clock moves when the test says so.
    var sleepingRuntime: Runtime {
        var runtime = runtime
        runtime.sleep = { _ in try await Task.sleep(for: .milliseconds(1)) }
        return runtime
    }

    /// Whoever sleeps on this runtime is cancelled, so that a service's `run()` makes one round and ends.
    var runtime: Runtime {
        Runtime(
            now: { self.now },
            monotonicNanoseconds: { self.nanoseconds },
            sleep: { _ in withUnsafeCurrentTask { $0?.cancel() } },
            random: { self.random() }
        )
    }
}
