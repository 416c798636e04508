internal import Dispatch
internal import Foundation
package import SlipwayDomain

extension Runtime {
    /// The machine's own clock and randomness.
    package static func live() -> Runtime {
        let words = RandomWords(single: { .random(in: .min ... .max) })
        return Runtime(
            now: { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
            monotonicNanoseconds: { DispatchTime.now().uptimeNanoseconds },
            sleep: { try await Task.sleep(nanoseconds: UInt64(max(0, $0)) * 1_000_000) },
            random: { words.next() }
        )
    }

    /// The machine's randomness with a drill's clock.
    package static func drill(start: Instant, rate: Double) -> Runtime {
        var runtime = live()
        let clock = DrillClock(start: start, rate: rate, monotonicNanoseconds: runtime.monotonicNanoseconds)
        runtime.now = { clock.now() }
        runtime.drill = clock
        return runtime
    }
}
