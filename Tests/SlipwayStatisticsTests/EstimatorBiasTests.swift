import Foundation
import SlipwayStatistics
import Testing

@Suite("An estimator is judged by what is realised later")
struct EstimatorBiasTests {
    private static func gap(_ value: Double, error: Double = 0.01, reference: Double = 0) -> EstimatorBias.Gap {
        EstimatorBias.Gap(
            realised: 0.7 + value,
            estimated: EstimatedMetric(
                value: 0.7,
                labelError: error,
                referenceError: reference,
                rows: 1000,
                method: .cbpe
            )
        )
    }

    private static func normal(_ random: inout SplitMix64) -> Double {
        (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
    }

    @Test("the interval misses the truth at any of 200 looks in at most 5 of 100 runs")
    func alwaysValid() throws {
        var random = SplitMix64(seed: 23)
        var missed = 0
        for _ in 0..<200 {
            var gaps: [EstimatorBias.Gap] = []
            var isMissed = false
            for window in 0..<60 {
                let error = 0.005 + 0.01 * Double(window % 3)
                gaps.append(Self.gap(0.004 + error * Self.normal(&random), error: error))
                let bias = try #require(EstimatorBias(gaps, tolerance: 0.02))
                isMissed = isMissed || !(bias.lower...bias.upper).contains(0.004)
            }
            missed += isMissed ? 1 : 0
        }
        #expect(missed <= 10, "\(missed) of 200")
    }

    @Test("trusted within the tolerance, biased outside of it, and nothing can be told from one window")
    func verdicts() throws {
        #expect(EstimatorBias([], tolerance: 0.02) == nil)
        #expect(try #require(EstimatorBias([Self.gap(0.0, error: 0.02)], tolerance: 0.02)).verdict == .cannotTell)
        let good = Array(repeating: Self.gap(0.003), count: 20)
        #expect(try #require(EstimatorBias(good, tolerance: 0.02)).verdict == .trusted)
        let bad = Array(repeating: Self.gap(-0.08), count: 4)
        let found = try #require(EstimatorBias(bad, tolerance: 0.02))
        #expect(found.verdict == .biased && found.upper < -0.02 && abs(found.mean + 0.08) < 1e-12)
        // What the reference does not know, no number of windows tells.
        let unsure = Array(repeating: Self.gap(-0.03, reference: 0.02), count: 1000)
        #expect(try #require(EstimatorBias(unsure, tolerance: 0.02)).verdict == .cannotTell)
    }
}
