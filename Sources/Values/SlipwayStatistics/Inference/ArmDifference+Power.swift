import Glibc

extension ArmDifference {
    /// How many requests (of both arms) it takes until the limit is proven to be broken (`isAbove`) or kept, with the
    /// given power; nil when the real difference lies on the other side of it.
    ///
    /// Each bet's logarithm is a walk with drift m and variance v a request; it is over the line L = log(bets / alpha)
    /// with the wanted power when m n - z sqrt(v n) = L. The quickest bet counts.
    package static func requests(
        candidate: Double,
        stable: Double,
        share: Double,
        limit: Double,
        isAbove: Bool,
        alpha: Double,
        power: Double
    ) -> Double? {
        guard isAbove else {
            return requests(
                candidate: stable,
                stable: candidate,
                share: 1 - share,
                limit: -limit,
                isAbove: true,
                alpha: alpha,
                power: power
            )
        }
        guard let arms = ArmDifference(candidateHits: 0, stableHits: 0, requests: 0, share: share) else { return nil }
        let z = NormalDistribution.quantile(power)
        let line = log(Double(bets) / alpha)
        let hits = (share * candidate, (1 - share) * stable)
        var fewest: Double?
        for factors in arms.factors(limit) {
            let misses = 1 - hits.0 - hits.1
            let drift = hits.0 * factors.candidate + hits.1 * factors.stable + misses * factors.miss
            guard drift > 0 else { continue }
            let squares =
                hits.0 * factors.candidate * factors.candidate + hits.1 * factors.stable * factors.stable
                + misses * factors.miss * factors.miss
            let variance = squares - drift * drift
            let root = (z * variance.squareRoot() + (z * z * variance + 4 * drift * line).squareRoot()) / (2 * drift)
            fewest = min(fewest ?? .infinity, root * root)
        }
        return fewest.map { $0.rounded(.up) }
    }
}
