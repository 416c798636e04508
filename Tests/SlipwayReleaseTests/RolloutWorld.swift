import Glibc
import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics

/// What both versions of a simulated rollout do.
struct RolloutWorld: Sendable {
    enum Weather: Sendable {
        /// Every request for itself.
        case calm
        /// Errors of both versions and disagreements come in shared spells: a spell of `length` chunks in which
        /// everything is `factor` times as frequent begins with probability `chance`; without one it is as much rarer.
        case spells(length: Int, factor: Double, chance: Double)
        /// Every hit is `times` requests of one client that stays in its arm.
        case crowds(times: Int)
    }

    var candidate = 0.01
    var stable = 0.01
    var disagreement = 0.06
    var weather = Weather.calm
    /// The requests of a declared block; nil when the team said nothing.
    var block: Int?

    static let chunk = 64
    static let chunksPerLook = 8
    static let looks = 12
    static let plan = Fixture.plan(
        steps: [5, 50, 100],
        analysis: Fixture.certain {
            [
                try AnalysisRule(metric: .errorRate, against: .stable, maxIncrease: 0.01),
                try AnalysisRule(metric: .errorRate, max: 0.03),
                try AnalysisRule(metric: .disagreement, max: 0.1),
            ]
        },
        stepDeadline: .hours(2)
    )
}

/// One simulated step: counts, and the blocks that they came in.
struct SimulatedStep {
    let percent: Int
    var errors = ArmSums()
    var pairs = ArmSums()
    var errorLadder: BlockLadder
    var pairLadder: BlockLadder
    private let isDeclared: Bool
    var crowd = (hits: 0, squares: 0)
    private var spell = 0
    private var left = 0

    init(percent: Int, block: Int? = nil) {
        self.percent = percent
        isDeclared = block != nil
        errorLadder = BlockLadder(base: block ?? 4)
        pairLadder = BlockLadder(base: block ?? 4)
    }

    var requests: Double { errors.observations }

    mutating func addChunk(of world: RolloutWorld, _ random: inout SplitMix64) {
        var factor = 1.0
        var times = 1
        switch world.weather {
        case .calm: break
        case .spells(let length, let high, let chance):
            if left == 0 {
                spell = random.unit() < chance ? 1 : 0
                left = length
            }
            left -= 1
            factor = spell == 1 ? high : (1 - chance * high) / (1 - chance)
        case .crowds(let count): times = count
        }
        let trials = RolloutWorld.chunk
        let mine = percent == 50 ? random.next().nonzeroBitCount : hits(trials, Double(percent) / 100, &random)
        var block = ArmSums(candidate: Double(mine), stable: Double(trials - mine))
        block.candidateHits = crowded(mine, world.candidate * factor, times, &random)
        block.stableHits = crowded(trials - mine, world.stable * factor, times, &random)
        errors.add(sums: block)
        errorLadder.add(block)
        let different = Double(hits(trials, min(1, world.disagreement * factor), &random))
        let both = ArmSums(candidate: Double(trials), candidateHits: different)
        pairs.add(sums: both)
        pairLadder.add(both)
    }

    private mutating func crowded(_ trials: Int, _ rate: Double, _ times: Int, _ random: inout SplitMix64) -> Double {
        let clients = hits(trials / times, min(1, rate), &random)
        let remainder = trials % times
        let more = remainder > 0 ? hits(remainder, min(1, rate), &random) : 0
        if times > 1 {
            crowd.hits += clients * times + more
            crowd.squares += clients * times * times + more
        }
        return Double(clients * times + more)
    }

    /// A binomial draw by the gaps between hits.
    private func hits(_ trials: Int, _ rate: Double, _ random: inout SplitMix64) -> Int {
        guard rate > 0, trials > 0 else { return 0 }
        guard rate < 1 else { return trials }
        var (count, place) = (0, 0.0)
        let scale = log1p(-rate)
        while true {
            place += (log(1 - random.unit()) / scale).rounded(.down) + 1
            if place > Double(trials) { return count }
            count += 1
        }
    }

    /// The evidence as a meter would give it; without what is known of dependence when `isBlind`.
    func evidence(isBlind: Bool = false) throws -> AnalysisEvidence {
        try AnalysisEvidence(
            step: 0,
            from: Fixture.start,
            to: Fixture.start + .minutes(10),
            candidate: ArmCounts(requests: Int(errors.candidate), errors: Int(errors.candidateHits)),
            stable: ArmCounts(requests: Int(errors.stable), errors: Int(errors.stableHits)),
            pairs: Int(pairs.candidate),
            disagreements: Int(pairs.candidateHits),
            details: EvidenceDetails(
                percent: percent,
                block: isDeclared && !isBlind ? .minutes(1) : nil,
                errors: isBlind ? [] : errorLadder.moments,
                keys: isBlind || crowd.hits == 0 ? nil : KeyCrowding(hits: crowd.hits, squares: crowd.squares),
                pairs: PairEvidence(blocks: isBlind ? [] : pairLadder.moments)
            )
        )
    }
}

extension ArmSums {
    mutating func add(sums other: ArmSums) {
        candidate += other.candidate
        candidateHits += other.candidateHits
        stable += other.stable
        stableHits += other.stableHits
    }
}
