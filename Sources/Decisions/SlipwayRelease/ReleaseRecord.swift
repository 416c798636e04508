package import SlipwayDomain

/// A ledger entry to be written in the transaction that stores a transition.
package struct ReleaseRecord: Hashable, Sendable {
    /// What happened.
    package enum Body: Hashable, Sendable {
        case started
        /// The candidate's share of the traffic was decided; 0 when it is taken out.
        case step(index: Int, percent: Int, by: String?)
        /// A judgement that something was decided by.
        case analysis(AnalysisVerdict)
        case paused(by: String, reason: String)
        case resumed(by: String)
        /// A passed step that cannot be left yet.
        case waiting(ReleaseWait)
        case approved(StepApproval)
        /// The comparison that ended an A/B release.
        case comparison(ComparisonVerdict)
        case completed(ReleaseOutcome, reason: String)
    }

    /// The revision of the state that the entry belongs to.
    package let revision: Int
    /// What happened.
    package let body: Body

    /// Made by the planner.
    package init(revision: Int, body: Body) {
        self.revision = revision
        self.body = body
    }

    /// Who acts when no person does.
    package static let machine = "slipway"

    /// The entry's type, without the prefix `dev.slipway.`.
    package var type: String {
        switch body {
        case .started: "release.started"
        case .step: "release.step"
        case .analysis: "release.analysis"
        case .paused: "release.paused"
        case .resumed: "release.resumed"
        case .waiting: "release.waiting"
        case .approved: "release.approved"
        case .comparison: "release.comparison"
        case .completed: "release.completed"
        }
    }

    /// The entry's subject.
    package func subject(of plan: ReleasePlan) -> String { "releases/\(plan.release)" }

    /// The entry's data.
    package func data(of plan: ReleasePlan) -> JSONValue {
        var members: [String: JSONValue] = [
            "release": .string(plan.release.text), "model": .string(plan.model),
            "version": .integer(Int64(plan.candidate)), "revision": .integer(Int64(revision)),
        ]
        switch body {
        case .started:
            members["environment"] = .string(plan.environment)
            members["strategy"] = .string(plan.strategy.rawValue)
            members["kind"] = .string(plan.kind.rawValue)
            members["decision"] = .string(plan.decision.text)
            members["stable"] = plan.stable.map { .integer(Int64($0)) }
            members["steps"] = .array(plan.steps.map { .integer(Int64($0)) })
            members["alpha"] = .number(plan.alpha)
            members.merge(plan.controls.members) { mine, _ in mine }
        case .step(let index, let percent, let by):
            members["step"] = .integer(Int64(index))
            members["percent"] = .integer(Int64(percent))
            members["by"] = .string(by ?? ReleaseRecord.machine)
        case .analysis(let verdict):
            members.merge(verdict.recordMembers) { mine, _ in mine }
        case .paused(let by, let reason):
            members["by"] = .string(by)
            members["reason"] = .string(reason)
        case .resumed(let by):
            members["by"] = .string(by)
        case .waiting(let wait):
            members["for"] = .string(wait.kind.rawValue)
            members["reason"] = .string(wait.sentence)
        case .approved(let approval):
            members["step"] = .integer(Int64(approval.step))
            members["role"] = .string(approval.role)
            members["by"] = .string(approval.by)
        case .comparison(let verdict):
            members.merge(verdict.recordMembers) { mine, _ in mine }
        case .completed(let outcome, let reason):
            members["environment"] = .string(plan.environment)
            members["kind"] = .string(plan.kind.rawValue)
            members["outcome"] = .string(outcome.rawValue)
            members["reason"] = .string(reason)
        }
        return .object(members)
    }
}
