import Glibc
import SlipwayRelease
import Testing

@Suite("The release controller in a simulated world")
struct SimulatorTests {
    /// How many seeds are tried: 2,000, or what SLIPWAY_SIM_SEEDS says (50,000 in a night run).
    private static let seeds: UInt64 = {
        guard let text = getenv("SLIPWAY_SIM_SEEDS"), let count = UInt64(String(cString: text)) else { return 2000 }
        return count
    }()

    @Test(
        "Thousands of seeds of crashes, lost messages and people break no promise",
        arguments: 0..<10 as Range<UInt64>
    )
    func promisesHold(part: UInt64) throws {
        if let text = getenv("SLIPWAY_SEED"), let seed = UInt64(String(cString: text)) {
            if part == 0 { _ = try holds(seed: seed) }
            return
        }
        let chunk = (Self.seeds + 9) / 10
        for seed in part * chunk..<(part + 1) * chunk {
            // One story a chunk is enough; a broken planner would tell thousands.
            guard try holds(seed: seed) else { return }
        }
    }

    /// Whether the seed breaks nothing; what it breaks is recorded with the end of its trace.
    private func holds(seed: UInt64) throws -> Bool {
        guard let violation = try Simulator(seed: seed).run() else { return true }
        let replay = Simulator(seed: seed, isTracing: true)
        _ = try replay.run()
        Issue.record(
            """
            \(violation); replay with SLIPWAY_SEED=\(seed)
            \(replay.trace.suffix(40).joined(separator: "\n"))
            """
        )
        return false
    }

    @Test(
        "A step whose time was mended to before the world began is not failed by what is older still",
        arguments: [38, 378, 411, 701, 1080, 1380, 1580, 1610, 1883] as [UInt64]
    )
    func mendedBeforeTheBeginning(seed: UInt64) throws { _ = try holds(seed: seed) }

    @Test(
        "A promotion whose version loads while the environment is frozen waits for the thaw",
        arguments: [7832, 14506, 19836, 25211, 32136, 36826] as [UInt64]
    )
    func frozenWhileLoading(seed: UInt64) throws { _ = try holds(seed: seed) }

    @Test(
        "Weights that come late, but before those of the rollback, are taken back by it",
        arguments: [4700, 31196, 45445] as [UInt64]
    )
    func weightsBeforeTheRollback(seed: UInt64) throws { _ = try holds(seed: seed) }

    @Test("The seeds reach every phase, outcome and kind of trouble")
    func coverage() throws {
        var outcomes: [ReleaseOutcome: Int] = [:]
        var (crashes, happenings) = (0, 0)
        for seed in 0..<500 as Range<UInt64> {
            let simulator = Simulator(seed: seed)
            _ = try simulator.run()
            if let outcome = simulator.row.outcome { outcomes[outcome, default: 0] += 1 }
            crashes += simulator.controllers.map(\.epoch).reduce(0, +)
            happenings += simulator.happenings
        }
        for outcome in ReleaseOutcome.allCases { #expect(outcomes[outcome, default: 0] > 10, "\(outcome)") }
        #expect(crashes > 200)
        #expect(happenings > 20_000)
    }

    @Test("Every strategy meets every kind of trouble and comes to every end")
    func coverageByStrategy() throws {
        var troubles: [ReleaseStrategy: [SimulatorTrouble: Int]] = [:]
        var outcomes: [ReleaseStrategy: Set<ReleaseOutcome>] = [:]
        for seed in 0..<1000 as Range<UInt64> {
            let simulator = Simulator(seed: seed)
            _ = try simulator.run()
            let strategy = simulator.row.plan.strategy
            troubles[strategy, default: [:]].merge(simulator.troubles) { $0 + $1 }
            if let outcome = simulator.row.outcome { outcomes[strategy, default: []].insert(outcome) }
        }
        for strategy in ReleaseStrategy.allCases {
            for trouble in SimulatorTrouble.allCases {
                #expect(troubles[strategy]?[trouble, default: 0] ?? 0 > 5, "\(strategy) and \(trouble)")
            }
            #expect(outcomes[strategy] == Set(ReleaseOutcome.allCases), "\(strategy)")
        }
    }

    @Test("A seed always tells the same story")
    func reproducible() throws {
        let (one, other) = (Simulator(seed: 42, isTracing: true), Simulator(seed: 42, isTracing: true))
        _ = try one.run()
        _ = try other.run()
        #expect(one.trace == other.trace)
        #expect(!one.trace.isEmpty)
    }

    // MARK: The checks can fail

    private func violations(_ sabotage: Simulator.Sabotage) throws -> [String] {
        try (0..<800 as Range<UInt64>).compactMap { try Simulator(seed: $0, sabotage: sabotage).run() }
    }

    @Test("Growth in a frozen environment is noticed")
    func frozenGrowth() {
        var story = Story(Fixture.plan())
        story.begin()
        let before = story.state
        story.judge(.pass)
        #expect(SimulatorChecks.growth(from: before, to: story.state) == nil)
        story.tell(.surroundings(ReleaseSurroundings(freeze: "month end")))
        #expect(SimulatorChecks.growth(from: before, to: story.state) == "the share grew in a frozen environment")
    }

    @Test("Weights without fencing are noticed: a late change undoes a rollback")
    func unfenced() throws {
        let found = try violations(Simulator.Sabotage(isFenced: false))
        #expect(found.contains("the candidate got traffic after its rollback"))
    }

    @Test("A store without the revision check is noticed")
    func unchecked() throws {
        let found = try violations(Simulator.Sabotage(hasRevisionCheck: false))
        #expect(found.contains { $0.hasPrefix("the revision went from") })
    }

    @Test("A rollback whose failures are taken for answers is noticed")
    func forgottenRollback() throws {
        let sabotage = Simulator.Sabotage(distort: { event, state in
            if state.phase == .rollingBack, case .effectFailed(let id, _) = event {
                .effectCompleted(id)
            } else {
                event
            }
        })
        let found = try violations(sabotage)
        #expect(found.contains { $0.contains("but the candidate has") || $0.contains("is not loaded") })
    }

    @Test("Traffic to a version that failed to load is noticed")
    func unloaded() throws {
        let sabotage = Simulator.Sabotage(distort: { event, state in
            if state.phase == .preparing, case .effectFailed(let id, _) = event { .effectCompleted(id) } else { event }
        })
        #expect(try violations(sabotage).contains("version 2 has traffic and is not loaded"))
    }
}
