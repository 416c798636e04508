import SlipwayDomain
import SlipwayRelease
import Testing

/// One row: a strategy's plan, a way to a state, and the phase that each event leads to.
struct StrategyCase: Sendable, CustomTestStringConvertible {
    let name: String
    let plan: ReleasePlan
    let path: [StrategyTableTests.Move]
    /// A letter an event, in the order of `Move.allCases`: the next phase, or a dot when nothing may change.
    let expected: String
    var testDescription: String { name }
}

@Suite("Every event in every state of each strategy")
struct StrategyTableTests {
    /// An event that fits any state.
    enum Move: CaseIterable, Sendable {
        case done, failed, pass, fail, unsure, won, lost, stopped, open, tick, pause, resume, approve, promote, abort

        func event(for state: ReleaseState) -> ReleaseEvent {
            let pending = state.pendingEffects.first?.id ?? EffectID(revision: 999, index: 0)
            let (step, from) = (state.stepIndex ?? 0, state.enteredStepAt ?? Fixture.start)
            func compared(_ winner: ComparisonWinner) -> ReleaseEvent {
                .compared(
                    Fixture.comparison(
                        winner,
                        step: step,
                        from: from,
                        rule: state.plan.controls.comparison ?? Fixture.comparison
                    )
                )
            }
            switch self {
            case .done: return .effectCompleted(pending)
            case .failed: return .effectFailed(pending, reason: "no answer")
            case .pass: return .analysed(Fixture.verdict(.pass, step: step, from: from))
            case .fail: return .analysed(Fixture.verdict(.fail, step: step, from: from))
            case .unsure: return .analysed(Fixture.verdict(.inconclusive, step: step, from: from))
            case .won: return compared(.candidate)
            case .lost: return compared(.stable)
            case .stopped: return compared(.none)
            case .open: return compared(.open)
            case .tick: return .tick
            case .pause: return .pause(by: "ana")
            case .resume: return .resume(by: "ana")
            case .approve: return .approve(by: "ana", isAdmin: false)
            case .promote: return .promote(by: "ana")
            case .abort: return .abort(by: "ana", reason: "a mistake")
            }
        }
    }

    private static let begun: [Move] = [.done, .done, .done, .done]
    private static let approved = Fixture.plan(
        controls: ReleaseControls(
            stops: [ReleaseStop(step: 1, approval: StepApprover(role: "peer"))],
            owners: ["ben"]
        )
    )

    // P preparing, G progressing, H paused, A promoting (all traffic), B rolling back, F finished.
    // Columns: done failed pass fail unsure won lost stopped open tick pause resume approve promote abort
    static let cases = [
        StrategyCase(name: "shadow: loading", plan: Fixture.shadow, path: [], expected: "PP........H..AB"),
        StrategyCase(name: "shadow: probing", plan: Fixture.shadow, path: [.done], expected: "GP........H..AB"),
        StrategyCase(
            name: "shadow: not settled",
            plan: Fixture.shadow,
            path: [.done, .done],
            expected: "GG.BG.....H..AB"
        ),
        StrategyCase(name: "shadow: judged", plan: Fixture.shadow, path: begun, expected: "..GBG.....H..AB"),
        StrategyCase(name: "shadow: ready", plan: Fixture.shadow, path: begun + [.pass], expected: "...B......HA.AB"),
        StrategyCase(
            name: "shadow: ready and paused",
            plan: Fixture.shadow,
            path: begun + [.pass, .pause],
            expected: "...B.......G.AB"
        ),
        StrategyCase(
            name: "shadow: promoted by plan goes on by its steps",
            plan: Fixture.shadowThenCanary,
            path: begun + [.pass],
            expected: "GG.BG.....H..AB"
        ),
        StrategyCase(
            name: "shadow: the canary after it",
            plan: Fixture.shadowThenCanary,
            path: begun + [.pass, .done, .done],
            expected: "..ABG.....H..AB"
        ),
        StrategyCase(name: "blue/green: before", plan: Fixture.blueGreen, path: begun, expected: "..GBG.....H..AB"),
        StrategyCase(
            name: "blue/green: switching",
            plan: Fixture.blueGreen,
            path: begun + [.pass],
            expected: "GG.BG.....H..AB"
        ),
        StrategyCase(
            name: "blue/green: after",
            plan: Fixture.blueGreen,
            path: begun + [.pass, .done, .done],
            expected: "..ABG.....H..AB"
        ),
        StrategyCase(
            name: "blue/green: the end",
            plan: Fixture.blueGreen,
            path: begun + [.pass, .done, .done, .pass],
            expected: "AA............B"
        ),
        StrategyCase(name: "ab: comparing", plan: Fixture.ab, path: begun, expected: "..GBGABBG.H..AB"),
        StrategyCase(name: "ab: paused", plan: Fixture.ab, path: begun + [.pause], expected: "..HBH......G.AB"),
        StrategyCase(name: "ab: won", plan: Fixture.ab, path: begun + [.won], expected: "AA............B"),
        StrategyCase(name: "ab: lost", plan: Fixture.ab, path: begun + [.lost], expected: "BB............."),
        StrategyCase(
            name: "canary: before an approval",
            plan: approved,
            path: [.done, .done, .done],
            expected: "..GBG.....H.G.B"
        ),
        StrategyCase(
            name: "canary: waiting for an approval",
            plan: approved,
            path: [.done, .done, .done, .pass],
            expected: "...B......H.G.B"
        ),
        StrategyCase(
            name: "canary: approved",
            plan: approved,
            path: [.done, .done, .done, .pass, .approve],
            expected: "GG.BG.....H..AB"
        ),
    ]

