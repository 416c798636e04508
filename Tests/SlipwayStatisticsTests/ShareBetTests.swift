import Foundation
import Testing

@testable import SlipwayStatistics

@Suite("Bets on a share outside a band")
struct ShareBetTests {
    @Test(
        "pay at most 1 on average for every share inside the band",
        arguments: [0...0.1, 0.2...0.3, 0.45...0.55, 0.9...1]
    )
    func fair(_ band: ClosedRange<Double>) {
        let trials = 40
        for step in 0...20 {
            let share = band.lowerBound + (band.upperBound - band.lowerBound) * Double(step) / 20
            var means = [Double](repeating: 0, count: 4)
            for hits in 0...trials {
                let weight = exp(logBinomial(trials, hits, share))
                let payments = ShareBet.logPayments(
                    hits: Int64(hits),
                    trials: Int64(trials),
                    band: band,
                    steps: [0.04, 0.15]
                )
                for (index, payment) in payments.enumerated() { means[index] += weight * exp(payment) }
            }
            for mean in means { #expect(mean <= 1 + 1e-9, "share \(share) in \(band) pays \(mean)") }
        }
    }

    private func logBinomial(_ n: Int, _ k: Int, _ p: Double) -> Double {
        let ways = lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
        let yes = k == 0 ? 0 : Double(k) * log(p)
        let no = k == n ? 0 : Double(n - k) * log(1 - p)
        return ways + yes + no
    }

    @Test("win when the share is outside, on the right side")
    func wins() {
        let above = ShareBet.logPayments(hits: 600, trials: 1000, band: 0.47...0.53, steps: [0.04, 0.15])
        #expect(above[0] > 5 && above[2] < 0 && above[3] < 0)
        let below = ShareBet.logPayments(hits: 400, trials: 1000, band: 0.47...0.53, steps: [0.04, 0.15])
        #expect(below[2] > 5 && below[0] < 0 && below[1] < 0)
    }

    @Test("stay finite at the ends")
    func ends() {
        for band in [0...0, 1...1, 0...1, 0.0...1e-12] {
            for hits in [0, 1, 1000] as [Int64] {
                let payments = ShareBet.logPayments(hits: hits, trials: 1000, band: band, steps: [0.04, 0.15])
                #expect(payments.allSatisfy { $0.isFinite }, "\(band), \(hits)")
            }
        }
    }

    @Test("a reference's share is known the better the more rows it has, and best near 0")
    func uncertainty() {
        #expect(
            abs(ShareBet.uncertainty(share: 0.5, trials: 20_000, alpha: 0.01) - (log(200) / 40_000).squareRoot())
                < 1e-12
        )
        #expect(ShareBet.uncertainty(share: 0, trials: 20_000, alpha: 0.01) < 1e-4)
        #expect(ShareBet.uncertainty(share: 0.5, trials: 0, alpha: 0.01) == 1)
    }
}
