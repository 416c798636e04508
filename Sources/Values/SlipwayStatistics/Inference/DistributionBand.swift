import Glibc

/// How far a distribution function may be from the observed one, at all times together.
///
/// With probability 1 - alpha the greatest difference is at most 0.85 sqrt((log log(e t) + 0.8 log(1612 / alpha)) / t) at
/// every t >= 1 (Howard and Ramdas 2022, Bernoulli 28(3), theorem 2 with A = 0.85): the inequality of Dvoretzky, Kiefer
/// and Wolfowitz, made valid at all numbers of looks.
package enum DistributionBand {
    /// The greatest difference after `count` independent observations; at most 1.
    package static func width(count: Double, alpha: Double) -> Double {
        guard count >= 1 else { return 1 }
        return min(1, 0.85 * ((log(1 + log(count)) + 0.8 * log(1612 / alpha)) / count).squareRoot())
    }
}
