import Foundation
import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics
import Testing

@Suite("How long it takes to see errors")
struct DelayTests {
    private static let rule = Fixture.certain {
        try AnalysisRule(metric: .errorRate, against: .stable, maxIncrease: 0.01)
    }
    private static let usual = 0.005
    private static let share = RolloutWorld.plan.alphaShare
    private static let rollouts = 200
    static let excesses = [0.03, 0.05, 0.1, 0.5]

    /// Requests until the candidate is failed, for each simulated step; nil when it was not within `most`.
    static func delays(excess: Double, percent: Int, most: Double) throws -> [Double?] {
        var random = SplitMix64(seed: RolloutSimulationTests.seed)
        let world = RolloutWorld(candidate: usual + excess, stable: usual)
        return try (0..<rollouts).map { _ in
            var step = SimulatedStep(percent: percent)
            while step.requests < most {
                step.addChunk(of: world, &random)
                let isFailed = Analyst.fails(
                    rules: [rule],
                    evidence: try step.evidence(),
                    demands: RolloutWorld.plan.demands,
                    alphaShare: share
                )
                if isFailed { return step.requests }
            }
            return nil
        }
    }

    private static func told(excess: Double, percent: Int, rate: Double) -> Span? {
        ReleasePower.timeToFail(
            rule,
            excess: excess,
            traffic: ReleasePower.Traffic(rate: rate, usual: usual),
            percent: percent,
            alphaShare: share
        )
    }

    @Test("Within the told time the error is seen about four times in five", arguments: [5, 50], [0.05, 0.1])
    func power(percent: Int, excess: Double) throws {
        let rate = 40.0
        let time = try #require(Self.told(excess: excess, percent: percent, rate: rate))
        let most = Double(time.milliseconds) / 1000 * rate
        let seen = try Self.delays(excess: excess, percent: percent, most: most).compactMap(\.self).count
        let share = Double(seen) / Double(Self.rollouts)
        let seed = RolloutSimulationTests.seed
        print("+\(excess) at \(percent) %: told \(most) requests, seen by then in \(share), seed \(seed)")
        #expect(share > 0.7)
    }

    @Test("What the limit allows is never seen; copies of all requests tell about as much as a split by halves")
    func never() throws {
        #expect(Self.told(excess: 0.005, percent: 5, rate: 40) == nil)
        #expect(Self.told(excess: 0.05, percent: 5, rate: 0) == nil)
        let copies = try #require(Self.told(excess: 0.05, percent: 100, rate: 40)).milliseconds
        let split = try #require(Self.told(excess: 0.05, percent: 50, rate: 40)).milliseconds
        #expect((split / 2...split * 2).contains(copies))
    }

    @Test("The tables in docs/release-analysis.md are what the simulation says; SLIPWAY_RECORD=1 writes them")
    func document() throws {
        var lines = [
            "| a candidate that keeps its limits | rollouts | rolled back | promised |", "|---|---|---|---|",
        ]
        for scenario in RolloutSimulationTests.healthy {
            let rate = try RolloutSimulationTests.failures(scenario.world, rollouts: scenario.rollouts)
            lines.append(
                "| \(scenario.name) | \(scenario.rollouts) | \(Self.percent(rate)) | \(Self.percent(scenario.most)) |"
            )
        }
        lines += [
            "",
            "| more errors than stable | share of traffic | half are caught after | nine of ten after | told before |",
            "|---|---|---|---|---|",
        ]
        for excess in Self.excesses {
            for percent in [5, 50] {
                let delays = try Self.delays(excess: excess, percent: percent, most: 200_000).map { $0 ?? .infinity }
                    .sorted()
                let told = Self.told(excess: excess, percent: percent, rate: 40).map { Self.minutes($0) } ?? "never"
                lines.append(
                    "| +\(Self.percent(excess)) | \(percent) % | \(Self.minutes(delays[Self.rollouts / 2])) | "
                        + "\(Self.minutes(delays[Self.rollouts * 9 / 10])) | \(told) |"
                )
            }
        }
        try Self.compare(lines.joined(separator: "\n"))
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
    private static func minutes(_ requests: Double) -> String { String(format: "%.1f min", requests / 40 / 60) }
    private static func minutes(_ span: Span) -> String {
        String(format: "%.1f min", Double(span.milliseconds) / 60_000)
    }

    private static func compare(_ table: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "docs/release-analysis.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let (begin, end) = ("<!-- simulation begins -->\n", "\n<!-- simulation ends -->")
        let start = try #require(text.range(of: begin))
        let stop = try #require(text.range(of: end))
        if ProcessInfo.processInfo.environment["SLIPWAY_RECORD"] == "1" {
            let changed = text[..<start.upperBound] + table + text[stop.lowerBound...]
            try String(changed).write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(String(text[start.upperBound..<stop.lowerBound]) == table, "run with SLIPWAY_RECORD=1 to write it")
    }
}
