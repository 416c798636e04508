/// The answer of an analysis.
package enum Ruling: String, Codable, Sendable, CaseIterable {
    /// Proven to be within the limit.
    case pass
    /// Proven to be beyond the limit.
    case fail
    /// Enough traffic, but neither side is proven.
    case inconclusive
    /// Too few requests or too short a time to let anything pass.
    case notEnoughData
    /// The rule compares with a stable version and there is none; never the answer of a whole analysis.
    case notApplicable
}

/// What one rule says about the evidence, with every number that it rests on.
package struct RuleVerdict: Codable, Hashable, Sendable {
    /// The rule that was applied.
    package let rule: AnalysisRule
    /// What the rule says.
    package let ruling: Ruling
    /// The observed share in the candidate's arm (of pairs, for disagreement); nil with no requests.
    package let candidate: Double?
    /// The observed share in the stable arm, where the rule compares with it.
    package let stable: Double?
    /// The lower confidence bound of the judged share or difference, valid at any number of looks.
    package let lower: Double
    /// The upper confidence bound.
    package let upper: Double
    /// The limit that the bounds are held against.
    package let limit: Double
    /// How many observations the judgement has: the smaller arm's requests, or the pairs.
    package let count: Int
    /// With how many dependent observations one independent one was replaced; nil in verdicts from before it was measured.
    package let effect: Double?
    /// The logarithm of the evidence that the limit is broken (it is proven at the logarithm of 1 / alpha), where the
    /// test has such a number.
    package let logEvidence: Double?
    /// What has to be known beside the numbers.
    package let note: String?

    /// Made by `Analyst`.
    package init(
        rule: AnalysisRule,
        ruling: Ruling,
        candidate: Double?,
        stable: Double?,
        lower: Double,
        upper: Double,
        limit: Double,
        count: Int,
        effect: Double? = nil,
        logEvidence: Double? = nil,
        note: String? = nil
    ) {
        self.rule = rule
        self.ruling = ruling
        self.candidate = candidate
        self.stable = stable
        self.lower = lower
        self.upper = upper
        self.limit = limit
        self.count = count
        self.effect = effect
        self.logEvidence = logEvidence
        self.note = note
    }

    private enum CodingKeys: String, CodingKey {
        case ruling = "verdict"
        case count = "n"
        case rule, candidate, stable, lower, upper, limit, effect, logEvidence, note
    }
}

/// The judgement of one look at a step, complete enough to be computed again.
package struct AnalysisVerdict: Codable, Hashable, Sendable {
    /// The worst of the rules' rulings.
    package let overall: Ruling
    /// What each rule says, in the order of the plan.
    package let rules: [RuleVerdict]
    /// The counts that were judged.
    package let evidence: AnalysisEvidence
    /// What had to be seen before a pass.
    package let demands: AnalysisDemands
    /// The risk of a false failure that each rule was given.
    package let alphaShare: Double
    /// What the looks before found, for pictures; nothing is judged by it. Nil in a verdict that is the first.
    package let looks: [AnalysisLook]?

    /// Made by `Analyst`.
    package init(
        overall: Ruling,
        rules: [RuleVerdict],
        evidence: AnalysisEvidence,
        demands: AnalysisDemands,
        alphaShare: Double,
        looks: [AnalysisLook]? = nil
    ) {
        self.overall = overall
        self.rules = rules
        self.evidence = evidence
        self.demands = demands
        self.alphaShare = alphaShare
        self.looks = looks
    }

    private enum CodingKeys: String, CodingKey {
        case overall = "verdict"
        case rules = "metrics"
        case evidence, demands, alphaShare, looks
    }

    /// The step that was judged.
    package var step: Int { evidence.step }

    /// The same judgement made again from its own evidence; it differs only if the record was changed.
    package var recomputed: AnalysisVerdict {
        Analyst.judge(rules: rules.map(\.rule), evidence: evidence, demands: demands, alphaShare: alphaShare)
            .with(looks)
    }

    /// The same judgement with other looks before it.
    func with(_ looks: [AnalysisLook]?) -> AnalysisVerdict {
        AnalysisVerdict(
            overall: overall,
            rules: rules,
            evidence: evidence,
            demands: demands,
            alphaShare: alphaShare,
            looks: looks
        )
    }
}