    private static let letters: [ReleasePhase: Character] = [
        .preparing: "P", .progressing: "G", .paused: "H", .promoting: "A", .rollingBack: "B", .finished: "F",
    ]

    private func state(_ example: StrategyCase) -> ReleaseState {
        var state = ReleasePlanner.step(ReleaseState(example.plan), .started, now: Fixture.start).state
        for move in example.path {
            let next = ReleasePlanner.step(state, move.event(for: state), now: Fixture.start)
            #expect(next.isChange, "\(move) on the way")
            state = next.state
        }
        return state
    }

    @Test("The next phase is as the table says", arguments: cases)
    func table(example: StrategyCase) {
        let state = state(example)
        let actual = Move.allCases.map { move -> Character in
            let next = ReleasePlanner.step(state, move.event(for: state), now: Fixture.start)
            return next.isChange ? Self.letters[next.state.phase] ?? "?" : "."
        }
        #expect(String(actual) == example.expected)
    }

    @Test("Every transition keeps the general rules and can be stored and read", arguments: cases)
    func rules(example: StrategyCase) throws {
        let state = state(example)
        for move in Move.allCases {
            let next = ReleasePlanner.step(state, move.event(for: state), now: Fixture.start)
            if next.isChange {
                #expect(SimulatorChecks.violation(from: state, by: next) == nil, "\(move)")
                let bytes = try CanonicalJSON.bytes(encoding: next.state)
                #expect(try JSONValue(parsing: bytes).decode(ReleaseState.self) == next.state, "\(move)")
            } else {
                #expect(next.state == state && next.effects.isEmpty && next.records.isEmpty, "\(move)")
            }
            #expect(!next.state.explanation.isEmpty)
        }
    }

    @Test("A plan whose steps do not fit its strategy is refused")
    func badPlans() {
        let wrong: [(ReleaseStrategy, [Int])] = [
            (.shadow, [5, 100]), (.shadow, [0]), (.shadow, [0, 50]), (.blueGreen, [0, 100]), (.blueGreen, [5, 100]),
            (.ab, [50, 100]), (.ab, [100]), (.canary, [0, 100]),
        ]
        for (strategy, steps) in wrong {
            #expect(throws: ReleaseError.self, "\(strategy) \(steps)") {
                try ReleasePlan(
                    release: ReleaseID("r1"),
                    model: "m",
                    environment: "production",
                    candidate: 2,
                    stable: 1,
                    decision: EntryID("e"),
                    strategy: strategy,
                    steps: steps
                )
            }
        }
    }
}
