import Foundation
import SlipwayStatistics
import Testing

@Suite("Model metrics agree with scikit-learn")
struct ModelMetricsTests {
    private func number(_ value: Any?) -> Double { (value as? NSNumber)?.doubleValue ?? .nan }

    @Test("binary metrics, with ties and without, overall and per slice", arguments: [0, 1])
    func binary(index: Int) throws {
        let golden = try ReferenceFixture.json("metric-golden.json")
        let data = try #require((golden["binary"] as? [[String: Any]])?[index])
        let scores = try #require(data["scores"] as? [Double])
        let labels = try #require(data["labels"] as? [Int]).map { $0 == 1 }
        let groups = try #require(data["groups"] as? [String])
        let result = try SliceEvaluation.evaluate(scores: scores, labels: labels, slices: [("region", groups)])
        for name in BinaryEvaluation.metricNames {
            let expected = try #require(data[name] as? Double)
            let actual = try #require(result.overall.metric(name))
            #expect(abs(actual - expected) < 1e-12, "\(name): \(actual) instead of \(expected)")
        }
        let area = try #require(result.overall.rocAUC)
        #expect(abs(area.standardError - number(data["roc_auc_error"])) < 1e-12)
        let interval = area.interval()
        #expect(interval.contains(area.value) && interval.lowerBound > 0 && interval.upperBound < 1)
        let c = result.overall.confusion
        #expect(
            data["confusion"] as? [Int64] == [c.trueNegatives, c.falsePositives, c.falseNegatives, c.truePositives]
        )
        let slices = try #require(data["by_group"] as? [String: [String: Any]])
        #expect(result.slices.map(\.value) == slices.keys.sorted())
        for slice in result.slices {
            let expected = try #require(slices[slice.value])
            #expect(expected["count"] as? Int64 == slice.evaluation.count)
            for name in ["roc_auc", "recall"] {
                let value = try #require(slice.evaluation.metric(name))
                #expect(abs(value - number(expected[name])) < 1e-12)
            }
        }
    }

    @Test("the confusion counts of the employment model give its stored metrics")
    func employment() throws {
        let stored = try #require(
            ReferenceFixture.json("drift-reference-values.json")["fairness_overall"] as? [String: Any]
        )
        let c = try #require(stored["confusion_tn_fp_fn_tp"] as? [Int64])
        let confusion = Confusion(truePositives: c[3], falsePositives: c[1], trueNegatives: c[0], falseNegatives: c[2])
        let actual = [
            "accuracy": confusion.accuracy, "precision": confusion.precision, "recall": confusion.recall,
            "f1": confusion.f1,
        ]
        for (name, value) in actual {
            #expect(abs((value ?? .nan) - number(stored[name])) < 1e-12, "\(name)")
        }
        #expect(stored["n"] as? Int64 == confusion.total)
    }

    @Test("regression metrics")
    func regression() throws {
        let data = try #require(ReferenceFixture.json("metric-golden.json")["regression"] as? [String: Any])
        let predictions = try #require(data["predictions"] as? [Double])
        let truths = try #require(data["truths"] as? [Double])
        let result = try #require(RegressionMetrics(predictions: predictions, truths: truths))
        #expect(abs(result.meanAbsoluteError - number(data["mae"])) < 1e-12)
        #expect(abs(result.rootMeanSquaredError - number(data["rmse"])) < 1e-12)
        #expect(abs((result.r2 ?? .nan) - number(data["r2"])) < 1e-12)
    }

    @Test("undefined metrics are nil, wrong input is an error")
    func undefined() throws {
        let oneClass = try BinaryEvaluation(scores: [0.2, 0.9], labels: [true, true])
        #expect(
            oneClass.rocAUC == nil && oneClass.confusion.falsePositiveRate == nil && oneClass.confusion.recall == 0.5
        )
        let none = try BinaryEvaluation(scores: [], labels: [])
        #expect(BinaryEvaluation.metricNames.allSatisfy { none.metric($0) == nil })
        #expect(throws: StatisticsError.self) { try BinaryEvaluation(scores: [0.5], labels: []) }
        #expect(throws: StatisticsError.self) { try BinaryEvaluation(scores: [.nan], labels: [true]) }
        #expect(throws: StatisticsError.self) { try BinaryEvaluation(scores: [1.5], labels: [true]) }
        #expect(RegressionMetrics(predictions: [], truths: []) == nil)
        let perfect = try #require(AreaUnderCurve(scores: [0.1, 0.2, 0.8, 0.9], labels: [false, false, true, true]))
        #expect(perfect.value == 1 && perfect.interval().lowerBound < 0.9 && perfect.interval().upperBound == 1)
    }
}
