import Foundation
import SlipwayStatistics
import Testing

/// The ACS employment file: a model's probabilities and the labels, in 2015 and in the three years after.
struct EmploymentRows {
    let reference: (scores: [Double], labels: [Bool])
    let analysis: (scores: [Double], labels: [Bool])

    init() throws {
        let golden = try ReferenceFixture.json("performance-golden.json")
        let cbpe = try #require(golden["cbpe"] as? [String: Any])
        let split = try #require(cbpe["reference_rows"] as? Int)
        let file = ReferenceFixture.repository.appending(path: "Tests/Fixtures/acs-employment.u16")
        let bytes = [UInt8](try Data(contentsOf: file))
        let words = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
        let scores = words.map { Double($0 & 0x3FFF) / 10_000 }
        let labels = words.map { $0 & 0x8000 != 0 }
        reference = (Array(scores[..<split]), Array(labels[..<split]))
        analysis = (Array(scores[split...]), Array(labels[split...]))
    }
}

@Suite("Performance is estimated without labels")
struct PerformanceEstimateTests {
    private static let metrics = ["roc_auc", "f1", "accuracy", "precision", "recall"]

    @Test("on three years of ACS data: as NannyML estimates, chunk by chunk, and as near to what was realised")
    func employment() throws {
        let rows = try EmploymentRows()
        let calibration = try #require(
            ScoreCalibration(scores: rows.reference.scores, labels: rows.reference.labels)
        )
        let golden = try #require(ReferenceFixture.json("performance-golden.json")["cbpe"] as? [String: Any])
        let chunks = try #require(golden["chunks"] as? [[String: Any]])
        let errors = try #require(golden["mae"] as? [String: [String: Double]])
        var start = 0
        var mine: [String: Double] = [:]
        var covered = 0
        var expected = 0
        for chunk in chunks {
            let count = try #require(chunk["count"] as? Int)
            var estimate = CalibratedEstimate()
            estimate.add(Array(rows.analysis.scores[start..<(start + count)]), calibration: calibration)
            start += count
            for metric in Self.metrics {
                let theirs = try #require(chunk[metric] as? [String: Double])
                let (estimated, realised) = (try #require(theirs["estimated"]), try #require(theirs["realised"]))
                let found = try #require(estimate.estimate(metric))
                // Theirs draws lines between the steps, ours does not: they differ by a fraction of the sampling error.
                #expect(abs(found.value - estimated) < 0.0035, "\(metric) of \(start)")
                mine[metric, default: 0] += abs(found.value - realised) / Double(chunks.count)
                expected += 1
                covered += found.interval().contains(realised) ? 1 : 0
            }
        }
        for metric in Self.metrics {
            let theirs = try #require(errors[metric]?["estimated"])
            #expect(try #require(mine[metric]) < theirs * 1.05 + 0.0001, "\(metric): \(mine[metric] ?? 1) to \(theirs)")
        }
        // The years after 2015 are not 2015: intervals of a perfect estimator would cover 95 %.
        #expect(Double(covered) / Double(expected) > 0.6, "\(covered) of \(expected)")
    }

    @Test("unbiased when scores keep their meaning, and the interval holds what is realised 95 times in 100")
    func calibrated() throws {
        var random = SplitMix64(seed: 11)
        func draw(_ count: Int, shift: Double) -> (scores: [Double], labels: [Bool]) {
            let scores = (0..<count).map { _ in pow(random.unit(), shift) }
            // What a score of s means: not s itself, so that calibration has something to do.
            return (scores, scores.map { random.unit() < 0.1 + 0.7 * $0 * $0 })
        }
        let reference = draw(40_000, shift: 1)
        let calibration = try #require(ScoreCalibration(scores: reference.scores, labels: reference.labels))
        for metric in ["roc_auc", "accuracy", "precision", "recall", "f1", "brier", "log_loss", "average_precision"] {
            var (gap, covered, shared) = (0.0, 0, 0.0)
            let windows = 60
            for window in 0..<windows {
                // The mix of scores changes from window to window; their meaning does not.
                let rows = draw(2000, shift: 0.7 + Double(window % 7) / 10)
                var estimate = CalibratedEstimate()
                estimate.add(rows.scores, calibration: calibration)
                let found = try #require(estimate.estimate(metric))
                let realised = try #require(
                    MeasuredMetric.binary(metric, scores: rows.scores, labels: rows.labels)
                )
                gap += (realised.value - found.value) / Double(windows)
                shared += found.referenceError / Double(windows)
                covered += found.interval().contains(realised.value) ? 1 : 0
            }
            // One reference is behind all windows: its error is the only one that stays.
            #expect(abs(gap) < 3 * shared && shared < 0.02, "\(metric) is off by \(gap), the reference by \(shared)")
            #expect(covered >= 51, "\(metric): \(covered) of \(windows)")
        }
    }

    @Test("of several versions is the estimate of their rows together, and needs no labels of one class alone")
    func edges() throws {
        #expect(
            ScoreCalibration(scores: Array(repeating: 0.5, count: 300), labels: Array(repeating: true, count: 300))
                == nil
        )
        #expect(ScoreCalibration(scores: [0.1, 0.9], labels: [false, true]) == nil)
        let scores = (0..<400).map { Double($0) / 400 }
        let labels = scores.map { $0 > 0.3 }
        let one = try #require(ScoreCalibration(scores: scores, labels: labels))
        #expect(one.rates.first == 0 && one.rates.last == 1 && one.rates == one.rates.sorted())
        #expect(
            one.cuts.contains(0.5) && !one.decides(step: one.step(of: 0.49)) && one.decides(step: one.step(of: 0.5))
        )
        #expect(one.chance(-1) == 0 && one.chance(2) == 1)
        var estimate = CalibratedEstimate()
        #expect(estimate.estimate("accuracy") == nil)
        estimate.add([0.1, 0.9, .nan], calibration: one)
        #expect(estimate.rows == 2 && estimate.value("accuracy") == 1 && estimate.value("roc_auc") == 1)
        #expect(estimate.value("no_metric") == nil)
        let matrix = ValueMatrix(truePositive: 10, falsePositive: -1, trueNegative: 0, falseNegative: -5)
        #expect(estimate.value(matrix) == 5)
        estimate.add([0.4], calibration: one)
        #expect(estimate.value("recall") == 0.5, "0.4 is positive and is decided negative")
        let copy = try JSONDecoder().decode(ScoreCalibration.self, from: JSONEncoder().encode(one))
        #expect(copy == one)
    }

    @Test("intervals of realised metrics hold the truth 95 times in 100")
    func coverage() throws {
        var random = SplitMix64(seed: 5)
        func draw(_ count: Int) -> (scores: [Double], labels: [Bool]) {
            let scores = (0..<count).map { _ in random.unit() }
            return (scores, scores.map { random.unit() < 0.05 + 0.6 * $0 })
        }
        let world = draw(100_000)
        for metric in ["roc_auc", "average_precision", "accuracy", "precision", "recall", "f1", "brier", "log_loss"] {
            let truth = try #require(MeasuredMetric.binary(metric, scores: world.scores, labels: world.labels))
            var covered = 0
            for _ in 0..<200 {
                let rows = draw(400)
                let found = try #require(MeasuredMetric.binary(metric, scores: rows.scores, labels: rows.labels))
                covered += (found.lower...found.upper).contains(truth.value) ? 1 : 0
            }
            #expect((179...200).contains(covered), "\(metric) (\(truth.method)): \(covered) of 200")
        }
    }
}
