import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayMonitor

@Suite("Live performance before and after labels")
struct LivePerformanceTests {
    @Test(
        "labels have a watermark: a window fills, waits for its labels, and is judged half a delay after they are due"
    )
    func watermark() {
        let timing = LabelTiming(delay: .hours(24), horizon: .days(30))
        let end = Instant(milliseconds: 1_000_000_000_000)
        func stage(_ hours: Int64) -> WindowStage { timing.stage(of: end, at: end + .hours(hours)) }
        #expect(stage(-1) == .filling && stage(0) == .waiting && stage(35) == .waiting && stage(36) == .due)
        #expect(timing.watermark(at: end + .hours(36)) == end)
        #expect(timing.takes(labelOf: end, at: end + .days(30)) && !timing.takes(labelOf: end, at: end + .days(31)))
        #expect(LabelTiming(delay: .days(200)).horizon == .days(200), "never shorter than the delay")
        #expect(LabelTiming(delay: .hours(1)).horizon == .days(90))
    }

    @Test("a loss is breached above its greatest value, a share below its least one, both only beyond the interval")
    func bounds() throws {
        var random = Seeded(3)
        let truths = (0..<400).map { _ in random.normal() }
        let near = truths.map { $0 + 0.1 * random.normal() }
        let far = truths.map { $0 + 2 * random.normal() }
        let policy = PerformancePolicy(metric: "mae", max: 0.5)
        func judge(_ answers: [Double], _ policy: PerformancePolicy) throws -> PerformanceVerdict {
            try PerformanceAnalyst.judge(
                .numbers(predictions: answers, truths: truths),
                predictions: 400,
                policy: policy
            )
        }
        let good = try judge(near, policy)
        #expect(good.verdict == .ok && good.method == .normal && good.sentence.contains("above the greatest value 0.5"))
        let bad = try judge(far, policy)
        #expect(bad.verdict == .breached && bad.sentence.hasPrefix("Above the greatest value 0.5"))
        #expect(try judge(far, PerformancePolicy(metric: "mae", max: 1.6)).verdict == .ok, "the interval reaches it")
        #expect(try judge(far, PerformancePolicy(metric: "rmse", max: 1)).verdict == .breached)
        let share = try PerformanceAnalyst.judge(
            scores: near.map { $0 > 0 ? 0.9 : 0.1 },
            labels: truths.map { $0 > 0 },
            predictions: 400,
            policy: PerformancePolicy(metric: "accuracy", min: 0.99)
        )
        #expect(share.method == .wilson && share.metric == "accuracy")
    }

    @Test("an estimate is a breach when its whole interval is, and is not judged from too few rows")
    func estimates() {
        func verdict(_ value: Double, rows: Int = 5000, of predictions: Int = 5000) -> EstimateVerdict {
            EstimatorAnalyst.judge(
                EstimatedMetric(value: value, labelError: 0.01, referenceError: 0.01, rows: rows, method: .cbpe),
                predictions: predictions,
                policy: PerformancePolicy(min: 0.65)
            )
        }
        #expect(verdict(0.7).verdict == .ok && verdict(0.64).verdict == .ok && verdict(0.6).verdict == .breached)
        #expect(verdict(0.6, rows: 100).verdict == .cannotTell)
        #expect(verdict(0.6, rows: 2000).verdict == .cannotTell, "most predictions are of versions never evaluated")
        #expect(verdict(0.6).sentence.contains("without their labels"))
        #expect(EstimatorAnalyst.tolerance("roc_auc", reference: 0.7) == 0.02)
        #expect(EstimatorAnalyst.tolerance("mae", reference: 10) == 0.5)
    }

    @Test("groups: the sentence names the pair, the ratio and its interval")
    func fairness() {
        let policy = FairnessPolicy(metric: "recall", group: "sex", bounds: GroupBounds(minRatio: 0.8))
        let verdict = FairnessAnalyst.judge(
            [
                GroupCount(value: "F", rows: 2000, hits: 300, trials: 1000),
                GroupCount(value: "M", rows: 2000, hits: 500, trials: 1000),
            ],
            policy: policy
        )
        #expect(verdict.fairness.verdict == .broken && policy.needsLabels)
        #expect(verdict.sentence.hasPrefix("recall by sex breaks its bounds: F against M has ratio 0.6"))
        let none = FairnessAnalyst.judge([], policy: policy)
        #expect(none.fairness.verdict == .cannotTell && none.sentence.contains("fewer than two groups"))
    }

    @Test("skew: the same entity's features compared value by value, with a tolerance for numbers")
    func skew() throws {
        var analyst = SkewAnalyst(columns: [("age", SkewTolerance()), ("city", SkewTolerance())])
        for key in 0..<10 { analyst.add(offline: [.number(Double(key)), .text("Rome")], key: "\(key)") }
        analyst.add(offline: [.number(3), .text("Rome")], key: "3")
        analyst.add(offline: [.number(99), .text("Rome")], key: "9")
        analyst.compare(online: [.number(0.0000001), .text("Rome")], key: "0")
        analyst.compare(online: [.number(1.0000001), .text("Oslo")], key: "1")
        analyst.compare(online: [.missing, .text("Rome")], key: "2")
        analyst.compare(online: [.number(3.5), .text("Rome")], key: "3")
        analyst.compare(online: [.number(9), .text("Rome")], key: "9")
        analyst.compare(online: [.number(1), .text("Rome")], key: "77")
        analyst.compare(online: [.number(1), .text("Rome")], key: nil)
        let verdict = analyst.result
        #expect((verdict.joined, verdict.unknown, verdict.withoutKey) == (4, 1, 1) && verdict.ambiguous == 1)
        let (age, city) = (verdict.columns[0], verdict.columns[1])
        #expect((age.equal, age.different, age.missingOnline, age.missingOffline) == (1, 2, 1, 0))
        #expect((city.equal, city.different) == (3, 1) && city.examples.map(\.key) == ["1"])
        #expect(verdict.skewed(above: 0).map(\.name) == ["age", "city"])
        #expect(verdict.skewed(above: 0.5).map(\.name) == ["age"])
        let loose = SkewTolerance(absolute: 0.01)
        #expect(loose.accepts(.number(0), .number(0.009)) && !loose.accepts(.number(1), .text("1")))
        #expect(SkewTolerance().accepts(.number(.nan), .number(.nan)) && loose.accepts(.missing, .missing))
    }
}
