internal import SlipwayStatistics

/// What each rule's test needs, in requests to the endpoint.
extension ReleasePower {
    /// Why nothing can be told of a rule before there is traffic; nil when something can.
    static func untold(_ rule: AnalysisRule) -> String? {
        switch rule.metric {
        case .prometheus: "\(RuleJudge.answersInARow) answers in a row decide, whenever they come"
        case .latency where rule.against == .stable: "how far latencies spread is not known beforehand"
        case .disagreement where rule.slice != nil:
            "how rare the rarest value of \(rule.slice ?? "") is, is not known beforehand"
        default: nil
        }
    }

    /// The usual share where nothing was measured: none, or half of what the limit allows.
    static func assumed(_ rule: AnalysisRule) -> Double {
        switch (rule.metric, rule.against) {
        case (.accuracy, .some): 0.2
        case (_, .some), (.scoreDrift, _): 0
        default: rule.limit / 2
        }
    }

    /// How far over the usual share a version lies that exceeds the limit by a point.
    static func harm(_ rule: AnalysisRule, usual: Double) -> Double {
        rule.against == .stable
            ? rule.limit + ReleaseForecast.point : max(rule.limit - usual, 0) + ReleaseForecast.point
    }

    static func requests(
        _ rule: AnalysisRule,
        _ candidate: Double,
        _ usual: Double,
        _ isFailing: Bool,
        percent: Int,
        _ alpha: Double
    ) -> Double? {
        // At 0 and at 100 percent the other version scores copies, so that both see every request.
        let share = percent == 0 || percent == 100 ? nil : Double(percent) / 100
        switch (rule.metric, rule.against) {
        case (.errorRate, .some), (.accuracy, .some):
            guard let share else {
                return separateRequests(candidate, usual, limit: rule.limit, isFailing: isFailing, alpha: alpha)
            }
            return ArmDifference.requests(
                candidate: candidate,
                stable: usual,
                share: share,
                limit: rule.limit,
                isAbove: isFailing,
                alpha: alpha,
                power: power
            )
        case (.scoreDrift, _): return bandRequests(candidate, limit: rule.limit, isFailing: isFailing, alpha: alpha)
        case (.disagreement, _), (.scoreDistance, _):
            return shareRequests(candidate, limit: rule.limit, isFailing: isFailing, alpha: alpha)
        default:
            let own = shareRequests(candidate, limit: rule.limit, isFailing: isFailing, alpha: alpha)
            return own.map { $0 / (share ?? 1) }
        }
    }

    /// Two samples of the same size, their confidence sequences joined by the union bound.
    private static func separateRequests(
        _ candidate: Double,
        _ stable: Double,
        limit: Double,
        isFailing: Bool,
        alpha: Double
    ) -> Double? {
        let gap = candidate - stable
        guard isFailing ? gap > limit : gap < limit else { return nil }
        let variance = candidate * (1 - candidate) + stable * (1 - stable)
        let z = NormalDistribution.quantile(power)
        return first { n in
            let here = BetaMixture.interval(sum: n * candidate, count: n, alpha: alpha / 2)
            let there = BetaMixture.interval(sum: n * stable, count: n, alpha: alpha / 2)
            let spread = z * (variance / n).squareRoot()
            return isFailing
                ? here.lowerBound - there.upperBound - spread > limit
                : here.upperBound - there.lowerBound + spread <= limit
        }
    }

    /// Two distribution bands; the observed distance spreads by at most 1 / sqrt(2 n).
    private static func bandRequests(_ real: Double, limit: Double, isFailing: Bool, alpha: Double) -> Double? {
        guard isFailing ? real > limit : real < limit else { return nil }
        let z = NormalDistribution.quantile(power)
        return first { n in
            let width = 2 * DistributionBand.width(count: n, alpha: alpha / 2) + z / (2 * n).squareRoot()
            return isFailing ? real - width > limit : real + width <= limit
        }
    }

    /// The first number of a geometric sequence at which something holds.
    private static func first(_ holds: (Double) -> Bool) -> Double? {
        var n = 1.0
        while n <= mostRequests {
            if holds(n) { return n.rounded(.up) }
            n *= 1.02
        }
        return nil
    }
}
