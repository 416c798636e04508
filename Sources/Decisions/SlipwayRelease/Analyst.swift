internal import SlipwayDomain
internal import SlipwayStatistics

/// Judges a step's evidence; a pure function, so that a verdict can be computed again from its record.
///
/// Every bound is valid at all numbers of looks at once (confidence sequences, betting), so the release may be judged as
/// often as one likes. A rule fails when it is proven to be over its limit and passes when it is proven to be within.
/// Each rule at each step gets an equal part of the plan's alpha (union bound), so a candidate that keeps all limits is
/// failed with a probability of at most alpha over the whole release. Evidence with details is weighed by how much the
/// requests depend on each other (`DesignEffect`); evidence from before there were details is judged as it was then.
package enum Analyst {
    /// Judges `evidence` by the rules, demands and alpha of `plan`.
    package static func judge(_ evidence: AnalysisEvidence, under plan: ReleasePlan) -> AnalysisVerdict {
        judge(rules: plan.analysis, evidence: evidence, demands: plan.demands, alphaShare: plan.alphaShare)
    }

    /// Judges `evidence`; each rule may falsely fail with probability `alphaShare`.
    package static func judge(
        rules: [AnalysisRule],
        evidence: AnalysisEvidence,
        demands: AnalysisDemands,
        alphaShare: Double
    ) -> AnalysisVerdict {
        var verdicts: [RuleVerdict] = []
        for rule in rules {
            verdicts.append(judge(rule, evidence, demands, alphaShare))
        }
        return AnalysisVerdict(
            overall: overall(verdicts, evidence, demands),
            rules: verdicts,
            evidence: evidence,
            demands: demands,
            alphaShare: alphaShare
        )
    }

    /// Whether any rule is proven to be broken: what `judge` calls a fail, at a fraction of its cost.
    package static func fails(
        rules: [AnalysisRule],
        evidence: AnalysisEvidence,
        demands: AnalysisDemands,
        alphaShare: Double
    ) -> Bool {
        guard let details = evidence.details else {
            return rules.contains { judge($0, evidence, demands, alphaShare).ruling == .fail }
        }
        return rules.contains {
            RuleJudge(rule: $0, evidence: evidence, details: details, demands: demands, alpha: alphaShare).isBroken
        }
    }

    private static func overall(
        _ verdicts: [RuleVerdict],
        _ evidence: AnalysisEvidence,
        _ demands: AnalysisDemands
    ) -> Ruling {
        if verdicts.contains(where: { $0.ruling == .fail }) { return .fail }
        let smallestArm = min(evidence.candidate.requests, evidence.stable?.requests ?? .max)
        if smallestArm < demands.requests || evidence.to - evidence.from < demands.duration { return .notEnoughData }
        for ruling in [Ruling.notEnoughData, .inconclusive] where verdicts.contains(where: { $0.ruling == ruling }) {
            return ruling
        }
        return .pass
    }

    private static func judge(
        _ rule: AnalysisRule,
        _ evidence: AnalysisEvidence,
        _ demands: AnalysisDemands,
        _ alpha: Double
    ) -> RuleVerdict {
        if let details = evidence.details {
            return RuleJudge(rule: rule, evidence: evidence, details: details, demands: demands, alpha: alpha)
                .verdict()
        }
        let candidate = evidence.candidate
        if rule.needsStable && evidence.stable == nil {
            return RuleVerdict(
                rule: rule,
                ruling: .notApplicable,
                candidate: nil,
                stable: nil,
                lower: 0,
                upper: 1,
                limit: rule.limit,
                count: 0
            )
        }
        let judged: Proportion
        switch rule.metric {
        case .errorRate: judged = Proportion(hits: candidate.errors, trials: candidate.requests)
        case .latency(95) where rule.against == nil:
            judged = Proportion(hits: candidate.slow, trials: candidate.requests)
        case .disagreement where rule.slice == nil:
            judged = Proportion(hits: evidence.disagreements, trials: evidence.pairs)
        default: judged = Proportion(hits: 0, trials: 0)
        }
        var count = judged.trials
        var (lower, upper) = (0.0, 1.0)
        var stableShare: Double?
        if rule.metric == .errorRate, rule.against == .stable, let stable = evidence.stable {
            // Both arms' intervals hold at once with probability 1 - alpha, and so does the interval of the difference.
            let baseline = Proportion(hits: stable.errors, trials: stable.requests)
            let (here, there) = (judged.bounds(alpha: alpha / 2), baseline.bounds(alpha: alpha / 2))
            (lower, upper) = (here.lower - there.upper, here.upper - there.lower)
            count = min(count, baseline.trials)
            stableShare = baseline.share
        } else {
            (lower, upper) = judged.bounds(alpha: alpha)
        }
        let isEnough = count >= demands.requests && evidence.to - evidence.from >= demands.duration
        return RuleVerdict(
            rule: rule,
            ruling: ruling(lower, upper, limit: rule.limit, isEnough: isEnough),
            candidate: judged.share,
            stable: stableShare,
            lower: lower,
            upper: upper,
            limit: rule.limit,
            count: count
        )
    }

    private static func ruling(_ lower: Double, _ upper: Double, limit: Double, isEnough: Bool) -> Ruling {
        if lower > limit { return .fail }
        if !isEnough { return .notEnoughData }
        return upper <= limit ? .pass : .inconclusive
    }
}

/// Hits among trials.
private struct Proportion {
    let hits: Int
    let trials: Int

    var share: Double? { trials > 0 ? Double(hits) / Double(trials) : nil }

    /// Bounds that hold at all looks together; the Jeffreys mixture is sharp for the rare events that are judged here.
    func bounds(alpha: Double) -> (lower: Double, upper: Double) {
        do {
            let interval = try BernoulliConfidenceSequence(
                successes: Int64(hits),
                trials: Int64(trials),
                alpha: alpha,
                priorSuccesses: 0.5,
                priorFailures: 0.5
            ).interval
            return (interval.lowerBound, interval.upperBound)
        } catch {
            // Evidence is checked when it is made, so only a damaged alpha gets here; it proves nothing.
            return (0, 1)
        }
    }
}
