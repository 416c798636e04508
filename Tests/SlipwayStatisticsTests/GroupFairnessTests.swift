import Foundation
import SlipwayStatistics
import Testing

@Suite("Groups are compared with what their sizes allow")
struct GroupFairnessTests {
    private static func count(_ value: String, _ hits: Int64, _ rows: Int64) -> GroupCount {
        GroupCount(value: value, rows: rows, hits: hits, trials: rows)
    }

    @Test("the ratio of two shares as statsmodels has it: interval, statistic and p-value")
    func ratios() throws {
        let golden = try ReferenceFixture.json("rate-ratio-golden.json")
        let rows = try #require(golden["rows"] as? [[Double]])
        #expect(rows.count == 11)
        for row in rows {
            let ratio = try #require(
                RateRatio((Int64(row[0]), Int64(row[1])), over: (Int64(row[2]), Int64(row[3])))
            )
            let interval = ratio.interval()
            #expect(abs(interval.lowerBound - row[4]) < 1e-6 * max(1, row[4]), "\(row)")
            #expect(abs(interval.upperBound - row[5]) < 1e-6 * max(1, row[5]), "\(row): \(interval)")
            #expect(abs(ratio.score(against: 0.8) - row[6]) < 1e-9 * max(1, abs(row[6])), "\(row)")
            #expect(abs(NormalDistribution.survival(-ratio.score(against: 0.8)) - row[7]) < 1e-9, "\(row)")
        }
        #expect(RateRatio((0, 0), over: (1, 2)) == nil && RateRatio((3, 2), over: (1, 2)) == nil)
        let none = try #require(RateRatio((0, 100), over: (0, 100)))
        #expect(none.value == nil && none.interval() == 0...Double.infinity)
        let zero = try #require(RateRatio((0, 100), over: (40, 100)))
        #expect(zero.interval().lowerBound == 0 && zero.interval().upperBound < 0.2)
    }

    @Test("by sex and race on ACS data: differences and their intervals as statsmodels has them")
    func employment() throws {
        let golden = try #require(ReferenceFixture.json("inference-golden.json")["fairness"] as? [String: Any])
        for (_, groups) in golden {
            for group in try #require(groups as? [[String: Any]]) {
                let selected = try #require(group["selected"] as? [String: Any])
                let numbers = ["x1", "n1", "x2", "n2"].map { (selected[$0] as? NSNumber)?.int64Value ?? 0 }
                let bounds = try #require(selected["newcombe_95"] as? [Double])
                let fairness = GroupFairness(
                    [Self.count("this", numbers[0], numbers[1]), Self.count("rest", numbers[2], numbers[3])],
                    bounds: GroupBounds(minRatio: 0.8, minRows: 1)
                )
                let pair = try #require(fairness.pairs.first)
                let isHigh = pair.high == "this"
                #expect(abs((isHigh ? pair.gapLower : -pair.gapUpper) - bounds[0]) < 1e-9)
                #expect(abs((isHigh ? pair.gapUpper : -pair.gapLower) - bounds[1]) < 1e-9)
            }
        }
    }

    @Test("kept, broken, or not to be told: by the far end of the interval, never by the point")
    func verdicts() {
        let bounds = GroupBounds(minRatio: 0.8)
        func verdict(_ counts: [GroupCount], _ bounds: GroupBounds) -> GroupFairness.Verdict {
            GroupFairness(counts, bounds: bounds).verdict
        }
        #expect(verdict([Self.count("a", 500, 1000), Self.count("b", 490, 1000)], bounds) == .kept)
        #expect(verdict([Self.count("a", 500, 1000), Self.count("b", 300, 1000)], bounds) == .broken)
        #expect(verdict([Self.count("a", 60, 120), Self.count("b", 45, 120)], bounds) == .cannotTell, "ratio 0.75")
        #expect(verdict([Self.count("a", 60, 120), Self.count("b", 60, 120)], bounds) == .cannotTell, "ratio 1")
        #expect(verdict([Self.count("a", 500, 1000), Self.count("b", 1, 99)], bounds) == .cannotTell, "99 rows")
        #expect(verdict([], bounds) == .cannotTell)
        let gap = GroupBounds(maxGap: 0.1)
        #expect(verdict([Self.count("a", 500, 1000), Self.count("b", 480, 1000)], gap) == .kept)
        #expect(verdict([Self.count("a", 500, 1000), Self.count("b", 300, 1000)], gap) == .broken)
        #expect(verdict([Self.count("a", 500, 1000), Self.count("b", 390, 1000)], gap) == .cannotTell)
        // The worst pair is found whichever group it is, and order does not matter.
        let three = [Self.count("a", 500, 1000), Self.count("b", 450, 1000), Self.count("c", 300, 1000)]
        let one = GroupFairness(three, bounds: bounds)
        #expect(one.pairs.first?.low == "c" && one.pairs.first?.high == "a" && one.pairs.count == 3)
        #expect(GroupFairness(three.reversed(), bounds: bounds) == one)
    }

    @Test("of 400 fair worlds with six groups each, at most one in twenty is called unfair")
    func falseAlarms() {
        var random = SplitMix64(seed: 17)
        var broken = 0
        for _ in 0..<400 {
            // The true ratio is exactly at the bound for one group: the hardest fair world.
            let rates = [0.5, 0.5, 0.5, 0.5, 0.5, 0.4]
            let counts = rates.enumerated().map { number, rate in
                Self.count("g\(number)", Int64((0..<300).count { _ in random.unit() < rate }), 300)
            }
            broken += GroupFairness(counts, bounds: GroupBounds(minRatio: 0.8)).verdict == .broken ? 1 : 0
        }
        #expect(broken <= 28, "\(broken) of 400")
    }
}
