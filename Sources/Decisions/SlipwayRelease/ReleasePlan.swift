package import SlipwayDomain

/// How traffic moves to a new version.
package enum ReleaseStrategy: String, Codable, Sendable, CaseIterable {
    /// A growing share of live requests goes to the candidate.
    case canary
    /// The candidate scores copies of live requests and answers none.
    case shadow
    /// The candidate is judged on copies, then gets everything at once, with the stable version kept warm.
    case blueGreen = "blue-green"
    /// A fixed share of the keys goes to the candidate until one version has won.
    case ab
}

/// Why a release happens.
package enum ReleaseKind: String, Codable, Sendable, CaseIterable {
    /// A new version is brought in.
    case change
    /// An earlier version is brought back.
    case rollback
}

/// Everything that was fixed before a release began; it never changes while the release runs.
package struct ReleasePlan: Codable, Hashable, Sendable {
    /// The name of the release, and the salt of its traffic split.
    package let release: ReleaseID
    /// The model whose version changes.
    package let model: String
    /// Where it changes.
    package let environment: String
    /// The version that is to get the traffic.
    package let candidate: Int
    /// The version that has the traffic now; nil for the first release into an environment.
    package let stable: Int?
    /// The ledger entry of the decision that allows `candidate` here; a release without one cannot be written down.
    package let decision: EntryID
    /// How traffic moves.
    package let strategy: ReleaseStrategy
    /// Why it moves.
    package let kind: ReleaseKind
    /// The candidate's share of the traffic in percent, step by step, ending in 100.
    ///
    /// It grows, with two exceptions: a step of 0 percent comes first where copies are judged before anything is
    /// answered, and a blue/green release has a second step of 100 percent, so that the first one is judged.
    package let steps: [Int]
    /// What is judged at each step below 100 percent.
    package let analysis: [AnalysisRule]
    /// The greatest probability that a healthy candidate is failed, over all rules, steps and looks together.
    package let alpha: Double
    /// What a step must have seen before it may pass.
    package let demands: AnalysisDemands
    /// How long a step may stay undecided.
    package let stepDeadline: Span
    /// What is done with each verdict.
    package let policy: VerdictPolicy
    /// What every strategy may have beside its steps.
    package let controls: ReleaseControls

    /// Checks and fixes a plan.
    ///
    /// With no stable version there is nobody to take the rest of the traffic, and a rollback must not wait while
    /// harm goes on: in both cases the only step is 100 percent, whatever `steps` says.
    package init(
        release: ReleaseID,
        model: String,
        environment: String,
        candidate: Int,
        stable: Int?,
        decision: EntryID,
        strategy: ReleaseStrategy = .canary,
        kind: ReleaseKind = .change,
        steps: [Int],
        analysis: [AnalysisRule] = [],
        alpha: Double = 0.05,
        demands: AnalysisDemands = AnalysisDemands(),
        stepDeadline: Span = .hours(24),
        policy: VerdictPolicy = VerdictPolicy(),
        controls: ReleaseControls = ReleaseControls()
    ) throws(ReleaseError) {
        self.release = release
        self.model = model
        self.environment = environment
        self.candidate = candidate
        self.stable = stable
        self.decision = decision
        self.strategy = strategy
        self.kind = kind
        self.steps = stable == nil || kind == .rollback ? [100] : steps
        self.analysis = analysis
        self.alpha = alpha
        self.demands = demands
        self.stepDeadline = stepDeadline
        self.policy = policy
        self.controls = stable == nil || kind == .rollback ? controls.straight(lastStep: steps.count - 1) : controls
        try check()
    }

    /// The candidate's share at step `index`; 0 for a step that does not exist.
    package func percent(atStep index: Int) -> Int { steps.indices.contains(index) ? steps[index] : 0 }

    /// The part of `alpha` that one rule may spend at one step: Bonferroni's union bound over rules and judged steps.
    ///
    /// The comparison of an A/B release takes the share of one more rule.
    package var alphaShare: Double {
        let rules = analysis.count + (controls.comparison == nil ? 0 : 1)
        return alpha / Double(max(1, rules * (steps.count - 1)))
    }

    private static let longestSpan = Span.days(3650)

    private func check() throws(ReleaseError) {
        guard !decision.text.isEmpty else {
            throw .invalidPlan("a release needs the ledger entry of the decision that allows it: run `slipway check`")
        }
        guard candidate > 0, (stable ?? 1) > 0 else { throw .invalidPlan("versions are numbered from 1") }
        guard stable != candidate else {
            throw .invalidPlan("version \(candidate) of \(model) already has the traffic: choose another version")
        }
        try checkSteps()
        try controls.check(steps: steps, stepDeadline: stepDeadline)
        guard alpha > 0, alpha <= 0.5 else {
            throw .invalidPlan("alpha is the accepted risk of a false rollback: write a number over 0 and up to 0.5")
        }
        guard stepDeadline > demands.duration, stepDeadline <= ReleasePlan.longestSpan else {
            throw .invalidPlan(
                "the step deadline (\(stepDeadline)) must be longer than the step's minimum duration "
                    + "(\(demands.duration)) and at most ten years"
            )
        }
        try policy.check()
        let signatures = analysis.map(\.signature)
        guard Set(signatures).count == signatures.count else {
            throw .invalidPlan("a metric may have one rule with max and one against stable: remove the second")
        }
    }
}

