internal import SlipwayDomain
internal import SlipwayStatistics

/// What the evidence says about one rule, before it is known whether there is enough of it.
struct RuleFinding {
    var candidate: Double?
    var stable: Double?
    var count = 0
    var effect: Double?
    /// What has to be known beside the numbers, e.g. the worst slice.
    var note: String?
    /// Nil when there is nothing to test yet.
    var test: RuleTest?
}

/// A statement about the rule's limit that can be proven or refuted.
enum RuleTest {
    case share(ShareTest)
    case gap(GapTest)
    /// Bounds that were computed at the rule's own alpha.
    case bounds(lower: Double, upper: Double)

    func isOver(_ limit: Double, alpha: Double) -> Bool {
        switch self {
        case .share(let test): test.isOver(limit, alpha: alpha)
        case .gap(let test): test.isOver(limit, alpha: alpha)
        case .bounds(let lower, _): lower > limit
        }
    }

    func isWithin(_ limit: Double, alpha: Double) -> Bool {
        switch self {
        case .share(let test): test.isWithin(limit, alpha: alpha)
        case .gap(let test): test.isWithin(limit, alpha: alpha)
        case .bounds(_, let upper): upper <= limit
        }
    }

    func bounds(alpha: Double) -> (lower: Double, upper: Double) {
        switch self {
        case .share(let test): test.bounds(alpha: alpha)
        case .gap(let test): test.bounds(alpha: alpha)
        case .bounds(let lower, let upper): (lower, upper)
        }
    }

    /// Evidence that the limit is broken, as a logarithm, where it is a single number.
    func logEvidence(_ limit: Double) -> Double? {
        switch self {
        case .share(let test): (test.share ?? 0) > limit ? test.logEvidence(limit) : 0
        case .gap(let test): test.logEvidence(limit)
        case .bounds: nil
        }
    }
}

/// Judges one rule by evidence that has details.
struct RuleJudge {
    let rule: AnalysisRule
    let evidence: AnalysisEvidence
    let details: EvidenceDetails
    let demands: AnalysisDemands
    let alpha: Double

    var isDeclared: Bool { details.block != nil }
    /// The probability that chance sends a request to the candidate; nil when it decides nothing.
    var share: Double? {
        guard let percent = details.percent, (1..<100).contains(percent) else { return nil }
        return Double(percent) / 100
    }

    /// Whether the rule is proven to be broken; the same as a verdict's `fail`, without the cost of its bounds.
    var isBroken: Bool {
        if isWithoutBaseline { return false }
        if rule.metric == .prometheus { return queryRuling().0 == .fail }
        return finding().test?.isOver(rule.limit, alpha: alpha) ?? false
    }

    func verdict() -> RuleVerdict {
        if isWithoutBaseline { return blank(.notApplicable) }
        if rule.metric == .prometheus { return queryVerdict() }
        let finding = finding()
        guard let test = finding.test else {
            return RuleVerdict(
                rule: rule,
                ruling: .notEnoughData,
                candidate: finding.candidate,
                stable: finding.stable,
                lower: 0,
                upper: 1,
                limit: rule.limit,
                count: finding.count,
                note: finding.note
            )
        }
        let (lower, upper) = test.bounds(alpha: alpha)
        return RuleVerdict(
            rule: rule,
            ruling: ruling(test, count: finding.count),
            candidate: finding.candidate,
            stable: finding.stable,
            lower: lower,
            upper: upper,
            limit: rule.limit,
            count: finding.count,
            effect: finding.effect,
            logEvidence: test.logEvidence(rule.limit),
            note: finding.note
        )
    }

    private var isWithoutBaseline: Bool { rule.needsStable && evidence.stable == nil }

    private func ruling(_ test: RuleTest, count: Int) -> Ruling {
        if test.isOver(rule.limit, alpha: alpha) { return .fail }
        let isEnough = count >= demands.requests && evidence.to - evidence.from >= demands.duration
        if !isEnough { return .notEnoughData }
        return test.isWithin(rule.limit, alpha: alpha) ? .pass : .inconclusive
    }

    func blank(_ ruling: Ruling) -> RuleVerdict {
        RuleVerdict(
            rule: rule,
            ruling: ruling,
            candidate: nil,
            stable: nil,
            lower: 0,
            upper: 1,
            limit: rule.limit,
            count: 0
        )
    }

    private func finding() -> RuleFinding {
        switch rule.metric {
        case .errorRate: errorFinding()
        case .latency(let percentile): latencyFinding(percentile)
        case .disagreement: disagreementFinding()
        case .scoreDistance: distanceFinding()
        case .scoreDrift: scoreDriftFinding()
        case .accuracy: accuracyFinding()
        case .prometheus: RuleFinding()
        }
    }

    // MARK: Errors

    private func errorFinding() -> RuleFinding {
        let blocks = details.errors ?? []
        let crowding = details.keys?.effect ?? 1
        let candidate = evidence.candidate
        guard rule.against == .stable, let stable = evidence.stable else {
            let effect = max(crowding, DesignEffect.ofShare(blocks, isDeclared: isDeclared))
            let test = ShareTest(hits: Double(candidate.errors), count: Double(candidate.requests), effect: effect)
            return RuleFinding(
                candidate: test.share,
                count: candidate.requests,
                effect: effect,
                test: candidate.requests > 0 ? .share(test) : nil
            )
        }
        return gapFinding(
            ArmSums(
                candidate: Double(candidate.requests),
                candidateHits: Double(candidate.errors),
                stable: Double(stable.requests),
                stableHits: Double(stable.errors)
            ),
            blocks,
            crowding: crowding
        )
    }

    /// The difference of both arms' shares of hits.
    func gapFinding(_ sums: ArmSums, _ blocks: [BlockMoments], crowding: Double = 1) -> RuleFinding {
        var finding = RuleFinding()
        finding.candidate = sums.candidate > 0 ? sums.candidateHits / sums.candidate : nil
        finding.stable = sums.stable > 0 ? sums.stableHits / sums.stable : nil
        finding.count = Int(min(sums.candidate, sums.stable))
        guard sums.candidate > 0, sums.stable > 0 else { return finding }
        if let share, isSplit(sums, share) {
            let effect = max(crowding, DesignEffect.ofDifference(blocks, share: share, isDeclared: isDeclared))
            finding.effect = effect
            let arms = ArmDifference(
                candidateHits: sums.candidateHits,
                stableHits: sums.stableHits,
                requests: sums.observations,
                share: share,
                weight: 1 / effect
            )
            finding.test = arms.map { .gap(.assigned($0)) }
            return finding
        }
        let effects = [Arm.candidate, .stable].map {
            max(crowding, DesignEffect.ofShare(blocks, ofStable: $0 == .stable, isDeclared: isDeclared))
        }
        finding.effect = effects.max()
        if share != nil { finding.note = "the arms' sizes are not what the split gives: compared as two samples" }
        finding.test = .gap(
            .separate(
                ShareTest(hits: sums.candidateHits, count: sums.candidate, effect: effects[0]),
                ShareTest(hits: sums.stableHits, count: sums.stable, effect: effects[1])
            )
        )
        return finding
    }

    /// Whether chance may have split the requests so; where something else decided too, such as a full queue, the split
    /// is no ground to stand on.
    private func isSplit(_ sums: ArmSums, _ share: Double) -> Bool {
        let split = ShareTest(hits: sums.candidate, count: sums.observations, effect: 1)
        return split.logEvidence(share) < RuleJudge.splitEvidence
    }

    /// The evidence of one in a thousand.
    private static let splitEvidence = 6.907_755_278_982_137
}
