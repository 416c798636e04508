package import SlipwayDomain

/// One of a release's steps: a number, or `{percent: 25, pause: 10m, approve: risk}`.
package struct ReleaseStepRule: Codable, Hashable, Sendable {
    package let percent: Int
    /// How long the share is kept at least.
    package let pause: Pause?
    /// The role that must agree before the version gets this share.
    package let approve: String?

    /// What a step's `pause` may say.
    package enum Pause: Hashable, Sendable {
        case time(Span)
        /// Until somebody says `slipway resume`.
        case person

        /// The word that stands for a person.
        static let word = "person"
    }

    package init(percent: Int, pause: Pause? = nil, approve: String? = nil) {
        self.percent = percent
        self.pause = pause
        self.approve = approve
    }

    private enum CodingKeys: String, CodingKey { case percent, pause, approve }

    /// Reads a number or an object.
    package init(from decoder: any Decoder) throws {
        if let percent = try? decoder.singleValueContainer().decode(Int.self) {
            self.init(percent: percent)
            return
        }
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let pause = try members.decodeIfPresent(String.self, forKey: .pause)
        self.init(
            percent: try members.decode(Int.self, forKey: .percent),
            pause: pause == Pause.word
                ? .person : try members.decodeIfPresent(Span.self, forKey: .pause).map { .time($0) },
            approve: try members.decodeIfPresent(String.self, forKey: .approve)
        )
    }

    /// Writes a plain number where a number says all, so that a manifest keeps the digest that it always had.
    package func encode(to encoder: any Encoder) throws {
        if pause == nil && approve == nil {
            var value = encoder.singleValueContainer()
            try value.encode(percent)
            return
        }
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(percent, forKey: .percent)
        switch pause {
        case .person: try members.encode(Pause.word, forKey: .pause)
        case .time(let span): try members.encode(span, forKey: .pause)
        case nil: break
        }
        try members.encodeIfPresent(approve, forKey: .approve)
    }
}

/// What a release does with each verdict; nil leaves it to the planner.
package struct VerdictRules: Codable, Hashable, Sendable {
    package let pass: Action?
    package let fail: Action?
    package let inconclusive: Action?
    package let notEnoughData: Action?
    /// How often `extend` may put a deadline off.
    package let extensions: Int?

    /// What can be done.
    package enum Action: String, Codable, Hashable, Sendable, CaseIterable {
        case goOn = "go-on"
        case rollBack = "roll-back"
        case ask, wait, extend
    }
}

/// At what share of the error budget left a release slows down and stops growing.
package struct BudgetRules: Codable, Hashable, Sendable {
    package let slowBelow: Double?
    package let freezeBelow: Double?
}

/// What keeps a candidate from hurting the others.
package struct LimitRules: Codable, Hashable, Sendable {
    /// How many requests the candidate may have in hand.
    package let queue: Int?
}

/// Requests that are no evidence.
package struct ExclusionRules: Codable, Hashable, Sendable {
    package let userAgents: [String]?
    package let headers: [String: String]?
}

/// How a shadow release ends and what it sees.
package struct ShadowRules: Codable, Hashable, Sendable {
    /// The share of requests that is copied, in percent.
    package let sample: Int?
    /// `ready` waits for a person, `promote` goes on by the plan.
    package let then: End?

    /// What follows a shadow that passed.
    package enum End: String, Codable, Hashable, Sendable, CaseIterable { case ready, promote }
}

/// What an A/B release compares and when it stops.
package struct ComparisonRules: Codable, Hashable, Sendable {
    package let metric: Metric
    package let goal: Goal
    package let maxObservations: Int?
    /// What is done when neither version won.
    package let undecided: VerdictRules.Action?
    /// Whether a person confirms a new version that won.
    package let confirm: Bool?

    /// What can be compared.
    package enum Metric: String, Codable, Hashable, Sendable, CaseIterable {
        case errorRate = "error_rate"
        case labelRate = "label_rate"
    }

    /// Which share wins.
    package enum Goal: String, Codable, Hashable, Sendable, CaseIterable { case lower, higher }
}
