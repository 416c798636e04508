import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    /// P(Z > z).
    package static func survival(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

    /// P(|Z| > |z|).
    package static func twoSidedSurvival(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }

    /// The z with P(Z <= z) = probability: Newton's method on the tail, from a bracketed start.
    package static func quantile(_ probability: Double) -> Double {
        guard !probability.isNaN else { return .nan }
        if probability <= 0 { return -.infinity }
        if probability >= 1 { return .infinity }
        if probability == 0.5 { return 0 }
        if probability > 0.5 { return upperPoint(1 - probability) }
        return -upperPoint(probability)
    }

    /// The z > 0 with P(Z > z) = tail, for 0 < tail < 1/2.
    static func upperPoint(_ tail: Double) -> Double {
        var low = 0.0
        var high = 40.0
        for _ in 0..<8 {
            let middle = (low + high) / 2
            if survival(middle) > tail { low = middle } else { high = middle }
        }
        var z = (low + high) / 2
        for _ in 0..<60 {
            let upper = survival(z)
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            // Newton on log P(Z > z) = log tail: the logarithm is nearly quadratic, so steps are safe far out.
            let step = (log(upper) - log(tail)) * upper / density
            z = min(max(z + step, low), high)
            if abs(step) < 1e-15 * max(1, z) { break }
        }
        return z
    }
}
