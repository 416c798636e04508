internal import SlipwayPolicy
internal import SlipwayRelease

extension ReleaseRules.Strategy {
    var planned: ReleaseStrategy {
        switch self {
        case .canary: .canary
        case .shadow: .shadow
        case .blueGreen: .blueGreen
        case .ab: .ab
        }
    }
}

extension ReleaseRules {
    /// The manifest's steps as the planner takes them: copies are judged at a step of 0 percent.
    var plannedSteps: [Int] {
        switch strategy {
        case .canary, .ab: steps
        case .shadow: [0] + steps
        case .blueGreen: [0, 100, 100]
        }
    }

    /// The share of requests that both versions score: of all where one of them answers nobody, and else only when a rule
    /// rests on pairs, because a copy costs as much as an answer.
    var mirroredPercent: Int {
        switch strategy {
        case .shadow: shadow?.sample ?? 100
        case .blueGreen: 100
        case .canary, .ab: analysis.contains(where: \.metric.isPaired) ? 100 : 0
        }
    }

    /// How many steps the planner puts before the manifest's first.
    var stepsBefore: Int { strategy == .shadow ? 1 : 0 }
}

extension VerdictPolicy {
    init(_ rules: VerdictRules?) {
        let standard = VerdictPolicy()
        self.init(
            pass: rules?.pass?.planned ?? standard.pass,
            fail: rules?.fail?.planned ?? standard.fail,
            inconclusive: rules?.inconclusive?.planned ?? standard.inconclusive,
            notEnoughData: rules?.notEnoughData?.planned ?? standard.notEnoughData,
            extensions: rules?.extensions ?? standard.extensions
        )
    }
}

extension VerdictRules.Action {
    fileprivate var planned: VerdictAction {
        switch self {
        case .goOn: .proceed
        case .rollBack: .rollBack
        case .ask: .hold
        case .wait: .wait
        case .extend: .extend
        }
    }
}

extension ReleaseControls {
    init(_ rules: ReleaseRules, owners: [String]) {
        var stops = rules.stepRules.enumerated().compactMap { index, step in
            ReleaseStop(rule: step, step: index + rules.stepsBefore, roles: rules.approvers ?? [:])
        }
        if rules.strategy == .blueGreen { stops = [] }
        if rules.strategy == .shadow, rules.shadow?.then != .promote {
            stops.append(ReleaseStop(step: 0, waitsForPerson: true))
        }
        let standard = BudgetPolicy()
        self.init(
            stops: stops,
            windows: rules.windows ?? [],
            progressDeadline: rules.progressDeadline,
            budget: BudgetPolicy(
                slowBelow: rules.budget?.slowBelow ?? standard.slowBelow,
                freezeBelow: rules.budget?.freezeBelow ?? standard.freezeBelow
            ),
            mirrorPercent: rules.mirroredPercent,
            candidateQueue: rules.limits?.queue ?? ReleaseControls.standardQueue,
            exclusions: TrafficExclusions(
                userAgents: rules.exclude?.userAgents ?? [],
                headers: rules.exclude?.headers ?? [:]
            ),
            owners: owners,
            comparison: rules.ab.map(ComparisonRule.init(_:)),
            block: rules.block
        )
    }
}

extension ReleaseStop {
    /// What a step's rule holds the release up by; nil when it is a plain number.
    fileprivate init?(rule: ReleaseStepRule, step: Int, roles: [String: [String]]) {
        if rule.pause == nil && rule.approve == nil { return nil }
        let approval = rule.approve.map { StepApprover(role: $0, people: roles[$0]) }
        switch rule.pause {
        case .time(let span): self.init(step: step, pause: span, approval: approval)
        case .person: self.init(step: step, waitsForPerson: true, approval: approval)
        case nil: self.init(step: step, approval: approval)
        }
    }
}

extension ComparisonRule {
    fileprivate init(_ rules: ComparisonRules) {
        self.init(
            metric: rules.metric == .errorRate ? .errorRate : .labelRate,
            goal: rules.goal == .lower ? .lower : .higher,
            maxObservations: rules.maxObservations,
            undecided: rules.undecided?.planned ?? .rollBack,
            asksPerson: rules.confirm ?? false
        )
    }
}
