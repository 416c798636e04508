import Foundation
import SlipwayStatistics
import Testing

@Suite("Distributions agree with SciPy")
struct DistributionTests {
    private func rows(_ key: String) throws -> [[Double]] {
        let rows = try #require(ReferenceFixture.json("metric-golden.json")[key] as? [[NSNumber]])
        return rows.map { $0.map(\.doubleValue) }
    }

    private func expect(_ actual: Double, _ expected: Double, relative: Double, _ what: [Double]) {
        let isClose = abs(actual - expected) <= relative * abs(expected) || (expected < 1e-290 && actual < 1e-290)
        #expect(isClose, "\(what): \(actual) instead of \(expected)")
    }

    @Test("chi-square tails")
    func chiSquare() throws {
        for row in try rows("chi_square_survival") {
            expect(ChiSquareDistribution.survival(row[0], degreesOfFreedom: row[1]), row[2], relative: 1e-11, row)
        }
        for row in try rows("chi_square_quantile") {
            expect(ChiSquareDistribution.quantile(row[0], degreesOfFreedom: row[1]), row[2], relative: 1e-11, row)
        }
    }

    @Test("Student tails")
    func student() throws {
        for row in try rows("student_two_sided") {
            expect(StudentDistribution.twoSidedSurvival(row[0], degreesOfFreedom: row[1]), row[2], relative: 1e-11, row)
        }
    }

    @Test("Kolmogorov tails in every region of the method")
    func kolmogorov() throws {
        for row in try rows("kolmogorov_survival") {
            expect(KolmogorovDistribution.survival(row[1], count: Int(row[0])), row[2], relative: 1e-9, row)
        }
    }

    @Test("a sum over few of Smirnov's terms is the sum over all", arguments: [8192, 20_000, 300_000])
    func smirnovTerms(count: Int) {
        for z in [2.2, 4, 40, 150] {
            let d = (z / Double(count)).squareRoot()
            let whole = KolmogorovDistribution.oneSidedSurvival(d, count, step: 1)
            let few = KolmogorovDistribution.oneSidedSurvival(d, count, step: count / 4096)
            expect(few, whole, relative: 1e-13, [Double(count), z])
        }
    }

    @Test("normal quantiles and Wilson intervals")
    func normal() throws {
        for row in try rows("normal_quantile") where row[0] != 0.5 {
            let actual = NormalDistribution.quantile(row[0])
            #expect(abs(actual - row[1]) <= 1e-12 * abs(row[1]), "\(row): \(actual)")
        }
        for row in try rows("wilson") {
            let interval = ProportionTest.wilsonInterval(successes: Int64(row[0]), trials: Int64(row[1]))
            #expect(abs(interval.lowerBound - row[2]) < 1e-12 && abs(interval.upperBound - row[3]) < 1e-12, "\(row)")
        }
    }

    @Test(
        "the exact two-sample p-value equals a full count of paths",
        arguments: [(3, 4, 1), (4, 6, 2), (5, 5, 5), (6, 2, 2), (7, 3, 1)]
    )
    func exactPaths(n: Int, m: Int, divisor: Int) {
        // Only statistics that can occur: differences are multiples of the greatest common divisor.
        for step in stride(from: divisor, through: n * m, by: divisor) {
            let d = Double(step) / Double(n * m)
            var (extreme, all) = (0, 0)
            for mask in 0..<(1 << (n + m)) where mask.nonzeroBitCount == n {
                var (i, j, largest) = (0, 0, 0)
                for bit in 0..<(n + m) {
                    if mask >> bit & 1 == 1 { i += 1 } else { j += 1 }
                    largest = max(largest, abs(i * m - j * n))
                }
                all += 1
                if largest >= step { extreme += 1 }
            }
            let p = KolmogorovSmirnovTest.exactP(statistic: d, n, m)
            #expect(abs(p - Double(extreme) / Double(all)) < 1e-12, "d = \(d)")
        }
    }

    @Test("the no-change quantile of the stability index is exceeded as often as it says")
    func stabilityNull() throws {
        var generator = SplitMix64(seed: 2024)
        let limit = try #require(StabilityNull.quantile(0.95, bins: 10, reference: 4000, current: 4000))
        var exceeded = 0
        for _ in 0..<1000 {
            var counts = [[Int64](repeating: 0, count: 10), [Int64](repeating: 0, count: 10)]
            for side in 0..<2 {
                for _ in 0..<4000 { counts[side][Int(generator.next() % 10)] += 1 }
            }
            let psi = try #require(ShareDistance(reference: counts[0], current: counts[1])).populationStability
            if psi > limit { exceeded += 1 }
        }
        #expect((25...80).contains(exceeded), "seed 2024: \(exceeded) of 1,000")
    }
}
