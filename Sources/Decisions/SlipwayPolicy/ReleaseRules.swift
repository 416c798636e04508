package import SlipwayDomain

/// How a version is moved into an environment.
package struct ReleaseRules: Codable, Hashable, Sendable {
    package let strategy: Strategy
    /// Percentages of traffic, rising, the last one 100.
    package let stepRules: [ReleaseStepRule]
    package let analysis: [AnalysisRule]
    /// The least time that a step lasts; nil leaves it to the planner.
    package let stepDuration: Span?
    /// The least number of requests that a step's analysis needs; nil leaves it to the planner.
    package let minRequests: Int?
    /// The time after which a step without enough evidence ends the release; nil leaves it to the planner.
    package let deadline: Span?
    /// The time after which the whole release ends; nil for never.
    package let progressDeadline: Span?
    /// When the version's share may grow; nil for always.
    package let windows: [WeeklyWindow]?
    /// Who has which role at a step's approval.
    package let approvers: [String: [String]]?
    /// What is done with each verdict.
    package let onVerdict: VerdictRules?
    package let budget: BudgetRules?
    package let limits: LimitRules?
    package let exclude: ExclusionRules?
    package let shadow: ShadowRules?
    package let ab: ComparisonRules?
    /// The time within which requests may depend on each other; nil leaves it to what is measured.
    package let block: Span?

    /// The ways of releasing that exist.
    package enum Strategy: String, Codable, Hashable, Sendable, CaseIterable {
        case canary, shadow
        case blueGreen = "blue-green"
        case ab
    }

    /// What holds when a manifest has no `release`.
    package static let standard = ReleaseRules(
        steps: [5, 25, 50, 100],
        analysis: [AnalysisRule(metric: .errorRate, test: .maxIncrease(0.01))]
    )

    /// Percentages of traffic, without what holds the release up at them.
    package var steps: [Int] { stepRules.map(\.percent) }

    package init(
        strategy: Strategy = .canary,
        steps: [Int],
        analysis: [AnalysisRule],
        stepDuration: Span? = nil,
        minRequests: Int? = nil,
        deadline: Span? = nil
    ) {
        self.init(
            strategy: strategy,
            stepRules: steps.map { ReleaseStepRule(percent: $0) },
            analysis: analysis,
            stepDuration: stepDuration,
            minRequests: minRequests,
            deadline: deadline
        )
    }

    package init(
        strategy: Strategy,
        stepRules: [ReleaseStepRule],
        analysis: [AnalysisRule],
        stepDuration: Span?,
        minRequests: Int?,
        deadline: Span?,
        progressDeadline: Span? = nil,
        windows: [WeeklyWindow]? = nil,
        approvers: [String: [String]]? = nil,
        onVerdict: VerdictRules? = nil,
        budget: BudgetRules? = nil,
        limits: LimitRules? = nil,
        exclude: ExclusionRules? = nil,
        shadow: ShadowRules? = nil,
        ab: ComparisonRules? = nil,
        block: Span? = nil
    ) {
        self.strategy = strategy
        self.stepRules = stepRules
        self.analysis = analysis
        self.stepDuration = stepDuration
        self.minRequests = minRequests
        self.deadline = deadline
        self.progressDeadline = progressDeadline
        self.windows = windows
        self.approvers = approvers
        self.onVerdict = onVerdict
        self.budget = budget
        self.limits = limits
        self.exclude = exclude
        self.shadow = shadow
        self.ab = ab
        self.block = block
    }

    private enum CodingKeys: String, CodingKey {
        case strategy
        case stepRules = "steps"
        case analysis, stepDuration, minRequests, deadline, progressDeadline, windows, approvers, onVerdict, budget
        case limits, exclude, shadow, ab, block
    }
}
