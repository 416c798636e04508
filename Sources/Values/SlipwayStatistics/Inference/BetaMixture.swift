import Glibc

/// Evidence about the mean of values between 0 and 1, valid at all numbers of looks together.
///
/// For values that are 0 or 1 this is the beta-binomial mixture of `BernoulliConfidenceSequence`. For values in between
/// it holds as well: each factor of the likelihood ratio is an exponential of the value, hence convex in it, hence on
/// average at most what two values at 0 and 1 with the same mean would give (the sub-Bernoulli case of Howard, Ramdas,
/// McAuliffe, Sekhon 2021, Annals of Statistics 49(2)). Sums and counts may be fractions: that is how evidence from
/// dependent observations is weighed down (`DesignEffect`).
package enum BetaMixture {
    /// The logarithm of the martingale at a mean: evidence against it.
    package static func logEvidence(
        sum: Double,
        count: Double,
        against mean: Double,
        prior: (Double, Double) = (0.5, 0.5)
    ) -> Double {
        logMixture(sum, count, prior) - logLikelihood(sum, count, mean)
    }

    /// The means that are not excluded at `alpha`; 0 ... 1 when nothing was seen.
    package static func interval(
        sum: Double,
        count: Double,
        alpha: Double,
        prior: (Double, Double) = (0.5, 0.5)
    ) -> ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        let share = sum / count
        let mixture = logMixture(sum, count, prior)
        // The evidence is convex in the mean with its minimum at the share, so each end is found by bisection.
        func end(outside: Double) -> Double {
            if mixture - logLikelihood(sum, count, outside) < -log(alpha) { return outside }
            var (out, inside) = (outside, share)
            for _ in 0..<200 {
                let middle = (out + inside) / 2
                if middle == out || middle == inside { break }
                if mixture - logLikelihood(sum, count, middle) < -log(alpha) { inside = middle } else { out = middle }
            }
            return out
        }
        return end(outside: 0)...end(outside: 1)
    }

    private static func logMixture(_ sum: Double, _ count: Double, _ prior: (Double, Double)) -> Double {
        logBeta(prior.0 + sum, prior.1 + (count - sum)) - logBeta(prior.0, prior.1)
    }

    private static func logLikelihood(_ sum: Double, _ count: Double, _ mean: Double) -> Double {
        let (s, f) = (sum, count - sum)
        return (s == 0 ? 0 : s * log(mean)) + (f == 0 ? 0 : f * log1p(-mean))
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
}
