import Glibc
import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics
import Testing

@Suite("The risk of a false rollback")
struct FalseRollbackTests {
    private static let rollouts = 2000
    private static let rules = [Fixture.rules[0], Fixture.rules[2]]
    private static let plan = Fixture.plan(analysis: rules)

    /// Counts that grow batch by batch.
    private struct Traffic {
        var (errors, stableErrors, disagreements) = (0, 0, 0)
        var (requests, stableRequests) = (0, 0)

        mutating func addBatch(
            _ rates: (candidate: Double, stable: Double, disagreement: Double),
            _ random: inout SplitMix64
        ) {
            errors += hits(in: 50, rate: rates.candidate, &random)
            disagreements += hits(in: 50, rate: rates.disagreement, &random)
            stableErrors += hits(in: 150, rate: rates.stable, &random)
            requests += 50
            stableRequests += 150
        }

        /// A binomial draw by the gaps between hits.
        private func hits(in trials: Int, rate: Double, _ random: inout SplitMix64) -> Int {
            var (count, place) = (0, 0.0)
            let scale = log1p(-rate)
            while true {
                place += (log(1 - random.unit()) / scale).rounded(.down) + 1
                if place > Double(trials) { return count }
                count += 1
            }
        }

        func evidence(step: Int) throws -> AnalysisEvidence {
            try AnalysisEvidence(
                step: step,
                from: Fixture.start,
                to: Fixture.start + .minutes(10),
                candidate: ArmCounts(requests: requests, errors: errors),
                stable: ArmCounts(requests: stableRequests, errors: stableErrors),
                pairs: requests,
                disagreements: disagreements
            )
        }

        /// What a 5 % test that is made for a single look says when it is used at every look, as dashboards do.
        var failsNaively: Bool {
            let (here, there) = (Double(errors) / Double(requests), Double(stableErrors) / Double(stableRequests))
            let spread = (here * (1 - here) / Double(requests) + there * (1 - there) / Double(stableRequests))
                .squareRoot()
            return spread > 0 && (here - there - 0.01) / spread > 1.645  // the normal quantile of 1 - 0.05
        }
    }

    /// The shares of rollouts that were failed: by the analyst, and by the naive test.
    private func failures(
        _ rates: (candidate: Double, stable: Double, disagreement: Double),
        rollouts: Int,
        share: Double = FalseRollbackTests.plan.alphaShare
    ) throws -> (analyst: Double, naive: Double) {
        var random = SplitMix64(seed: 20_130_401)
        var (failed, naive) = (0, 0)
        for _ in 0..<rollouts {
            var (isFailed, isNaivelyFailed) = (false, false)
            for step in 0..<3 {
                var traffic = Traffic()
                for _ in 0..<20 {
                    traffic.addBatch(rates, &random)
                    if traffic.failsNaively { isNaivelyFailed = true }
                    if isFailed { continue }
                    let verdict = Analyst.judge(
                        rules: FalseRollbackTests.rules,
                        evidence: try traffic.evidence(step: step),
                        demands: FalseRollbackTests.plan.demands,
                        alphaShare: share
                    )
                    if verdict.overall == .fail { isFailed = true }
                }
            }
            if isFailed { failed += 1 }
            if isNaivelyFailed { naive += 1 }
        }
        return (Double(failed) / Double(rollouts), Double(naive) / Double(rollouts))
    }

    @Test("Candidates exactly on both limits, judged after every batch, are failed with probability alpha at most")
    func onTheLimit() throws {
        let (analyst, naive) = try failures((0.03, 0.02, 0.1), rollouts: FalseRollbackTests.rollouts)
        print("false rollbacks: \(analyst) with confidence sequences, \(naive) with a test for a single look")
        #expect(analyst <= 0.05)
        // The same looks break a test that is made for one look, so the bound above is not for free.
        #expect(naive > 0.1)
    }

    @Test("Bounds that ignore alpha break the limit, so the test above can fail")
    func ignoringAlpha() throws {
        #expect(try failures((0.03, 0.02, 0.1), rollouts: 200, share: 0.999).analyst > 0.05)
    }

    @Test("A candidate with four times the errors is caught")
    func power() throws {
        let (analyst, _) = try failures((0.08, 0.02, 0.05), rollouts: 200)
        #expect(analyst > 0.95)
    }
}
