import Glibc

/// Parts of Loader's saddle-point expansion ("Fast and accurate computation of binomial probabilities", 2000): they
/// keep full precision where differences of log-gamma values would lose it.
enum SaddlePoint {
    /// `log(n!) - log(sqrt(2 pi n) (n/e)^n)`, for n > 0 (not necessarily whole).
    static func stirlingError(_ n: Double) -> Double {
        if n < 16 {
            return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * Double.pi)
        }
        let square = n * n
        let tail = 1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360_360 / square) / square) / square
        return (1.0 / 12 - (1.0 / 360 - tail / square) / square) / n
    }

    /// The deviance term `x log(x / m) + m - x`, without cancellation when x is close to m.
    static func deviance(_ x: Double, _ m: Double) -> Double {
        if x == 0 { return m }
        let v = (x - m) / (x + m)
        guard abs(v) < 0.1 else { return x * log(x / m) + m - x }
        var sum = (x - m) * v
        var term = 2 * x * v
        for j in 1..<1000 {
            term *= v * v
            let next = sum + term / Double(2 * j + 1)
            if next == sum { break }
            sum = next
        }
        return sum
    }

    /// `Gamma(n+1) / (Gamma(x+1) Gamma(n-x+1)) p^x q^(n-x)`, the binomial density continued to real x and n; q is 1 -
    /// p.
    static func binomialDensity(_ x: Double, _ n: Double, _ p: Double, _ q: Double) -> Double {
        if p <= 0 { return x == 0 ? 1 : 0 }
        if q <= 0 { return x == n ? 1 : 0 }
        if x == 0 { return exp(n * (p < 0.1 ? log1p(-p) : log(q))) }
        if x == n { return exp(n * (q < 0.1 ? log1p(-q) : log(p))) }
        let exponent =
            stirlingError(n) - stirlingError(x) - stirlingError(n - x)
            - deviance(x, n * p) - deviance(n - x, n * q)
        return exp(exponent) * sqrt(n / (2 * Double.pi * x * (n - x)))
    }

    /// `m^x e^-m / Gamma(x+1)`, the Poisson density continued to real x > 0.
    static func poissonDensity(_ x: Double, mean m: Double) -> Double {
        exp(-stirlingError(x) - deviance(x, m)) / sqrt(2 * Double.pi * x)
    }
}
