import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics
import Testing

@testable import SlipwayService

@Suite("The meter of a step")
struct ArmMeterTests {
    private static let start = Instant(milliseconds: 1_364_774_400_000)

    private func meter(
        _ rules: [SlipwayRelease.AnalysisRule] = [],
        block: Span? = nil
    ) throws -> ArmMeter {
        let plan = try ReleasePlan(
            release: ReleaseID("r"),
            model: "m",
            environment: "production",
            candidate: 2,
            stable: 1,
            decision: EntryID("e"),
            steps: [50, 100],
            analysis: rules,
            controls: ReleaseControls(block: block)
        )
        return ArmMeter(step: 0, since: Self.start, plan: MeterPlan(plan, step: 0))
    }

    private func details(_ meter: ArmMeter) throws -> EvidenceDetails {
        try #require(try meter.evidence(hasStable: true, now: Self.start + .minutes(1)).details)
    }

    @Test("errors of one key crowd, those of many do not, and without keys nothing is said")
    func crowding() throws {
        let (one, many, none) = (try meter(), try meter(), try meter())
        for index in 0..<50 {
            one.record(isCandidate: true, isError: true, nanoseconds: 1, key: "a")
            many.record(isCandidate: true, isError: true, nanoseconds: 1, key: "k\(index)")
            none.record(isCandidate: true, isError: true, nanoseconds: 1)
        }
        #expect(try details(one).keys?.effect == 50)
        #expect(try #require(try details(many).keys?.effect) < 1.2)
        #expect(try details(none).keys == nil)
    }

    @Test("a stated block is one observation until it is over, and then one of many")
    func blocks() throws {
        let meter = try meter(block: .seconds(10))
        #expect(try details(meter).errors?.isEmpty == true)
        for second in 1...100 as ClosedRange<UInt64> {
            meter.record(isCandidate: second % 2 == 0, isError: false, nanoseconds: 1, at: second * 1_000_000_000)
            if second == 5 {
                let first = try #require(try details(meter).errors?.first)
                #expect(first.blocks == 1 && first.sums.observations == 5)
            }
        }
        let first = try #require(try details(meter).errors?.first)
        #expect(first.blocks == 9 && first.sums.observations == 90)
        #expect(try details(meter).block == .seconds(10))
    }

    @Test("slow answers are those over the rule's limit, or over what the stable version did so far")
    func latency() throws {
        let meter = try meter([
            SlipwayRelease.AnalysisRule(metric: .latencyP95, max: 50),
            SlipwayRelease.AnalysisRule(metric: .latency(percentile: 50), against: .stable, maxIncrease: 5),
        ])
        for index in 0..<200 {
            meter.record(isCandidate: false, isError: false, nanoseconds: UInt64(1 + index % 10) * 1_000_000)
            meter.record(isCandidate: true, isError: false, nanoseconds: index % 4 == 0 ? 60_000_000 : 2_000_000)
        }
        // What never ran has no latency.
        meter.record(isCandidate: true, isError: true, nanoseconds: nil)
        let evidence = try meter.evidence(hasStable: true, now: Self.start + .minutes(1))
        let details = try #require(evidence.details)
        #expect(evidence.candidate.slow == 50 && evidence.stable?.slow == 0)
        #expect(details.latency?.map(\.candidateSlow).first == 50)
        #expect(details.candidateLatencies?.count == 200)
        let median = try #require(details.stableLatencies?.quantile(0.5))
        #expect((4.9...6.1).contains(median))
        let relative = try #require(details.latency?.last)
        #expect(relative.candidateSlow > 0 && relative.stableSlow > 0 && relative.max == nil)
    }

    @Test("classes beyond the matrix and values beyond the slices are counted together")
    func limits() throws {
        var counts = PairCounts(MeterPlan(try #require(try? plan()), step: 0))
        for index in 0..<100 {
            var answers = PairedAnswers(
                candidate: Opinions(classes: ["c\(index)"]),
                stable: Opinions(classes: ["c\(index / 2)"])
            )
            answers.slices = [["v\(index)"]]
            counts.add(answers, at: 0)
        }
        let evidence = try counts.evidence()
        #expect(evidence.classes.count == 12 && evidence.classes.last == PairCounts.others)
        #expect(evidence.flips.joined().reduce(0, +) == 100)
        #expect(evidence.slices.count == SlipwayRelease.AnalysisRule.sliceLimit)
        #expect(evidence.slices.map(\.pairs).reduce(0, +) == 100)
    }

    private func plan() throws -> ReleasePlan {
        try ReleasePlan(
            release: ReleaseID("r"),
            model: "m",
            environment: "production",
            candidate: 2,
            stable: 1,
            decision: EntryID("e"),
            steps: [50, 100],
            analysis: [SlipwayRelease.AnalysisRule(metric: .disagreement, max: 0.1, slice: "x")]
        )
    }

    @Test("many classes are compared by the greatest score and by total variation")
    func manyClasses() {
        let mine = Opinions(vectors: [0.7, 0.2, 0.1, 0.1, 0.1, 0.8], width: 3)
        let other = Opinions(vectors: [0.2, 0.7, 0.1, 0.1, 0.1, 0.8], width: 3)
        #expect(mine.classes == ["0", "2"] && other.classes == ["1", "2"])
        #expect(abs(mine.distance(to: other, row: 0) - 0.5) < 1e-9)
        #expect(mine.distance(to: other, row: 1) == 0)
        let nothing = Opinions(scores: [.nan])
        #expect(nothing.classes == ["NaN"] && nothing.scores == [0])
    }
}
