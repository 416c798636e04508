import SlipwayDomain
import SlipwayRelease

/// Values that the tests of this folder share.
enum Fixture {
    static let start = Instant(milliseconds: 1_364_792_400_000)

    static func plan(
        stable: Int? = 1,
        strategy: ReleaseStrategy = .canary,
        kind: ReleaseKind = .change,
        steps: [Int] = [5, 25, 50, 100],
        analysis: [AnalysisRule] = [],
        alpha: Double = 0.05,
        requests: Int = 100,
        stepDeadline: Span = .hours(1),
        policy: VerdictPolicy = VerdictPolicy(),
        controls: ReleaseControls = ReleaseControls()
    ) -> ReleasePlan {
        certain {
            try ReleasePlan(
                release: ReleaseID("r1"),
                model: "flight-delay",
                environment: "production",
                candidate: 2,
                stable: stable,
                decision: EntryID("e7"),
                strategy: strategy,
                kind: kind,
                steps: steps,
                analysis: analysis,
                alpha: alpha,
                demands: AnalysisDemands(requests: requests, duration: .minutes(1)),
                stepDeadline: stepDeadline,
                policy: policy,
                controls: controls
            )
        }
    }

    static let shadow = plan(
        strategy: .shadow,
        steps: [0, 100],
        controls: ReleaseControls(stops: [ReleaseStop(step: 0, waitsForPerson: true)])
    )
    static let shadowThenCanary = plan(strategy: .shadow, steps: [0, 10, 100])
    static let blueGreen = plan(strategy: .blueGreen, steps: [0, 100, 100])
    static let ab = plan(strategy: .ab, steps: [50, 100], controls: ReleaseControls(comparison: comparison))
    static let comparison = ComparisonRule(metric: .labelRate, goal: .higher, maxObservations: 5000)

    static func comparison(
        _ winner: ComparisonWinner,
        step: Int = 0,
        from: Instant = start,
        rule: ComparisonRule = comparison
    ) -> ComparisonVerdict {
        // Counts that make the winner what is asked for; the stated rule is judged, nothing is made up.
        let counts: (candidate: Int, stable: Int, size: Int) =
            switch winner {
            case .candidate: (900, 100, 1000)
            case .stable: (100, 900, 1000)
            case .none: (2500, 2500, 5000)
            case .open: (500, 500, 1000)
            }
        let arms = certain {
            (
                try ComparisonArm(observations: counts.size, hits: counts.candidate),
                try ComparisonArm(observations: counts.size, hits: counts.stable)
            )
        }
        let evidence = ComparisonEvidence(
            step: step,
            from: from,
            to: from + .minutes(10),
            candidate: arms.0,
            stable: arms.1
        )
        return .judge(evidence, by: rule, alpha: 0.05, leastObservations: 100)
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
