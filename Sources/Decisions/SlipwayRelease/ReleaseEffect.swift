package import SlipwayDomain

/// Names an effect for ever: the revision that asked for it and its place among that revision's effects.
///
/// Ids grow with time, which makes them fencing tokens (see `PendingEffect`).
package struct EffectID: Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The revision of the state that asked for the effect.
    package let revision: Int
    /// The place among the effects of that revision.
    package let index: Int

    /// Made by the planner.
    package init(revision: Int, index: Int) {
        self.revision = revision
        self.index = index
    }

    /// Earlier effects come first.
    package static func < (left: EffectID, right: EffectID) -> Bool {
        (left.revision, left.index) < (right.revision, right.index)
    }

    /// For people and logs, e.g. `12.0`.
    package var description: String { "\(revision).\(index)" }
}

/// Something to be done to the world; doing it twice is the same as doing it once.
package enum ReleaseEffect: Hashable, Sendable {
    /// Make a version ready to answer requests.
    case loadVersion(Int)
    /// Ask a loaded version once, with nobody waiting for its answer.
    case probeVersion(Int)
    /// Give the candidate this share of the traffic in percent, and the stable version the rest.
    case setWeights(candidatePercent: Int)
    /// Start counting the evidence of a step from nothing.
    case resetEvidence(step: Int)
    /// Let go of a version, unless another route or another running release still names it.
    case unloadVersion(Int)

    /// The effect as part of a sentence, e.g. "version 2 could not be loaded".
    var failure: String {
        switch self {
        case .loadVersion(let version): "version \(version) could not be loaded"
        case .probeVersion(let version): "version \(version) did not answer a first request"
        case .setWeights(let percent): "the candidate's share could not be set to \(percent) %"
        case .resetEvidence: "the step's evidence could not be reset"
        case .unloadVersion(let version): "version \(version) could not be unloaded"
        }
    }
}

extension ReleaseEffect: Codable {
    private enum CodingKeys: String, CodingKey { case kind, value }
    private enum Kind: String, Codable { case loadVersion, probeVersion, setWeights, resetEvidence, unloadVersion }

    /// Reads `{"kind": "setWeights", "value": 25}`.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let value = try members.decode(Int.self, forKey: .value)
        switch try members.decode(Kind.self, forKey: .kind) {
        case .loadVersion: self = .loadVersion(value)
        case .probeVersion: self = .probeVersion(value)
        case .setWeights: self = .setWeights(candidatePercent: value)
        case .resetEvidence: self = .resetEvidence(step: value)
        case .unloadVersion: self = .unloadVersion(value)
        }
    }

    /// Writes `{"kind": "setWeights", "value": 25}`.
    package func encode(to encoder: any Encoder) throws {
        let (kind, value): (Kind, Int) =
            switch self {
            case .loadVersion(let version): (.loadVersion, version)
            case .probeVersion(let version): (.probeVersion, version)
            case .setWeights(let percent): (.setWeights, percent)
            case .resetEvidence(let step): (.resetEvidence, step)
            case .unloadVersion(let version): (.unloadVersion, version)
            }
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(kind, forKey: .kind)
        try members.encode(value, forKey: .value)
    }
}

/// An effect that was asked for and not yet answered.
///
/// It may be carried out several times and late, also by a process that has long been replaced. Therefore whoever
/// carries out `setWeights` must store the effect's id with the weights, in one transaction, and leave the weights alone
/// when the stored id is higher; the answer is `effectCompleted` in both cases. The other effects need no such guard.
package struct PendingEffect: Codable, Hashable, Sendable {
    /// The name that an answer must carry.
    package let id: EffectID
    /// What is to be done.
    package let effect: ReleaseEffect
    /// How often it was answered with a failure so far.
    package let failures: Int
    /// When the planner asks for it again if no answer came.
    package let dueAt: Instant

    /// Made by the planner.
    package init(id: EffectID, effect: ReleaseEffect, failures: Int, dueAt: Instant) {
        self.id = id
        self.effect = effect
        self.failures = failures
        self.dueAt = dueAt
    }
}
