import SlipwayDomain
import Testing

@testable import SlipwayMonitor

@Suite("An alert")
struct AlertMachineTests {
    /// One letter a window: `.` clean, `a` or `b` that column bad, `*` both, `?` cannot tell.
    static func run(_ script: String, policy: AlertPolicy = AlertPolicy()) -> (AlertState, [String]) {
        var state = AlertState()
        var told: [String] = []
        for (index, letter) in script.enumerated() {
            let step = AlertMachine.step(state, window(index, letter), now: hour(index + 1), policy: policy)
            state = step.state
            told += step.signals.map { signal in
                switch signal {
                case .fired(let onset, _, let columns): "\(index):fired \(columns.joined()) since \(hours(of: onset))"
                case .resolved(let onset, _, let columns):
                    "\(index):resolved \(columns.joined()) since \(hours(of: onset))"
                }
            }
        }
        return (state, told)
    }

    static func window(_ index: Int, _ letter: Character) -> WindowVerdict {
        let flagged: [String]? =
            switch letter {
            case ".": []
            case "?": nil
            case "*": ["b", "a"]
            default: [String(letter)]
            }
        return WindowVerdict(from: hour(index), to: hour(index + 1), flagged: flagged)
    }

    static func hour(_ index: Int) -> Instant { Instant(milliseconds: Int64(index) * 3_600_000) }
    static func hours(of instant: Instant) -> Int64 { instant.milliseconds / 3_600_000 }

    @Test(
        "opens when the same column is bad in two of three windows, closes after three clean ones, then stays quiet",
        arguments: [
            ("....", [String](), AlertState.Phase.ok),
            ("a..", [], .suspect),
            ("a...", [], .ok),
            ("aa", ["1:fired a since 0"], .firing),
            ("a.a", ["2:fired a since 0"], .firing),
            ("a..aa", ["4:fired a since 3"], .firing),
            ("ab", [], .suspect),
            ("ab.", [], .suspect),
            ("aba", ["2:fired a since 0"], .firing),
            ("**", ["1:fired ba since 0"], .firing),
            ("a?a", ["2:fired a since 0"], .firing),
            ("a????", [], .suspect),
            ("aa..", ["1:fired a since 0"], .resolving),
            ("aa..a..", ["1:fired a since 0"], .resolving),
            ("aa..?.", ["1:fired a since 0", "5:resolved a since 0"], .ok),
            ("aab...", ["1:fired a since 0", "5:resolved ab since 0"], .ok),
            ("aa...aaaaaa", ["1:fired a since 0", "4:resolved a since 0"], .suspect),
            ("aa...aaaaaaa", ["1:fired a since 0", "4:resolved a since 0", "11:fired a since 5"], .firing),
            ("aa.........aa", ["1:fired a since 0", "4:resolved a since 0", "12:fired a since 11"], .firing),
        ]
    )
    func table(_ script: String, _ told: [String], _ phase: AlertState.Phase) {
        let (state, actual) = Self.run(script)
        #expect(actual == told)
        #expect(state.phase == phase)
    }

    /// Steps through windows and tells what was said.
    private func told(_ windows: [WindowVerdict]) -> (phase: AlertState.Phase, told: [String]) {
        var state = AlertState()
        var told: [String] = []
        for (index, window) in windows.enumerated() {
            let step = AlertMachine.step(state, window, now: window.to)
            state = step.state
            for case .fired(let onset, _, let columns) in step.signals {
                told.append("\(index):fired \(columns.joined()) since \(Self.hours(of: onset))")
            }
        }
        return (state.phase, told)
    }

    private func window(
        _ index: Int,
        raised: [String] = [],
        sustained: [String] = [],
        convinced: [String: Instant] = [:]
    ) -> WindowVerdict {
        WindowVerdict(
            from: Self.hour(index),
            to: Self.hour(index + 1),
            flagged: [],
            raised: raised,
            sustained: sustained,
            convinced: convinced
        )
    }

    @Test("opens when a column is bad over the last windows together and far off in two of them")
    func sustained() {
        #expect(
            told([window(0), window(1, raised: ["a"]), window(2, raised: ["a"], sustained: ["a"])]).told == [
                "2:fired a since 1"
            ]
        )
        #expect(
            told([window(0), window(1), window(2, raised: ["a"], sustained: ["a"])]).told.isEmpty,
            "one window is a burst"
        )
        #expect(told([window(0, raised: ["a"]), window(1, raised: ["a"])]) == (.ok, []), "chance raises columns, too")
    }

    @Test("opens on overwhelming evidence in two windows, from where it began, and stays open while it lasts")
    func convinced() {
        let since = Self.hour(1)
        let windows = (0..<9).map { $0 < 3 ? window($0) : window($0, convinced: ["a": since]) }
        #expect(told(windows) == (.firing, ["4:fired a since 1"]))
        #expect(told([window(0), window(1, convinced: ["a": since]), window(2), window(3)]) == (.suspect, []))
    }

    @Test("is not moved by a window that was seen before")
    func replay() {
        let (state, _) = Self.run("aa.")
        for index in 0..<3 {
            for letter in "a.?*" {
                let step = AlertMachine.step(state, Self.window(index, letter), now: Self.hour(9))
                #expect(step.state == state && step.signals.isEmpty)
            }
        }
    }

    @Test("keeps its laws for any sequence of windows and any policy")
    func laws() throws {
        let seed = Seeded.announced("alert laws")
        var random = Seeded(seed)
        for round in 0..<800 {
            let outOf = Int.random(in: 1...4, using: &random)
            let policy = AlertPolicy(
                needed: Int.random(in: 1...outOf, using: &random),
                outOf: outOf,
                closeAfter: Int.random(in: 1...4, using: &random),
                coolDown: Int.random(in: 0...4, using: &random)
            )
            let script = String((0..<30).map { _ in "...aab*?".randomElement(using: &random) ?? "." })
            var state = AlertState()
            var isOpen = false
            var told = 0
            var quiet = 0
            for (index, letter) in script.enumerated() {
                let step = AlertMachine.step(
                    state,
                    Self.window(index, letter),
                    now: Self.hour(index + 1),
                    policy: policy
                )
                let note: Comment = "seed \(seed), round \(round), window \(index) of \(script)"
                #expect(step.signals.count <= 1, note)
                if letter == "?" { #expect(step.signals.isEmpty && step.state.phase == state.phase, note) }
                switch step.signals.first {
                case .fired(let onset, _, let columns):
                    #expect(!isOpen && !columns.isEmpty && quiet == 0, note)
                    let start = Int(Self.hours(of: onset))
                    #expect(start <= index && "ab*".contains(Array(script)[start]), note)
                    #expect(Set(columns).count == columns.count, note)
                    isOpen = true
                    told += 1
                case .resolved:
                    #expect(isOpen && letter == ".", note)
                    isOpen = false
                    quiet = policy.coolDown
                case nil:
                    if letter != "?", !isOpen { quiet = max(0, quiet - 1) }
                }
                #expect(isOpen == (step.state.phase == .firing || step.state.phase == .resolving), note)
                #expect(step.state.recent.count <= policy.outOf, note)
                state = step.state
            }
            #expect(try JSONValue(encoding: state).decode(AlertState.self) == state)
            if !script.contains(where: { "ab*".contains($0) }) { #expect(told == 0) }
        }
    }
}
