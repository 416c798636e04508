internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease

extension ReleasePlan {
    /// A plan by the rules of a manifest; `owners` may not approve its steps, and labels come after `labelDelay` where a
    /// rule does not say otherwise.
    init(
        release: ReleaseID,
        rules: ReleaseRules,
        model: String,
        environment: ReleaseEnvironment,
        candidate: Int,
        stable: Int?,
        decision: EntryID,
        owners: [String],
        labelDelay: Span? = nil
    ) throws {
        let standard = AnalysisDemands()
        try self.init(
            release: release,
            model: model,
            environment: environment.rawValue,
            candidate: candidate,
            stable: stable,
            decision: decision,
            strategy: rules.strategy.planned,
            steps: rules.plannedSteps,
            analysis: rules.analysis.map { try Self.rule($0, labelDelay: labelDelay) },
            demands: AnalysisDemands(
                requests: rules.minRequests ?? standard.requests,
                duration: rules.stepDuration ?? standard.duration
            ),
            stepDeadline: rules.deadline ?? .hours(24),
            policy: VerdictPolicy(rules.onVerdict),
            controls: ReleaseControls(rules, owners: owners)
        )
    }

    private static func rule(_ rule: SlipwayPolicy.AnalysisRule, labelDelay: Span?) throws
        -> SlipwayRelease.AnalysisRule
    {
        guard let metric = AnalysisMetric(rawValue: rule.metric.rawValue) else {
            throw ServiceError.invalid("a release cannot be judged by \(rule.metric.rawValue)")
        }
        let isRelative = rule.isAgainstStable
        var (maxIncrease, max, maxDrop, min): (Double?, Double?, Double?, Double?)
        switch rule.test {
        case .maxIncrease(let value): maxIncrease = value
        case .max(let value): max = value
        case .maxDrop(let value): maxDrop = value
        case .min(let value): min = value
        }
        return try SlipwayRelease.AnalysisRule(
            metric: metric,
            against: isRelative ? .stable : nil,
            maxIncrease: maxIncrease,
            max: max,
            maxDrop: maxDrop,
            min: min,
            slice: rule.slice,
            delay: rule.metric == .accuracy ? rule.delay ?? labelDelay : nil,
            query: rule.query
        )
    }
}