extension ReleasePlan {
    /// Whether the release goes straight to all traffic.
    package var isStraight: Bool { stable == nil || kind == .rollback }

    /// Whether one version scores copies at a step instead of answering requests.
    package func isMirrored(step index: Int) -> Bool {
        let percent = percent(atStep: index)
        return stable != nil && index < steps.count - 1 && (percent == 0 || percent == 100)
    }

    private func checkSteps() throws(ReleaseError) {
        if isStraight { return }
        func grows(_ part: ArraySlice<Int>) -> Bool {
            part.last == 100 && (part.first ?? 0) > 0 && zip(part, part.dropFirst()).allSatisfy { $0 < $1 }
        }
        switch strategy {
        case .canary:
            guard grows(steps[...]) else {
                throw .invalidPlan("release steps are percentages that grow and end in 100, such as [5, 25, 50, 100]")
            }
        case .shadow:
            guard steps.first == 0, grows(steps.dropFirst()) else {
                throw .invalidPlan("a shadow release begins at 0 percent and ends at 100, such as [0, 100]")
            }
        case .blueGreen:
            guard steps == [0, 100, 100] else {
                throw .invalidPlan("a blue/green release has the steps [0, 100, 100]: before, after and the end")
            }
        case .ab:
            guard steps.count == 2, grows(steps[...]), controls.comparison != nil else {
                throw .invalidPlan("an A/B release has one share, such as [50, 100], and a metric to compare by")
            }
        }
    }

    /// Reads a plan with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            release: members.decode(ReleaseID.self, forKey: .release),
            model: members.decode(String.self, forKey: .model),
            environment: members.decode(String.self, forKey: .environment),
            candidate: members.decode(Int.self, forKey: .candidate),
            stable: members.decodeIfPresent(Int.self, forKey: .stable),
            decision: members.decode(EntryID.self, forKey: .decision),
            strategy: members.decode(ReleaseStrategy.self, forKey: .strategy),
            kind: members.decode(ReleaseKind.self, forKey: .kind),
            steps: members.decode([Int].self, forKey: .steps),
            analysis: members.decode([AnalysisRule].self, forKey: .analysis),
            alpha: members.decode(Double.self, forKey: .alpha),
            demands: members.decode(AnalysisDemands.self, forKey: .demands),
            stepDeadline: members.decode(Span.self, forKey: .stepDeadline),
            policy: members.decode(VerdictPolicy.self, forKey: .policy),
            controls: members.decodeIfPresent(ReleaseControls.self, forKey: .controls) ?? ReleaseControls()
        )
    }
}
