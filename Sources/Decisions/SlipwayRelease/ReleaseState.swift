package import SlipwayDomain

/// Where a release stands.
package enum ReleasePhase: String, Codable, Sendable, CaseIterable {
    /// The candidate is being loaded.
    case preparing
    /// The candidate has a share of the traffic and is being judged.
    case progressing
    /// A person, or a verdict that needs one, has stopped the progress.
    case paused
    /// The candidate gets all traffic.
    case promoting
    /// The stable version gets all traffic back; nothing can change this any more.
    case rollingBack
    /// Over; nothing can change this any more.
    case finished
}

/// How a release ended.
package enum ReleaseOutcome: String, Codable, Sendable, CaseIterable {
    case promoted
    case rolledBack
    /// Rolled back because a person called the release off.
    case aborted
}

/// Everything that is known about a running release: one row in the store, written as canonical JSON.
package struct ReleaseState: Codable, Hashable, Sendable {
    /// What was fixed before the start.
    package let plan: ReleasePlan
    /// Grows by one with every change; 0 until the release starts.
    package internal(set) var revision: Int
    /// Where the release stands.
    package internal(set) var phase: ReleasePhase
    /// The current step; nil until the candidate is loaded.
    package internal(set) var stepIndex: Int?
    /// When the current step was decided; evidence from before does not count for it.
    package internal(set) var enteredStepAt: Instant?
    /// When the current step's weights were confirmed.
    package internal(set) var settledAt: Instant?
    /// When an undecided step is decided by the plan's policy.
    package internal(set) var deadlineAt: Instant?
    /// What was asked for and not yet answered; all of it is carried out again after a crash.
    package internal(set) var pendingEffects: [PendingEffect]
    /// The newest judgement of the current step.
    package internal(set) var lastVerdict: AnalysisVerdict?
    /// Set once the end is decided: while rolling back, and when finished.
    package internal(set) var outcome: ReleaseOutcome?
    /// Why the release is paused, rolling back or finished, as a sentence.
    package internal(set) var reason: String?
    /// The person who skipped the analysis.
    package internal(set) var promotedBy: String?
    /// When the release began; nil in a state stored before this was kept.
    package internal(set) var startedAt: Instant?
    /// When the current step was found good enough to go on; only a proven failure changes that.
    package internal(set) var passedAt: Instant?
    /// What the release waits for although the step is passed.
    package internal(set) var waiting: ReleaseWait?
    /// The step that a person let the release leave.
    package internal(set) var releasedStep: Int?
    /// The approvals of steps; nil when there are none.
    package internal(set) var approvals: [StepApproval]?
    /// How often the current step's deadline was put off.
    package internal(set) var extensions: Int?
    /// What was last told of the world around the release.
    package internal(set) var surroundings: ReleaseSurroundings?
    /// The newest comparison of an A/B release.
    package internal(set) var comparison: ComparisonVerdict?

    /// A release that was written down and not yet started.
    package init(_ plan: ReleasePlan) {
        self.plan = plan
        revision = 0
        phase = .preparing
        pendingEffects = []
    }

    /// Whether nothing can happen to the release any more.
    package var isTerminal: Bool { phase == .finished }

    /// The share of traffic that the candidate is meant to have now.
    package var candidatePercent: Int {
        switch phase {
        case .preparing, .rollingBack: 0
        case .progressing, .paused: stepIndex.map { plan.percent(atStep: $0) } ?? 0
        case .promoting: stepIndex == nil ? 0 : 100
        case .finished: outcome == .promoted ? 100 : 0
        }
    }
}
