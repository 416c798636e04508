import Glibc

/// Evidence about how much more often one arm hits than the other, when chance decides which arm answers a request.
///
/// A request goes to the candidate with probability `share`. Whatever its outcome would be in either arm, the value
/// hit x (candidate / share - stable / (1 - share)) is on average the difference of the two outcomes (inverse
/// propensity weighting). Hence, for a bet b small enough, `1 + b (value - limit)` is on average at most 1 as long as the
/// candidate's excess keeps the limit, and the product over all requests is a test martingale (Waudby-Smith, Wu, Ramdas,
/// Karampatziakis, Mineiro 2024, "Anytime-valid off-policy inference for contextual bandits"; betting as in Waudby-Smith
/// and Ramdas 2024, JRSS B 86(1)). By Ville's inequality it ever reaches 1 / alpha with probability alpha at most.
///
/// Only the assignment has to be independent from request to request: outcomes may depend on each other and on the hour
/// in any way, because weather that both arms share cancels out. `weight` below 1 is for assignments that are not
/// independent (`DesignEffect`). The bets are a fixed grid, averaged, so that counts are all that has to be recorded.
package struct ArmDifference: Sendable, Hashable {
    /// Hits of the candidate.
    package let candidateHits: Double
    /// Hits of the stable arm.
    package let stableHits: Double
    /// Requests of both arms.
    package let requests: Double
    /// The probability that a request goes to the candidate.
    package let share: Double
    /// What one request counts for; 1 when all are independent.
    package let weight: Double

    /// Nil unless the counts can be and chance gives both arms something.
    package init?(candidateHits: Double, stableHits: Double, requests: Double, share: Double, weight: Double = 1) {
        guard share > 0, share < 1, candidateHits >= 0, stableHits >= 0, weight > 0, weight <= 1,
            candidateHits + stableHits <= requests, requests.isFinite
        else { return nil }
        self.candidateHits = candidateHits
        self.stableHits = stableHits
        self.requests = requests
        self.share = share
        self.weight = weight
    }

    /// How many bets are averaged; each is half of the one before.
    package static let bets = 14
    private static let boldest = 0.9

    /// The logarithm of the martingale against "the candidate's excess is at most `limit`".
    package func logEvidence(above limit: Double) -> Double {
        var exponents: [Double] = []
        exponents.reserveCapacity(Self.bets)
        for bet in factors(limit) {
            let misses = requests - candidateHits - stableHits
            exponents.append(
                weight * (candidateHits * bet.candidate + stableHits * bet.stable + misses * bet.miss)
            )
        }
        return Self.logMean(exponents)
    }

    /// The logarithm of the martingale against "the candidate's excess is at least `limit`".
    package func logEvidence(below limit: Double) -> Double { mirrored.logEvidence(above: -limit) }

    /// The greatest excess that is excluded at `alpha`: the excess is above it.
    package func lower(alpha: Double) -> Double {
        let wanted = -log(alpha)
        guard logEvidence(above: -1) >= wanted else { return -1 }
        // The evidence falls as the limit grows.
        var (out, inside) = (-1.0, 1.0)
        for _ in 0..<60 {
            let middle = (out + inside) / 2
            if logEvidence(above: middle) >= wanted { out = middle } else { inside = middle }
        }
        return out
    }

    /// The smallest excess that is excluded at `alpha`: the excess is below it.
    package func upper(alpha: Double) -> Double { -mirrored.lower(alpha: alpha) }

    private var mirrored: ArmDifference {
        // The same counts with the arms exchanged can be what these can be.
        ArmDifference(
            candidateHits: stableHits,
            stableHits: candidateHits,
            requests: requests,
            share: 1 - share,
            weight: weight
        ) ?? self
    }

    /// The logarithms of what a bet pays on a hit of either arm and on a miss.
    typealias Factors = (candidate: Double, stable: Double, miss: Double)

    /// The payments of all bets against a limit.
    func factors(_ limit: Double) -> [Factors] {
        let worst = 1 / (1 - share) + limit
        return (0..<Self.bets).map { index in
            let bet = Self.boldest * exp2(-Double(index)) / worst
            return (log1p(bet * (1 / share - limit)), log1p(-bet * worst), log1p(-bet * limit))
        }
    }

    private static func logMean(_ exponents: [Double]) -> Double {
        guard let highest = exponents.max() else { return 0 }
        return highest + log(exponents.reduce(0) { $0 + exp($1 - highest) } / Double(exponents.count))
    }
}
