import Foundation
import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics
import Testing

/// Whole rollouts, judged after every batch as the controller does; the tables in docs/release-analysis.md come from here.
@Suite("Simulated rollouts")
struct RolloutSimulationTests {
    struct Scenario: Sendable, CustomTestStringConvertible {
        let name: String
        let world: RolloutWorld
        let rollouts: Int
        /// The false-rollback rate that is promised.
        var most = RolloutWorld.plan.alpha
        var testDescription: String { name }
    }

    private static let spells = RolloutWorld.Weather.spells(length: 4, factor: 4, chance: 0.1)

    /// The requests of a spell. Dependence that reaches so far into a short rollout is not seen in time by itself: it has
    /// to be declared.
    private static let spell = 4 * RolloutWorld.chunk

    /// Candidates that keep every limit: with room to spare, or by nothing.
    static let healthy = [
        Scenario(name: "nothing wrong", world: RolloutWorld(), rollouts: 10_000),
        Scenario(
            name: "exactly on all limits",
            world: RolloutWorld(candidate: 0.03, stable: 0.02, disagreement: 0.1),
            rollouts: 2000
        ),
        Scenario(
            name: "nothing wrong, weather in declared spells",
            world: RolloutWorld(weather: spells, block: spell),
            rollouts: 2000
        ),
        Scenario(
            name: "exactly on all limits, weather in declared spells",
            world: RolloutWorld(candidate: 0.03, stable: 0.02, disagreement: 0.1, weather: spells, block: spell),
            rollouts: 2000
        ),
        Scenario(
            name: "nothing wrong, clients that fail eight times",
            world: RolloutWorld(weather: .crowds(times: 8)),
            rollouts: 2000
        ),
    ]

    static let seed: UInt64 = 20_130_401

    /// The share of rollouts that are failed at any look.
    static func failures(_ world: RolloutWorld, rollouts: Int, isBlind: Bool = false) throws -> Double {
        var random = SplitMix64(seed: seed)
        let plan = RolloutWorld.plan
        var failed = 0
        for _ in 0..<rollouts {
            rollout: for percent in plan.steps.dropLast() {
                var step = SimulatedStep(percent: percent, block: world.block)
                for _ in 0..<RolloutWorld.looks {
                    for _ in 0..<RolloutWorld.chunksPerLook { step.addChunk(of: world, &random) }
                    let isFailed = Analyst.fails(
                        rules: plan.analysis,
                        evidence: try step.evidence(isBlind: isBlind),
                        demands: plan.demands,
                        alphaShare: plan.alphaShare
                    )
                    if isFailed {
                        failed += 1
                        break rollout
                    }
                }
            }
        }
        return Double(failed) / Double(rollouts)
    }

    @Test("A candidate that keeps its limits is rolled back with probability alpha at most", arguments: healthy)
    func falseRollbacks(scenario: Scenario) throws {
        let rate = try Self.failures(scenario.world, rollouts: scenario.rollouts)
        print("\(scenario.name): \(rate) of \(scenario.rollouts) rollouts failed, seed \(Self.seed)")
        #expect(rate <= scenario.most)
    }

    @Test(
        "Judging dependent requests as independent breaks alpha, so the test above can fail",
        arguments: [
            RolloutWorld(candidate: 0.03, stable: 0.02, disagreement: 0.1, weather: spells),
            RolloutWorld(weather: .crowds(times: 8)),
        ]
    )
    func blind(world: RolloutWorld) throws {
        #expect(try Self.failures(world, rollouts: 200, isBlind: true) > RolloutWorld.plan.alpha)
    }

    @Test("The quick answer is the verdict's answer")
    func quickAnswer() throws {
        var random = SplitMix64(seed: 7)
        let plan = RolloutWorld.plan
        for candidate in [0.01, 0.03, 0.08] {
            var step = SimulatedStep(percent: 50)
            for _ in 0..<12 {
                for _ in 0..<4 { step.addChunk(of: RolloutWorld(candidate: candidate), &random) }
                let evidence = try step.evidence()
                let quick = Analyst.fails(
                    rules: plan.analysis,
                    evidence: evidence,
                    demands: plan.demands,
                    alphaShare: plan.alphaShare
                )
                let verdict = Analyst.judge(evidence, under: plan)
                #expect(quick == (verdict.overall == .fail))
                for rule in verdict.rules where rule.ruling == .fail { #expect(rule.lower >= rule.limit - 1e-9) }
                for rule in verdict.rules where rule.ruling == .pass { #expect(rule.upper <= rule.limit + 1e-9) }
            }
        }
    }
}
