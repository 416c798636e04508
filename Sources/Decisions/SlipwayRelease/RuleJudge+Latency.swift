internal import SlipwayStatistics

/// Latency: the share of requests slower than a limit, or a confidence sequence for a percentile of each arm.
///
/// A percentile is above x exactly if more than the percentile's complement of requests are slower than x, so bounds for
/// a share at each edge of the histogram are bounds for the percentile; by monotony one edge decides, and no further
/// correction is needed (Howard and Ramdas 2022, "Sequential estimation of quantiles with applications to A/B testing
/// and best-arm identification", Bernoulli 28(3), section 3).
extension RuleJudge {
    func latencyFinding(_ percentile: Int) -> RuleFinding {
        let mine = (details.latency ?? []).first { $0.percentile == percentile && $0.max == rule.max }
        let blocks = mine?.blocks ?? []
        guard rule.against == .stable else { return slowFinding(mine, blocks) }
        var finding = RuleFinding()
        guard let candidate = details.candidateLatencies, let stable = details.stableLatencies else { return finding }
        let rank = Double(percentile) / 100
        finding.candidate = candidate.quantile(rank)
        finding.stable = stable.quantile(rank)
        finding.count = Int(min(candidate.count, stable.count))
        let effects = [false, true].map {
            DesignEffect.ofShare(blocks, ofStable: $0, isDeclared: isDeclared)
        }
        finding.effect = effects.max()
        guard candidate.count > 0, stable.count > 0 else { return finding }
        let here = candidate.quantileBounds(rank, alpha: alpha / 2, effect: effects[0])
        let there = stable.quantileBounds(rank, alpha: alpha / 2, effect: effects[1])
        finding.test = .bounds(lower: here.lower - there.upper, upper: here.upper - there.lower)
        return finding
    }

    private func slowFinding(_ mine: LatencyEvidence?, _ blocks: [BlockMoments]) -> RuleFinding {
        let effect = DesignEffect.ofShare(blocks, isDeclared: isDeclared)
        let count = evidence.candidate.requests
        guard let mine, count > 0 else { return RuleFinding() }
        let test = ShareTest(hits: Double(mine.candidateSlow), count: Double(count), effect: effect)
        var finding = RuleFinding(candidate: test.share, count: count, effect: effect, test: .share(test))
        if case .latency(let percentile) = rule.metric,
            let measured = details.candidateLatencies?.quantile(Double(percentile) / 100)
        {
            finding.note = "the percentile itself is \(Percent.plain(measured)) ms"
        }
        return finding
    }
}
