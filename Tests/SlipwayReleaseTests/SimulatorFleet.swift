import SlipwayDomain
import SlipwayRelease

/// The servers that answer requests, as far as a release can see them.
struct SimulatorFleet {
    /// Whether late weight changes are refused by their effect id, as `PendingEffect` demands.
    let isFenced: Bool
    private(set) var candidateWeight = 0
    private(set) var stableWeight = 100
    private(set) var loaded: Set<Int>
    /// Since when the evidence of each step is counted.
    private(set) var evidenceFrom: [Int64?] = [nil, nil, nil, nil, nil]
    private var newestWeights = EffectID(revision: 0, index: 0)

    init(stable: Int?, isFenced: Bool) {
        self.isFenced = isFenced
        loaded = stable.map { [$0] } ?? []
    }

    /// A gateway starts again: weights and versions come from the store, counts are gone.
    mutating func forgetEvidence() { evidenceFrom = evidenceFrom.map { _ in nil } }

    mutating func carryOut(_ pending: PendingEffect, now: Int64) {
        switch pending.effect {
        case .loadVersion(let version): loaded.insert(version)
        case .probeVersion: return
        case .unloadVersion(let version): loaded.remove(version)
        case .resetEvidence(let step): evidenceFrom[step] = now
        case .setWeights(let percent):
            guard !isFenced || pending.id >= newestWeights else { return }
            newestWeights = pending.id
            candidateWeight = percent
            stableWeight = 100 - percent
        }
    }
}
