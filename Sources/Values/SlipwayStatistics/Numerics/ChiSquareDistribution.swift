import Glibc

/// The chi-square distribution, by the regularised incomplete gamma function.
package enum ChiSquareDistribution {
    /// P(X > x) for the given degrees of freedom.
    package static func survival(_ x: Double, degreesOfFreedom: Double) -> Double {
        guard !x.isNaN, degreesOfFreedom > 0 else { return .nan }
        guard x > 0 else { return 1 }
        guard x.isFinite else { return 0 }
        let a = degreesOfFreedom / 2
        let half = x / 2
        return half < a + 1 ? 1 - lowerSeries(a, half) : upperFraction(a, half)
    }

    /// The x with P(X <= x) = probability: bisection on the distribution function.
    package static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
        guard probability > 0 else { return 0 }
        guard probability < 1 else { return .infinity }
        var low = 0.0
        var high = max(1, degreesOfFreedom)
        while 1 - survival(high, degreesOfFreedom: degreesOfFreedom) < probability { high *= 2 }
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { break }
            if survival(middle, degreesOfFreedom: degreesOfFreedom) > 1 - probability {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }

    /// P(a, x) = x^a e^-x / Gamma(a+1) * (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...): DLMF 8.11.4.
    private static func lowerSeries(_ a: Double, _ x: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        var k = a
        repeat {
            k += 1
            term *= x / k
            sum += term
        } while term > sum * 1e-17
        return min(1, SaddlePoint.poissonDensity(a, mean: x) * sum)
    }

    /// Q(a, x) by the continued fraction of DLMF 8.9.2, evaluated with Lentz's method.
    private static func upperFraction(_ a: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / (b == 0 ? tiny : b)
        var h = d
        for i in 1..<100_000 {
            let numerator = -Double(i) * (Double(i) - a)
            b += 2
            d = numerator * d + b
            if abs(d) < tiny { d = tiny }
            c = b + numerator / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            let factor = d * c
            h *= factor
            if abs(factor - 1) < 1e-16 { break }
        }
        return min(1, SaddlePoint.poissonDensity(a, mean: x) * a * h)
    }
}
