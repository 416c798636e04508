import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("The analyst")
struct AnalystTests {
    struct Example: Sendable {
        let name: String
        let rule: AnalysisRule
        let candidate: ArmCounts
        var stable: ArmCounts?
        var pairs = 0
        var disagreements = 0
        var minutes: Int64 = 10
        let expected: Ruling
    }

    private static let errors = Fixture.rules[0]
    private static let latency = Fixture.rules[1]
    private static let disagreement = Fixture.rules[2]

    private static func arm(_ requests: Int, errors: Int = 0, slow: Int = 0) -> ArmCounts {
        Fixture.certain { try ArmCounts(requests: requests, errors: errors, slow: slow) }
    }

    static let examples = [
        Example(name: "no errors in many", rule: errors, candidate: arm(5000), stable: arm(50_000), expected: .pass),
        Example(
            name: "no errors in few",
            rule: errors,
            candidate: arm(200),
            stable: arm(4000),
            expected: .inconclusive
        ),
        Example(name: "too few", rule: errors, candidate: arm(99), stable: arm(4000), expected: .notEnoughData),
        Example(
            name: "stable has too few",
            rule: errors,
            candidate: arm(4000),
            stable: arm(99),
            expected: .notEnoughData
        ),
        Example(
            name: "too short",
            rule: errors,
            candidate: arm(5000),
            stable: arm(50_000),
            minutes: 0,
            expected: .notEnoughData
        ),
        Example(
            name: "bad before enough",
            rule: errors,
            candidate: arm(50, errors: 25),
            stable: arm(900),
            expected: .fail
        ),
        Example(
            name: "both arms equally ill",
            rule: errors,
            candidate: arm(20_000, errors: 4000),
            stable: arm(90_000, errors: 18_000),
            expected: .inconclusive
        ),
        Example(name: "fast", rule: latency, candidate: arm(2000, slow: 40), expected: .pass),
        Example(name: "slow", rule: latency, candidate: arm(2000, slow: 200), expected: .fail),
        Example(name: "on the edge", rule: latency, candidate: arm(2000, slow: 100), expected: .inconclusive),
        Example(
            name: "agrees",
            rule: disagreement,
            candidate: arm(1000),
            stable: arm(1000),
            pairs: 1000,
            disagreements: 40,
            expected: .pass
        ),
        Example(
            name: "disagrees",
            rule: disagreement,
            candidate: arm(1000),
            stable: arm(1000),
            pairs: 1000,
            disagreements: 300,
            expected: .fail
        ),
        Example(
            name: "no pairs",
            rule: disagreement,
            candidate: arm(1000),
            stable: arm(1000),
            expected: .notEnoughData
        ),
        Example(name: "no stable: errors", rule: errors, candidate: arm(1000), expected: .notApplicable),
        Example(name: "no stable: disagreement", rule: disagreement, candidate: arm(1000), expected: .notApplicable),
    ]

    private func judge(_ example: Example) throws -> AnalysisVerdict {
        let evidence = try AnalysisEvidence(
            step: 0,
            from: Fixture.start,
            to: Fixture.start + .minutes(example.minutes),
            candidate: example.candidate,
            stable: example.stable,
            pairs: example.pairs,
            disagreements: example.disagreements
        )
        return Analyst.judge(
            rules: [example.rule],
            evidence: evidence,
            demands: AnalysisDemands(requests: 100, duration: .minutes(1)),
            alphaShare: 0.05 / 9
        )
    }

    @Test("Rulings are as expected, with a sentence and honest bounds", arguments: examples)
    func rulings(example: Example) throws {
        let verdict = try judge(example)
        let rule = try #require(verdict.rules.first)
        #expect(rule.ruling == example.expected, "\(example.name): \(rule.sentence)")
        #expect(verdict.overall == (example.expected == .notApplicable ? .pass : example.expected))
        #expect(rule.lower <= rule.upper)
        #expect(!rule.sentence.isEmpty && !verdict.sentence.isEmpty)
        #expect(verdict.recomputed == verdict)
    }

    @Test("A verdict says what was seen")
    func sentences() throws {
        let slow = try judge(AnalystTests.examples[8])
        #expect(
            slow.sentence.hasPrefix("latency_p95_ms: 10 % of requests took over 50 ms, with the real value between")
        )
        #expect(slow.sentence.hasSuffix("that is over the limit of 5 %"))
        let first = try judge(AnalystTests.examples[13])
        #expect(
            first.rules[0].sentence
                == "error_rate is not applicable: there is no stable version to compare with"
        )
    }

    @Test("The worst rule decides")
    func worst() throws {
        let evidence = try AnalysisEvidence(
            step: 0,
            from: Fixture.start,
            to: Fixture.start + .hours(1),
            candidate: AnalystTests.arm(5000, slow: 900),
            stable: AnalystTests.arm(9000),
            pairs: 5000,
            disagreements: 500
        )
        let verdict = Analyst.judge(evidence, under: Fixture.plan(analysis: Fixture.rules))
        #expect(verdict.rules.map(\.ruling) == [.pass, .fail, .inconclusive])
        #expect(verdict.overall == .fail)
        #expect(verdict.alphaShare == 0.05 / 9)
    }

    @Test("Impossible counts are refused")
    func impossible() {
        #expect(throws: ReleaseError.self) { try ArmCounts(requests: 1, errors: 2) }
        #expect(throws: ReleaseError.self) { try ArmCounts(requests: 1, slow: -1) }
        #expect(throws: ReleaseError.self) {
            try AnalysisEvidence(
                step: 0,
                from: Fixture.start,
                to: Fixture.start,
                candidate: Fixture.counts,
                stable: nil,
                pairs: 1,
                disagreements: 2
            )
        }
    }
}
