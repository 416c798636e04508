import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("Releases as JSON")
struct ReleaseCodingTests {
    @Test("A state read back is the same state, and its bytes are the same", arguments: PlannerTableTests.cases)
    func roundTrip(example: PlannerCase) throws {
        var state = ReleaseState(Fixture.plan(analysis: Fixture.rules))
        for move in example.path {
            state = ReleasePlanner.step(state, move.event(for: state), now: Fixture.start).state
        }
        let bytes = try CanonicalJSON.bytes(encoding: state)
        let back = try JSONValue(parsing: bytes).decode(ReleaseState.self)
        #expect(back == state)
        #expect(try CanonicalJSON.bytes(encoding: back) == bytes)
    }

    @Test("A verdict can be computed again from its ledger entry")
    func replay() throws {
        let plan = Fixture.plan(analysis: Fixture.rules)
        let evidence = try AnalysisEvidence(
            step: 1,
            from: Fixture.start,
            to: Fixture.start + .hours(2),
            candidate: ArmCounts(requests: 3127, errors: 41, slow: 17),
            stable: ArmCounts(requests: 9871, errors: 60),
            pairs: 3001,
            disagreements: 222
        )
        let verdict = Analyst.judge(evidence, under: plan)
        let text = try CanonicalJSON.text(of: ReleaseRecord(revision: 9, body: .analysis(verdict)).data(of: plan))
        let read = try JSONValue(parsing: Array(text.utf8)).decode(AnalysisVerdict.self)
        #expect(read == verdict)
        #expect(read.recomputed == verdict)
    }

    @Test("Ledger entries have the members that the ledger's readers expect")
    func records() throws {
        let plan = Fixture.plan()
        func members(_ body: ReleaseRecord.Body) -> Set<String> {
            Set(ReleaseRecord(revision: 3, body: body).data(of: plan).object?.keys.map(\.self) ?? [])
        }
        let always: Set = ["release", "model", "version", "revision"]
        #expect(
            members(.started)
                == always.union(["environment", "strategy", "kind", "decision", "stable", "steps", "alpha"])
        )
        #expect(members(.step(index: 0, percent: 5, by: nil)) == always.union(["step", "percent", "by"]))
        #expect(
            members(.analysis(Fixture.verdict(.fail))).isSuperset(of: always.union(["step", "verdict", "metrics"]))
        )
        #expect(members(.paused(by: "ana", reason: "lunch")) == always.union(["by", "reason"]))
        #expect(members(.resumed(by: "ana")) == always.union(["by"]))
        #expect(
            members(.completed(.aborted, reason: "a mistake"))
                == always.union(["environment", "kind", "outcome", "reason"])
        )
        let record = ReleaseRecord(revision: 3, body: .resumed(by: "ana"))
        #expect(record.type == "release.resumed" && record.subject(of: plan) == "releases/r1")
    }

    @Test("Rules are read as a manifest writes them")
    func rules() throws {
        let text = """
            [{"metric": "error_rate", "against": "stable", "maxIncrease": 0.01},
             {"metric": "latency_p95_ms", "max": 50}, {"metric": "disagreement", "max": 0.1}]
            """
        let rules = try JSONValue(parsing: Array(text.utf8)).decode([AnalysisRule].self)
        #expect(rules == Fixture.rules)
    }

    @Test(
        "A rule that means nothing is refused",
        arguments: [
            #"{"metric": "error_rate"}"#, #"{"metric": "error_rate", "against": "stable", "max": 0.1}"#,
            #"{"metric": "error_rate", "maxIncrease": 0.1}"#, #"{"metric": "error_rate", "max": 0}"#,
            #"{"metric": "error_rate", "max": 1.5}"#, #"{"metric": "latency_p95_ms", "max": -1}"#,
            #"{"metric": "latency_p95_ms", "against": "stable", "maxIncrease": 0}"#,
            #"{"metric": "latency_p95_ms", "against": "stable", "maxIncrease": -1}"#,
            #"{"metric": "latency_p95_ms", "against": "stable", "max": 50}"#,
            #"{"metric": "disagreement", "against": "stable", "maxIncrease": 0.1}"#, #"{"metric": "mood", "max": 1}"#,
        ]
    )
    func badRules(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: (any Error).self) { try value.decode(AnalysisRule.self) }
    }
}

@Suite("Release plans")
struct ReleasePlanTests {
    private func plan(
        candidate: Int = 2,
        stable: Int? = 1,
        decision: String = "e7",
        steps: [Int] = [5, 100],
        analysis: [AnalysisRule] = [],
        alpha: Double = 0.05,
        deadline: Span = .hours(1),
        policy: VerdictPolicy = VerdictPolicy()
    ) throws -> ReleasePlan {
        try ReleasePlan(
            release: ReleaseID("r1"),
            model: "flight-delay",
            environment: "production",
            candidate: candidate,
            stable: stable,
            decision: EntryID(decision),
            steps: steps,
            analysis: analysis,
            alpha: alpha,
            stepDeadline: deadline,
            policy: policy
        )
    }

    @Test("A plan that cannot be followed is refused with a sentence")
    func refused() throws {
        #expect(try plan().steps == [5, 100])
        for steps in [[], [0, 100], [5, 5, 100], [50, 25, 100], [5, 50], [5, 101], [-1, 100]] {
            #expect(throws: ReleaseError.self, "\(steps)") { try plan(steps: steps) }
        }
        #expect(throws: ReleaseError.self) { try plan(decision: "") }
        #expect(throws: ReleaseError.self) { try plan(candidate: 1) }
        #expect(throws: ReleaseError.self) { try plan(candidate: 0) }
        for alpha in [0, -1, 0.6, .nan] { #expect(throws: ReleaseError.self) { try plan(alpha: alpha) } }
        #expect(throws: ReleaseError.self) { try plan(deadline: .minutes(5)) }
        #expect(throws: ReleaseError.self) { try plan(deadline: .days(40_000)) }
        #expect(throws: ReleaseError.self) { try plan(policy: VerdictPolicy(notEnoughData: .proceed)) }
        #expect(throws: ReleaseError.self) { try plan(analysis: [Fixture.rules[1], Fixture.rules[1]]) }
    }

    @Test("Alpha is shared by all rules at all judged steps")
    func shares() {
        #expect(Fixture.plan(analysis: Fixture.rules).alphaShare == 0.05 / 9)
        #expect(Fixture.plan(steps: [100], analysis: Fixture.rules).alphaShare == 0.05)
    }

    @Test("A stored plan that was damaged is refused, not followed")
    func damaged() throws {
        let text = try CanonicalJSON.text(of: JSONValue(encoding: Fixture.plan()))
        let broken = text.replacing("[5,25,50,100]", with: "[5,25,50]")
        #expect(text != broken)
        let value = try JSONValue(parsing: Array(broken.utf8))
        #expect(throws: ReleaseError.self) { try value.decode(ReleasePlan.self) }
    }
}
