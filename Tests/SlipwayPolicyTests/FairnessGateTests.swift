import SlipwayDomain
import SlipwayStatistics
import Testing

@testable import SlipwayPolicy

@Suite("A gate about groups")
struct FairnessGateTests {
    private static let yaml = Example.yaml.replacing(
        "{metric: recall, slice: carrier, minRatio: 0.8}",
        with: "{metric: selection_rate, group: sex, minRatio: 0.8}"
    )

    /// The gate's result when `chosen` of `rows` were selected in each group.
    private func result(_ groups: [(value: String, chosen: Int64, rows: Int64)], counted: Bool = true) throws
        -> GateResult
    {
        let manifest = try Manifest(yaml: Self.yaml)
        var evidence = Example.evidence()
        let old = try #require(evidence.evaluation)
        let slices = groups.map { group in
            Evaluation.Slice(
                column: "sex",
                value: group.value,
                rows: Int(group.rows),
                metrics: ["selection_rate": Double(group.chosen) / Double(group.rows)],
                confusion: counted
                    ? Confusion(truePositives: group.chosen, trueNegatives: group.rows - group.chosen) : nil
            )
        }
        evidence.evaluation = Evaluation(
            source: old.source,
            artifactDigest: old.artifactDigest,
            datasetDigest: old.datasetDigest,
            rows: Int(groups.reduce(0) { $0 + $1.rows }),
            metrics: old.metrics.merging(["selection_rate": 0.4]) { $1 },
            slices: slices
        )
        let decision = Policy.standard.decide(manifest: manifest, evidence: evidence, now: Example.now)
        return try #require(decision.gates.first { $0.gate == "evaluation.selection_rate.group.sex" })
    }

    @Test("passes what is shown to be alike, fails what is shown not to be, and asks for more rows in between")
    func verdicts() throws {
        let alike = try result([("F", 480, 1000), ("M", 500, 1000)])
        #expect(alike.verdict == .pass, "\(alike.reason)")
        #expect(alike.title == "selection_rate alike for every sex, ratio at least 0.8")
        let unlike = try result([("F", 300, 1000), ("M", 500, 1000)])
        #expect(unlike.verdict == .fail && unlike.reason.contains("F against M: the ratio is 0.6"), "\(unlike.reason)")
        let few = try result([("F", 48, 120), ("M", 50, 120)])
        #expect(few.verdict == .missing && few.reason.contains("240 rows are too few"), "\(few.reason)")
        #expect(few.remedy?.contains("more rows") == true)
        let small = try result([("F", 30, 99), ("M", 500, 1000)])
        #expect(small.verdict == .missing && small.reason.contains("at least 100 rows"), "\(small.reason)")
        let old = try result([("F", 480, 1000), ("M", 500, 1000)], counted: false)
        #expect(old.verdict == .missing && old.reason.contains("older than this rule"), "\(old.reason)")
        #expect(try result([]).verdict == .missing)
    }

    @Test("is read from the manifest and kept in its canonical form, as is what live answers are held against")
    func manifest() throws {
        let text = Self.yaml.replacing(
            "labels: {delay: 24h}}",
            with: """
                labels: {delay: 24h, horizon: 30d}, window: 1d, slices: [carrier], tolerance: 0.03,
                      value: {truePositive: 10, falsePositive: -2, trueNegative: 0, falseNegative: -5, unit: EUR}}
                    fairness:
                      - {metric: recall, group: sex, minRatio: 0.8, maxGap: 0.1, minRows: 500}
                """
        )
        let manifest = try Manifest(yaml: text)
        let performance = try #require(manifest.spec.monitors.performance)
        #expect(performance.window == .days(1) && performance.labels.horizon == .days(30))
        #expect(performance.slices == ["carrier"] && performance.tolerance == 0.03 && performance.value?.unit == "EUR")
        #expect(performance.value?.matrix.falseNegative == -5 && performance.min == 0.65 && performance.max == nil)
        let rule = try #require(manifest.spec.monitors.fairness?.first)
        #expect(rule.bounds == GroupBounds(minRatio: 0.8, maxGap: 0.1, minRows: 500) && rule.group == "sex")
        #expect(manifest.spec.monitors.groupColumns == ["carrier", "sex"])
        let copy = try JSONValue(parsing: manifest.canonicalBytes()).decode(Manifest.self)
        #expect(copy == manifest)
        // What manifests said before keeps its bytes, and so its digest.
        let plain = String(decoding: try Manifest(yaml: Example.yaml).canonicalBytes(), as: UTF8.self)
        #expect(plain.contains(#""performance":{"labels":{"delay":"1d"},"metric":"roc_auc","min":0.65}"#), "\(plain)")
        let loss = Example.yaml.replacing("metric: roc_auc, min: 0.65", with: "metric: brier, max: 0.2")
        #expect(try Manifest(yaml: loss).spec.monitors.performance?.max == 0.2)
    }
}
