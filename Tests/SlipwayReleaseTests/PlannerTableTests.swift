import SlipwayDomain
import SlipwayRelease
import Testing

/// One row of the table: a state, and the phase that each event leads to.
struct PlannerCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Events that lead from a new release to the state.
    let path: [PlannerTableTests.Move]
    /// A letter an event, in the order of `Move.allCases`: the next phase, or a dot when nothing may change.
    let expected: String
    var testDescription: String { name }
}

@Suite("Every event in every phase")
struct PlannerTableTests {
    /// An event that fits any state: answers and verdicts are made for the state they are given to.
    enum Move: CaseIterable, Sendable {
        case start, done, doneOld, failed, pass, fail, unsure, tick, pause, resume, promote, abort, rollback

        func event(for state: ReleaseState) -> ReleaseEvent {
            let unknown = EffectID(revision: 999, index: 0)
            let pending = state.pendingEffects.first?.id
            func verdict(_ ruling: Ruling) -> ReleaseEvent {
                .analysed(
                    Fixture.verdict(ruling, step: state.stepIndex ?? 0, from: state.enteredStepAt ?? Fixture.start)
                )
            }
            switch self {
            case .start: return .started
            case .done: return .effectCompleted(pending ?? unknown)
            case .doneOld: return .effectCompleted(unknown)
            case .failed: return .effectFailed(pending ?? unknown, reason: "no answer")
            case .pass: return verdict(.pass)
            case .fail: return verdict(.fail)
            case .unsure: return verdict(.inconclusive)
            case .tick: return .tick
            case .pause: return .pause(by: "ana")
            case .resume: return .resume(by: "ana")
            case .promote: return .promote(by: "ana")
            case .abort: return .abort(by: "ana", reason: "a mistake")
            case .rollback: return .rollback(by: "ana", reason: "complaints")
            }
        }
    }

    // P preparing, G progressing, H paused, A promoting (all traffic), B rolling back, F finished.
    // Columns: start done doneOld failed pass fail unsure tick pause resume promote abort rollback
    static let cases = [
        PlannerCase(name: "new", path: [], expected: "P............"),
        PlannerCase(name: "loading", path: [.start], expected: ".G.P....H.ABB"),
        PlannerCase(name: "step not settled", path: [.start, .done], expected: ".G.G.BG.H.ABB"),
        PlannerCase(name: "step settled", path: settled, expected: "....GBG.H.ABB"),
        PlannerCase(
            name: "last judged step",
            path: settled + [.pass, .done, .done, .pass, .done, .done],
            expected: "....ABG.H.ABB"
        ),
        PlannerCase(name: "paused", path: settled + [.pause], expected: "....HBH..GABB"),
        PlannerCase(name: "paused while loading", path: [.start, .pause], expected: ".H.H.....PABB"),
        PlannerCase(name: "paused and loaded", path: [.start, .pause, .done], expected: ".........GABB"),
        PlannerCase(name: "promoted while loading", path: [.start, .promote], expected: ".A.A.......BB"),
        PlannerCase(name: "getting all traffic", path: settled + [.promote], expected: ".A.A.......BB"),
        PlannerCase(name: "letting stable go", path: settled + [.promote, .done], expected: ".F.A........."),
        PlannerCase(name: "giving traffic back", path: settled + [.fail], expected: ".B.B........."),
        PlannerCase(name: "letting the candidate go", path: settled + [.fail, .done], expected: ".F.B........."),
        PlannerCase(name: "promoted", path: settled + [.promote, .done, .done], expected: "............."),
        PlannerCase(name: "rolled back", path: settled + [.fail, .done, .done], expected: "............."),
        PlannerCase(name: "aborted", path: [.start, .abort, .done, .done], expected: "............."),
    ]

    private static let settled: [Move] = [.start, .done, .done, .done]

    private static let letters: [ReleasePhase: Character] = [
        .preparing: "P", .progressing: "G", .paused: "H", .promoting: "A", .rollingBack: "B", .finished: "F",
    ]

    private func step(_ state: ReleaseState, _ move: Move) -> Transition {
        ReleasePlanner.step(state, move.event(for: state), now: Fixture.start)
    }

    @Test("The next phase is as the table says", arguments: cases)
    func table(example: PlannerCase) {
        var state = ReleaseState(Fixture.plan())
        for move in example.path {
            let next = step(state, move)
            #expect(next.isChange, "\(move) on the way")
            state = next.state
        }
        let actual = Move.allCases.map { move -> Character in
            let next = step(state, move)
            return next.isChange ? PlannerTableTests.letters[next.state.phase] ?? "?" : "."
        }
        #expect(String(actual) == example.expected)
    }

    @Test("Every transition keeps the general rules, and no change is no change at all", arguments: cases)
    func rules(example: PlannerCase) {
        var state = ReleaseState(Fixture.plan())
        for move in example.path { state = step(state, move).state }
        for move in Move.allCases {
            let next = step(state, move)
            if next.isChange {
                #expect(SimulatorChecks.violation(from: state, by: next) == nil, "\(move)")
            } else {
                #expect(next.state == state && next.effects.isEmpty && next.records.isEmpty, "\(move)")
            }
            #expect(!next.state.explanation.isEmpty)
        }
    }

    @Test("Each phase stands in the table")
    func complete() {
        let phases = PlannerTableTests.cases.map { example in
            example.path.reduce(ReleaseState(Fixture.plan())) { step($0, $1).state }.phase
        }
        #expect(Set(phases) == Set(ReleasePhase.allCases))
    }
}
