internal import Glibc
package import SlipwayDomain
internal import SlipwayStatistics

/// How long a step has to last before it can prove something: told before a release starts.
///
/// For the comparison with stable every bet of `ArmDifference` is a walk with a drift and a spread for each request; the
/// power is the probability that the walk is over the line of 1 / alpha, read from the normal distribution. For shares
/// the line is met by the expected evidence less the spread that the power asks for. Both are approximations that the
/// tests hold against simulations; dependent requests take as many times longer as one of them counts less.
package enum ReleasePower {
    /// Traffic as it is expected.
    package struct Traffic: Hashable, Sendable {
        /// Requests a second to the endpoint, both arms together.
        package let rate: Double
        /// The share of errors (or of slow or different answers) that is usual.
        package let usual: Double

        package init(rate: Double, usual: Double) {
            self.rate = rate
            self.usual = usual
        }
    }

    /// The probability with which the told time is enough.
    package static let power = 0.8
    /// Longer than this is never.
    static let mostRequests = 1e12

    /// How long until a candidate whose share is `excess` over the usual one is failed by `rule`; nil for never, as when
    /// the limit allows it.
    package static func timeToFail(
        _ rule: AnalysisRule,
        excess: Double,
        traffic: Traffic,
        percent: Int,
        alphaShare: Double
    ) -> Span? {
        let bad = min(1, traffic.usual + excess)
        return span(rule, candidate: bad, isFailing: true, traffic, percent, alphaShare)
    }

    /// How long until a candidate that is no worse than usual passes `rule`; nil for never.
    package static func timeToPass(
        _ rule: AnalysisRule,
        traffic: Traffic,
        percent: Int,
        alphaShare: Double
    ) -> Span? {
        span(rule, candidate: traffic.usual, isFailing: false, traffic, percent, alphaShare)
    }

    private static func span(
        _ rule: AnalysisRule,
        candidate: Double,
        isFailing: Bool,
        _ traffic: Traffic,
        _ percent: Int,
        _ alpha: Double
    ) -> Span? {
        guard traffic.rate > 0, (0...100).contains(percent), untold(rule) == nil else { return nil }
        let requests = requests(rule, candidate, traffic.usual, isFailing, percent: percent, alpha)
        guard let requests, requests < mostRequests else { return nil }
        let milliseconds = (requests / traffic.rate * 1000).rounded(.up)
        guard milliseconds < 3.2e13 else { return nil }
        // Labels come late, and nothing is judged by them before.
        return Span(milliseconds: Int64(milliseconds) + (rule.delay?.milliseconds ?? 0))
    }

    static func shareRequests(_ real: Double, limit: Double, isFailing: Bool, alpha: Double) -> Double? {
        guard isFailing ? real > limit : real < limit else { return nil }
        let p = min(max(real, 1e-9), 1 - 1e-9)
        let slope = log(p * (1 - limit) / (limit * (1 - p)))
        let spread = NormalDistribution.quantile(power) * abs(slope) * (p * (1 - p)).squareRoot()
        func isEnough(_ n: Double) -> Bool {
            BetaMixture.logEvidence(sum: n * real, count: n, against: limit) - spread * n.squareRoot() >= -log(alpha)
        }
        var n = 1.0
        while !isEnough(n) {
            n *= 1.05
            if n > mostRequests { return nil }
        }
        return n.rounded(.up)
    }
}
