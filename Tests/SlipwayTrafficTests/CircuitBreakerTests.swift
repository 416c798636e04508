import Testing

@testable import SlipwayTraffic

@Suite struct CircuitBreakerTests {
    private typealias State = CircuitBreaker.State
    private typealias Event = CircuitBreaker.Event
    private typealias Effect = CircuitBreaker.Effect

    /// A breaker that has seen so many outcomes; `true` is a failure, the last one is the newest.
    private static func closed(_ outcomes: [Bool]) -> State {
        var seen = CircuitBreaker.Outcomes()
        for isFailure in outcomes { seen.add(isFailure: isFailure, window: CircuitBreaker.Limits().window) }
        return .closed(seen)
    }

    private static let failing = [true, true, true, true]

    private static let table: [(name: String, state: State, event: Event, now: Int64, next: State, effect: Effect)] = [
        ("a new one lets nobody through", .unknown, .asked, 0, .unknown, .refuse(afterMilliseconds: 1000)),
        ("and is probed at once", .unknown, .looked, 0, .probing(since: 0, openings: 0), .probe),
        ("a closed one needs no probe", closed([true]), .looked, 9, closed([true]), .nothing),
        ("closed lets through", closed([]), .asked, 5, closed([]), .pass),
        ("a success is remembered", closed([true]), .succeeded, 5, closed([true, false]), .nothing),
        ("a failure alone opens nothing", closed([]), .failed(jitter: 0), 5, closed([true]), .nothing),
        (
            "the fifth failure in a row opens", closed(failing), .failed(jitter: 1), 100,
            .open(until: 1100, openings: 1), .opened
        ),
        (
            "chance shortens the pause by half at most", closed(failing), .failed(jitter: 0), 100,
            .open(until: 600, openings: 1), .opened
        ),
        (
            "a success between them does not", closed(failing + [false]), .failed(jitter: 1), 5,
            closed(failing + [false, true]), .nothing
        ),
        (
            "half of the last ten opens", closed([true, false, true, false, true, false, true, false, false]),
            .failed(jitter: 1), 0, .open(until: 1000, openings: 1), .opened
        ),
        (
            "open refuses until its time", .open(until: 900, openings: 1), .asked, 100, .open(until: 900, openings: 1),
            .refuse(afterMilliseconds: 800)
        ),
        (
            "and is not probed before", .open(until: 900, openings: 1), .looked, 899, .open(until: 900, openings: 1),
            .nothing
        ),
        (
            "after it clients are refused until a probe has passed", .open(until: 900, openings: 1), .asked, 900,
            .open(until: 900, openings: 1), .refuse(afterMilliseconds: 1000)
        ),
        ("then it is probed", .open(until: 900, openings: 1), .looked, 900, .probing(since: 900, openings: 1), .probe),
        (
            "by one only", .probing(since: 900, openings: 1), .looked, 901, .probing(since: 900, openings: 1), .nothing
        ),
        (
            "and the others are refused", .probing(since: 900, openings: 1), .asked, 901,
            .probing(since: 900, openings: 1), .refuse(afterMilliseconds: 1000)
        ),
        (
            "a lost probe is replaced", .probing(since: 900, openings: 1), .looked, 15_900,
            .probing(since: 15_900, openings: 1), .probe
        ),
        (
            "a probe that passed closes, with nothing held against it", .probing(since: 900, openings: 3),
            .probeSucceeded, 950, closed([]), .closed
        ),
        (
            "one that failed doubles the pause", .probing(since: 900, openings: 1), .probeFailed(jitter: 1), 1000,
            .open(until: 3000, openings: 2), .opened
        ),
        (
            "up to ten seconds", .probing(since: 0, openings: 40), .probeFailed(jitter: 1), 1000,
            .open(until: 11_000, openings: 41), .opened
        ),
        (
            "late answers say nothing while it is open", .open(until: 9, openings: 1), .succeeded, 5,
            .open(until: 9, openings: 1), .nothing
        ),
        (
            "nor late failures", .open(until: 9, openings: 1), .failed(jitter: 1), 5, .open(until: 9, openings: 1),
            .nothing
        ),
        (
            "nor while a probe is under way", .probing(since: 1, openings: 1), .failed(jitter: 1), 5,
            .probing(since: 1, openings: 1), .nothing
        ),
        (
            "a look that finds another model opens at once", closed([false]), .probeFailed(jitter: 1), 0,
            .open(until: 1000, openings: 1), .opened
        ),
        ("a look that finds all well changes nothing", closed([true]), .probeSucceeded, 0, closed([true]), .nothing),
    ]

    @Test func `every transition`() {
        for row in Self.table {
            let (next, effect) = CircuitBreaker.step(row.state, row.event, now: row.now)
            #expect(next == row.next, "\(row.name)")
            #expect(effect == row.effect, "\(row.name)")
        }
    }

    /// Splitmix64, so that a failing seed can be run again.
    private struct Dice {
        var state: UInt64
        mutating func roll() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    @Test func `whatever happens, nothing passes unless a probe did, and an answer is always possible again`() {
        for seed in 0..<500 {
            var dice = Dice(state: UInt64(seed))
            var state = State.unknown
            var now: Int64 = 0
            var isProven = false
            for _ in 0..<200 {
                now += Int64(dice.roll() % 2000)
                let jitter = Double(dice.roll() % 1000) / 1000
                let event: Event =
                    switch dice.roll() % 7 {
                    case 0: .succeeded
                    case 1: .failed(jitter: jitter)
                    case 2: .probeSucceeded
                    case 3: .probeFailed(jitter: jitter)
                    case 4: .looked
                    default: .asked
                    }
                let effect: Effect
                (state, effect) = CircuitBreaker.step(state, event, now: now)
                if event == .probeSucceeded { isProven = true }
                if effect == .opened { isProven = false }
                if effect == .pass { #expect(isProven, "seed \(seed)") }
                if case .refuse(let wait) = effect { #expect((1...10_000).contains(wait), "seed \(seed)") }
            }
            // Twenty seconds later it is probed, if it does not pass anyway.
            let later = now + 20_000
            let last = CircuitBreaker.step(state, .asked, now: later).effect
            #expect(last == .pass || CircuitBreaker.step(state, .looked, now: later).effect == .probe, "seed \(seed)")
        }
    }
}
