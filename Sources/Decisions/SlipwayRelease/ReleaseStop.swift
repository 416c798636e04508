package import SlipwayDomain

/// What holds a release up at one step beyond the step's analysis.
package struct ReleaseStop: Codable, Hashable, Sendable {
    /// The step, counted from 0.
    package let step: Int
    /// The candidate keeps the step's share for at least this long.
    package let pause: Span?
    /// The release leaves the step only when a person says so.
    package let waitsForPerson: Bool
    /// Who must agree before the candidate gets the step's share.
    package let approval: StepApprover?

    package init(step: Int, pause: Span? = nil, waitsForPerson: Bool = false, approval: StepApprover? = nil) {
        self.step = step
        self.pause = pause
        self.waitsForPerson = waitsForPerson
        self.approval = approval
    }
}

/// Who may let a release enter a step.
package struct StepApprover: Codable, Hashable, Sendable {
    /// The role as the manifest names it: `admin`, `peer` (anybody else), or one of the manifest's own.
    package let role: String
    /// Who has the role; nil for the two that every server knows.
    package let people: [String]?

    /// An administrator of the server.
    package static let admin = "admin"
    /// Any person but those whose release it is.
    package static let peer = "peer"

    package init(role: String, people: [String]? = nil) {
        self.role = role
        self.people = people
    }

    /// Why `person` may not approve, or nil. Nobody approves an own release, as at the gates.
    package func objection(to person: String, isAdmin: Bool, owners: [String]) -> String? {
        if owners.contains(person) { return "\(person) registered the version or began the release" }
        if let people { return people.contains(person) ? nil : "\(person) is not among \(list(people))" }
        return role == StepApprover.admin && !isAdmin ? "\(person) is no administrator" : nil
    }

    private func list(_ people: [String]) -> String { "the role '\(role)' (\(people.joined(separator: ", ")))" }
}

/// An approval that was given for one step.
package struct StepApproval: Codable, Hashable, Sendable {
    /// The step that may be entered.
    package let step: Int
    /// The role that was asked for.
    package let role: String
    /// Who gave it.
    package let by: String
    /// When.
    package let at: Instant
}

/// What a release waits for although its analysis would let it go on.
package struct ReleaseWait: Codable, Hashable, Sendable {
    /// The kinds of waiting.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// The step's pause is not over.
        case pause
        /// A person has to say `slipway resume`.
        case person
        /// A person of a role has to say `slipway approve`.
        case approval
        /// No release window is open.
        case window
        /// The environment is frozen.
        case freeze
        /// The endpoint's error budget is low or spent.
        case budget
        /// The analysis is undecided and the plan says to wait for it.
        case evidence
    }

    /// What is waited for.
    package let kind: Kind
    /// The same as a sentence that says what to do.
    package let sentence: String
    /// When it ends by itself; nil when it does not.
    package let until: Instant?
}
