internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease

extension ReleasePlan {
    /// A plan by the rules of a manifest; `owners` may not approve its steps.
    init(
        release: ReleaseID,
        rules: ReleaseRules,
        model: String,
        environment: ReleaseEnvironment,
        candidate: Int,
        stable: Int?,
        decision: EntryID,
        owners: [String]
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
            analysis: rules.analysis.map(Self.rule),
            demands: AnalysisDemands(
                requests: rules.minRequests ?? standard.requests,
                duration: rules.stepDuration ?? standard.duration
            ),
            stepDeadline: rules.deadline ?? .hours(24),
            policy: VerdictPolicy(rules.onVerdict),
            controls: ReleaseControls(rules, owners: owners)
        )
    }

    private static func rule(_ rule: SlipwayPolicy.AnalysisRule) throws -> SlipwayRelease.AnalysisRule {
        guard let metric = AnalysisMetric(rawValue: rule.metric.rawValue) else {
            throw ServiceError.invalid("a release cannot be judged by \(rule.metric.rawValue)")
        }
        switch rule.test {
        case .maxIncrease(let increase):
            return try SlipwayRelease.AnalysisRule(metric: metric, against: .stable, maxIncrease: increase)
        case .max(let max):
            return try SlipwayRelease.AnalysisRule(metric: metric, max: max)
        }
    }
}
