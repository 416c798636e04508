import Glibc

/// Student's t distribution, by the regularised incomplete beta function.
package enum StudentDistribution {
    /// P(|T| > |t|) for the given degrees of freedom.
    package static func twoSidedSurvival(_ t: Double, degreesOfFreedom: Double) -> Double {
        guard !t.isNaN, degreesOfFreedom > 0 else { return .nan }
        let square = t * t
        guard square.isFinite else { return 0 }
        let total = degreesOfFreedom + square
        return incompleteBeta(degreesOfFreedom / total, square / total, degreesOfFreedom / 2, 0.5)
    }

    /// I_x(a, b), with y = 1 - x given separately so that neither end loses digits (DLMF 8.17).
    static func incompleteBeta(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if y <= 0 { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(y, x, b, a) }
        let front = SaddlePoint.binomialDensity(a, a + b, x, y) * b / (a + b)
        return min(1, front * fraction(x, a, b))
    }

    /// The continued fraction of DLMF 8.17.22, evaluated with Lentz's method.
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        if abs(d) < tiny { d = tiny }
        d = 1 / d
        var h = d
        for i in 1..<100_000 {
            let m = Double(i)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            var factor = 1.0
            for numerator in [even, odd] {
                d = 1 + numerator * d
                if abs(d) < tiny { d = tiny }
                c = 1 + numerator / c
                if abs(c) < tiny { c = tiny }
                d = 1 / d
                factor = d * c
                h *= factor
            }
            if abs(factor - 1) < 1e-16 { break }
        }
        return h
    }
}
