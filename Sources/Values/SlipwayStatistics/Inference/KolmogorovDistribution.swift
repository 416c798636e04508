import Glibc

/// The distribution of the one-sample, two-sided Kolmogorov-Smirnov statistic for n values.
///
/// Methods and their ranges follow Simard and L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution",
/// Journal of Statistical Software 39(11), 2011, which is also what `scipy.stats.kstwo` uses.
package enum KolmogorovDistribution {
    /// P(D_n > d).
    package static func survival(_ d: Double, count n: Int) -> Double {
        guard n > 0, !d.isNaN else { return .nan }
        let size = Double(n)
        let t = size * d
        if d >= 1 { return 0 }
        if t <= 0.5 { return 1 }
        if t <= 1 { return 1 - atTheLowEnd(n, t) }
        if t >= size - 1 { return 2 * pow(1 - d, size) }
        let z = t * d
        if d >= 0.5 || z >= (n <= 140 ? 4 : 2.2) {
            return z >= 370 ? 0 : min(1, 2 * oneSidedSurvival(d, n, step: max(1, n / 4096)))
        }
        if n <= 140 || (n <= 100_000 && size * pow(d, 1.5) <= 1.4) { return 1 - durbinMatrix(d, n) }
        return 1 - pelzGood(d, n)
    }

    /// P(D_n <= d) for 1/2n < d <= 1/n (Ruben, Gambino 1982): n! (2d - 1/n)^n, with t = n d.
    private static func atTheLowEnd(_ n: Int, _ t: Double) -> Double {
        var product = 1.0
        for k in 1...n where product > 0 { product *= Double(k) / Double(n) * (2 * t - 1) }
        return product
    }

    /// P(D_n^+ > d), Smirnov's finite sum; each term is a binomial density, so nothing cancels.
    ///
    /// For a large n the terms are a smooth hill that has died away at both ends: every `step`-th of them, `step` times, is the
    /// same sum to rounding (the trapezoidal rule; Trefethen and Weideman 2014, SIAM Review 56(3)).
    package static func oneSidedSurvival(_ d: Double, _ n: Int, step: Int) -> Double {
        let size = Double(n)
        var sum = pow(1 - d, size) / d
        let last = Int((size * (1 - d)).rounded(.down))
        for j in stride(from: step, through: last, by: step) {
            let p = d + Double(j) / size
            guard p < 1 else { break }
            sum += Double(step) * SaddlePoint.binomialDensity(Double(j), size, p, Double(n - j) / size - d) / p
        }
        return d * sum
    }

    /// P(D_n <= d) by the power of a matrix (Durbin 1973; Marsaglia, Tsang, Wang 2003).
    private static func durbinMatrix(_ d: Double, _ n: Int) -> Double {
        let size = Double(n)
        let k = Int((size * d).rounded(.up))
        let h = Double(k) - size * d
        let width = 2 * k - 1
        var matrix = SquareMatrix(width: width)
        for i in 0..<width {
            for j in 0..<min(i + 2, width) { matrix[i, j] = 1 }
        }
        for i in 0..<width {
            matrix[i, 0] -= pow(h, Double(i + 1))
            matrix[width - 1, i] -= pow(h, Double(width - i))
        }
        if h > 0.5 { matrix[width - 1, 0] += pow(2 * h - 1, Double(width)) }
        for i in 0..<width {
            for j in 0..<min(i + 2, width) where i - j + 1 > 0 { matrix[i, j] /= tgamma(Double(i - j + 2)) }
        }
        let power = matrix.power(n)
        var (result, exponent) = (power[k - 1, k - 1], power.scale)
        for i in 1...n {
            result *= Double(i) / size
            if result < 0x1p-400 {
                result *= 0x1p400
                exponent -= 400
            }
        }
        return min(1, scalbn(result, Int32(clamping: exponent)))
    }

    /// P(D_n <= d) by the expansion of Pelz and Good, 1976, to order n^(-3/2).
    private static func pelzGood(_ d: Double, _ n: Int) -> Double {
        let size = Double(n)
        let z = size.squareRoot() * d
        let pi2 = Double.pi * Double.pi
        let (z2, z4, z6, z8) = (z * z, pow(z, 4), pow(z, 6), pow(z, 8))
        guard -pi2 / 8 / z2 > -708 else { return 0 }
        var k = (0.0, 0.0, 0.0, 0.0)
        for i in stride(from: Int((16 * z / Double.pi).rounded(.up)), through: 1, by: -1) {
            let odd = Double(2 * i - 1) * Double(2 * i - 1)
            let whole = Double(i) * Double(i)
            let a = pi2 * odd
            let weight = exp(-a / (8 * z2))
            k.0 += weight
            k.1 += weight * (a / 4 - z2)
            k.2 += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * a / 4 + (1 - 2 * z2) * a * a / 16)
            let cubic =
                -30 * z6 - 90 * z8 + (135 * z4 - 96 * z6) * a / 4 + (212 * z4 - 60 * z2) * a * a / 16
                + (5 - 30 * z2) * a * a * a / 64
            k.3 += weight * cubic
            let even = exp(-pi2 * whole / (2 * z2)) * pi2 * whole
            k.2 -= even * 2 * z4
            k.3 += even * (3 * z2 - pi2 * whole) * 30 * z4
        }
        let root = (2 * Double.pi).squareRoot()
        let order0 = root / z * k.0
        let order1 = root / (6 * z4) * k.1 / size.squareRoot()
        let order2 = root / (72 * z6 * z) * k.2 / size
        let order3 = root / (6480 * z8 * z2) * k.3 / (size * size.squareRoot())
        return min(1, max(0, order0 + order1 + order2 + order3))
    }
}
