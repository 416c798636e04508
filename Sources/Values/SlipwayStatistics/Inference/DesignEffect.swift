/// How much less dependent observations tell than independent ones: the variance of what was measured over the variance
/// that independent observations would have (Kish 1965, "Survey Sampling"; here by batch means, as Flegal and Jones 2010,
/// Annals of Statistics 38(2), use them for dependent sequences).
///
/// Block sums are compared with what independent observations would give, at every block size of which there are
/// `leastBlocks`; the greatest ratio counts, and never less than 1. Evidence is then divided by it: n observations count
/// as n / effect. Dependence that reaches further than a sixteenth of what was seen is not measured by this; where it is
/// known to exist, blocks are declared, and until there are enough of them each counts as a single observation.
package enum DesignEffect {
    /// With fewer blocks of a size their variance is not judged.
    package static let leastBlocks = 16

    /// The effect for the share of hits in the candidate's arm (or of pairs), or in the stable one.
    package static func ofShare(
        _ levels: [BlockMoments],
        ofStable isStable: Bool = false,
        isDeclared: Bool
    ) -> Double {
        effect(levels, isDeclared: isDeclared) { moments in
            let (sums, products) = (moments.sums, moments.products)
            let (n, hits) = isStable ? (sums.stable, sums.stableHits) : (sums.candidate, sums.candidateHits)
            guard n > 0 else { return nil }
            let p = hits / n
            let independent = p * (1 - p) * n
            guard independent > 0 else { return nil }
            let (nn, nh, hh) =
                isStable ? (products[7], products[8], products[9]) : (products[0], products[1], products[4])
            return (hh - 2 * p * nh + p * p * nn) / independent
        }
    }

    /// The effect for the difference of both arms' shares, for `ArmDifference`.
    package static func ofDifference(_ levels: [BlockMoments], share: Double, isDeclared: Bool) -> Double {
        let (a, b) = (1 / share, 1 / (1 - share))
        return effect(levels, isDeclared: isDeclared) { moments in
            let (sums, products) = (moments.sums, moments.products)
            let n = sums.observations
            guard n > 0 else { return nil }
            let d = (a * sums.candidateHits - b * sums.stableHits) / n
            let independent = a * a * sums.candidateHits + b * b * sums.stableHits - d * d * n
            guard independent > 0 else { return nil }
            let squares = a * a * products[4] - 2 * a * b * products[6] + b * b * products[9]
            let mixed = a * (products[1] + products[5]) - b * (products[3] + products[8])
            let sizes = products[0] + 2 * products[2] + products[7]
            return (squares - 2 * d * mixed + d * d * sizes) / independent
        }
    }

    private static func effect(
        _ levels: [BlockMoments],
        isDeclared: Bool,
        ratio: (BlockMoments) -> Double?
    ) -> Double {
        var greatest = 1.0
        for moments in levels where moments.blocks >= leastBlocks {
            guard let ratio = ratio(moments) else { continue }
            let blocks = Double(moments.blocks)
            greatest = max(greatest, ratio * blocks / (blocks - 1))
        }
        if isDeclared, let first = levels.first, first.blocks < leastBlocks {
            return max(1, first.sums.observations / Double(max(1, first.blocks)))
        }
        return greatest
    }
}
