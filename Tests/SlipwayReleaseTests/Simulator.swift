import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics

/// One release in a world where everything goes wrong that can: two controllers that crash at any point and whose clocks
/// jump, messages that are lost, doubled and late, a store that refuses, shows what is old or commits without saying so,
/// gateways that start again, effects that fail, freezes, and people.
///
/// Everything follows from the seed; nothing is built as text unless a trace is wanted.
final class Simulator {
    /// Ways to break the world on purpose, to see that the checks notice.
    struct Sabotage {
        var isFenced = true
        var hasRevisionCheck = true
        /// Changes what the planner is told.
        var distort: (ReleaseEvent, ReleaseState) -> ReleaseEvent = { event, _ in event }
    }

    enum Happening {
        case deliver(ReleaseEvent, to: Int, tries: Int)
        case commit(Transition, of: ReleaseEvent, by: Int, epoch: Int, tries: Int)
        case carryOut(PendingEffect, sender: Int)
        case tick(Int)
        case look(Int)
        case restart(Int)
        case person
        case surroundings
        case calm
    }

    struct Controller {
        var isUp = true
        /// Grows with every crash, so that what the dead process had in hand is void.
        var epoch = 0
        /// How far its clock is off, in milliseconds.
        var clockOffset: Int64 = 0
    }

    let sabotage: Sabotage
    let isTracing: Bool
    let isBad: Bool
    let allowed: Set<Int>
    var random: SplitMix64
    var weather: SimulatorWeather
    var queue = SimulatorQueue<Happening>()
    var now: Int64 = 1_000_000
    var row: ReleaseState
    /// The row as it was before the last change.
    var oldRow: ReleaseState
    var freeze: String?
    var pace = BudgetPace.normal
    var fleet: SimulatorFleet
    var controllers = [Controller(), Controller()]
    /// The fake ledger: for each revision, the percent of its last step record.
    var ledgerRevisions = 0
    var ledgerPercent = 0
    var isCalm = false
    /// The revision in which the release began to roll back.
    var rollback: Int?
    var wasGivenBack = false
    var violation: String?
    private(set) var trace: [String] = []
    private(set) var happenings = 0
    /// How often each kind of trouble struck.
    var troubles: [SimulatorTrouble: Int] = [:]

    init(seed: UInt64, sabotage: Sabotage = Sabotage(), isTracing: Bool = false) {
        self.sabotage = sabotage
        self.isTracing = isTracing
        random = SplitMix64(seed: seed)
        weather = .drawn(from: &random)
        let plan = SimulatorPlans.all[random.below(SimulatorPlans.all.count)]
        isBad = random.chance(500)
        allowed = Set([plan.candidate, plan.stable].compactMap(\.self))
        row = ReleaseState(plan)
        oldRow = row
        fleet = SimulatorFleet(stable: plan.stable, isFenced: sabotage.isFenced)
        queue.add(.deliver(.started, to: 0, tries: 0), at: now)
        for controller in controllers.indices {
            queue.add(.tick(controller), at: now + Int64(random.below(20_000)))
            queue.add(.look(controller), at: now + Int64(random.below(40_000)))
        }
        let calmAt = now + 60_000 + Int64(random.below(2_400_000))
        queue.add(.calm, at: calmAt)
        for _ in 0..<(random.chance(300) ? 0 : random.below(7)) {
            queue.add(.person, at: now + Int64(random.below(Int(min(calmAt - now, 900_000)))))
        }
        for _ in 0..<(random.chance(700) ? 0 : random.below(5)) {
            queue.add(.surroundings, at: now + Int64(random.below(Int(calmAt - now))))
        }
    }

    /// Runs to the end; the answer is the first broken rule, or nil.
    func run() throws -> String? {
        while let (time, happening) = queue.next() {
            now = time
            happenings += 1
            try take(happening)
            if let violation { return violation }
            if happenings > 20_000 { return "the release does not come to an end" }
        }
        return endViolation
    }

    func note(_ line: @autoclosure () -> String) {
        if isTracing { trace.append("\(now - 1_000_000) ms  r\(row.revision) \(row.phase.rawValue)  \(line())") }
    }

    private var endViolation: String? {
        guard row.isTerminal, let outcome = row.outcome else { return "the release never ended: \(row.phase.rawValue)" }
        let expected = outcome == .promoted ? 100 : 0
        if fleet.candidateWeight != expected || fleet.stableWeight != 100 - expected {
            return "\(outcome.rawValue), but the candidate has \(fleet.candidateWeight) %"
        }
        if ledgerRevisions != row.revision {
            return "\(row.revision) transitions have \(ledgerRevisions) ledger groups"
        }
        if ledgerPercent != expected { return "the ledger says \(ledgerPercent) % and the fleet \(expected) %" }
        let isExcused =
            row.promotedBy != nil || row.plan.policy.inconclusive == .proceed || row.plan.steps.count == 1
            || row.plan.controls.comparison?.undecided == .proceed
        if let missing = row.missingApprover(upTo: row.plan.steps.count - 1), outcome == .promoted {
            return "step \(missing.step) was entered without the word of \(missing.role)"
        }
        if isBad, outcome == .promoted, !isExcused { return "a bad candidate was promoted with nobody's word" }
        if !isBad, row.reason?.hasPrefix("the analysis failed") == true { return "a healthy candidate was failed" }
        if !isBad, row.reason?.hasPrefix("the stable version won") == true { return "a better candidate lost" }
        return nil
    }
}
