import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayMonitor

@Suite("Live performance")
struct PerformanceAnalystTests {
    /// Scores that rank a positive above a negative with about the chance that `separation` gives.
    private static func sample(_ count: Int, separation: Double, positives: Double = 0.25) -> ([Double], [Bool]) {
        var random = Seeded(7)
        let labels = (0..<count).map { _ in random.chance(positives) }
        return (labels.map { ($0 ? separation : 0) + random.normal() }, labels)
    }

    @Test(
        "is breached only when even the upper end of the interval is below the least value",
        arguments: [
            ("good", 2000, 2000, 1.0, PerformanceVerdict.Verdict.ok),
            ("bad", 2000, 2000, 0.1, .breached),
            ("bad, but the interval is wide", 210, 210, 0.5, .ok),
            ("too few labels", 199, 199, 0.0, .cannotTell),
            ("too few of the labels", 300, 1001, 0.0, .cannotTell),
            ("just enough of the labels", 300, 1000, -0.5, .breached),
            ("nothing at all", 0, 0, 0.0, .cannotTell),
        ]
    )
    func table(
        _ name: String,
        _ labels: Int,
        _ predictions: Int,
        _ separation: Double,
        _ expected: PerformanceVerdict.Verdict
    )
        throws
    {
        let (scores, truths) = Self.sample(labels, separation: separation)
        let verdict = try PerformanceAnalyst.judge(
            scores: scores,
            labels: truths,
            predictions: predictions,
            policy: PerformancePolicy(min: 0.65)
        )
        #expect(verdict.verdict == expected, "\(name): \(verdict.sentence)")
        #expect(verdict.labels == labels && verdict.metric == "roc_auc" && verdict.threshold == 0.65)
        if let value = verdict.value, let lower = verdict.lower, let upper = verdict.upper {
            #expect(lower <= value && value <= upper && lower >= 0 && upper <= 1)
        }
    }

    @Test("cannot be told from one class alone, nor from scores that are no numbers")
    func degenerate() throws {
        let policy = PerformancePolicy(min: 0.65)
        let one = try PerformanceAnalyst.judge(
            scores: Array(repeating: 0.5, count: 500),
            labels: Array(repeating: true, count: 500),
            predictions: 500,
            policy: policy
        )
        #expect(one.verdict == .cannotTell && one.value == nil && one.sentence.contains("20 labels of each class"))
        var (scores, labels) = Self.sample(500, separation: 1)
        scores[7] = .nan
        let broken = try PerformanceAnalyst.judge(scores: scores, labels: labels, predictions: 500, policy: policy)
        #expect(broken.verdict == .cannotTell && broken.sentence.contains("not a number"))
        labels.removeLast()
        #expect(throws: StatisticsError.self) {
            try PerformanceAnalyst.judge(scores: scores, labels: labels, predictions: 500, policy: policy)
        }
    }

    @Test("becomes a window of the alert machine")
    func window() throws {
        let (scores, labels) = Self.sample(2000, separation: 0.1)
        let verdict = try PerformanceAnalyst.judge(
            scores: scores,
            labels: labels,
            predictions: 2000,
            policy: PerformancePolicy(min: 0.65)
        )
        let (from, to) = (Instant(milliseconds: 0), Instant(milliseconds: 1000))
        #expect(WindowVerdict(from: from, to: to, performance: verdict).flagged == ["roc_auc"])
    }
}
