internal import SlipwayStatistics

/// Which of the two versions answers a request.
package enum Arm: String, Codable, Sendable, CaseIterable {
    case candidate, stable
}

/// Splits traffic by a hash of a key, so that the same key stays in the same arm on every gateway and in every replay.
///
/// The split is monotone: a key that is in the candidate's arm at 5 percent is still there at 25 percent.
package enum Assignment {
    /// How many equal shares the keys fall into.
    package static let buckets = 10_000

    /// The share that `key` falls into; `salt` (the release id) makes releases independent of each other.
    package static func bucket(salt: String, key: String) -> Int {
        Int(stableUnit(key, salt: salt) * Double(buckets))
    }

    /// The arm of `key` while the candidate gets `candidatePercent` of the traffic.
    package static func arm(salt: String, key: String, candidatePercent: Int) -> Arm {
        bucket(salt: salt, key: key) < candidatePercent * (buckets / 100) ? .candidate : .stable
    }
}
