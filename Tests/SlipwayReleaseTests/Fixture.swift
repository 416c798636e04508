import SlipwayDomain
import SlipwayRelease

/// Values that the tests of this folder share.
enum Fixture {
    static let start = Instant(milliseconds: 1_364_792_400_000)

    static func plan(
        stable: Int? = 1,
        kind: ReleaseKind = .change,
        steps: [Int] = [5, 25, 50, 100],
        analysis: [AnalysisRule] = [],
        alpha: Double = 0.05,
        requests: Int = 100,
        stepDeadline: Span = .hours(1),
        policy: VerdictPolicy = VerdictPolicy()
    ) -> ReleasePlan {
        certain {
            try ReleasePlan(
                release: ReleaseID("r1"),
                model: "flight-delay",
                environment: "production",
                candidate: 2,
                stable: stable,
                decision: EntryID("e7"),
                kind: kind,
                steps: steps,
                analysis: analysis,
                alpha: alpha,
                demands: AnalysisDemands(requests: requests, duration: .minutes(1)),
                stepDeadline: stepDeadline,
                policy: policy
            )
        }
    }

    static let counts = certain { try ArmCounts(requests: 1000) }

    static let rules = certain {
        [
            try AnalysisRule(metric: .errorRate, against: .stable, maxIncrease: 0.01),
            try AnalysisRule(metric: .latencyP95, max: 50),
            try AnalysisRule(metric: .disagreement, max: 0.1),
        ]
    }

    static func verdict(
        _ overall: Ruling,
        step: Int = 0,
        from: Instant = start,
        plan: ReleasePlan = plan()
    ) -> AnalysisVerdict {
        let evidence = certain {
            try AnalysisEvidence(step: step, from: from, to: from + .minutes(10), candidate: counts, stable: counts)
        }
        return AnalysisVerdict(
            overall: overall,
            rules: [],
            evidence: evidence,
            demands: plan.demands,
            alphaShare: plan.alphaShare
        )
    }

    /// The value of an expression that cannot fail with the fixed numbers of a test.
    static func certain<Value>(_ body: () throws -> Value) -> Value {
        do { return try body() } catch { preconditionFailure("the test's own values are wrong: \(error)") }
    }
}
