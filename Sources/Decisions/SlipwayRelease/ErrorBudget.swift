/// At what budget left a release slows down or stops growing, as shares of the whole budget.
package struct BudgetPolicy: Codable, Hashable, Sendable {
    /// Under this share a step lasts `slowness` times as long.
    package let slowBelow: Double
    /// At or under this share the candidate's share does not grow.
    package let freezeBelow: Double

    /// How much longer a step lasts when the budget is low.
    package static let slowness: Int64 = 4

    package init(slowBelow: Double = 0.25, freezeBelow: Double = 0) {
        self.slowBelow = slowBelow
        self.freezeBelow = freezeBelow
    }
}

/// How fast a release may go.
package enum BudgetPace: String, Codable, Sendable, CaseIterable {
    case normal, slow, frozen
}

/// What an endpoint did in the window of its objectives.
package struct BudgetCounts: Hashable, Sendable {
    /// Requests that the client did not spoil itself.
    package let requests: Int
    /// Requests that ended in an error of the server.
    package let errors: Int
    /// Requests slower than the latency objective.
    package let slow: Int

    package init(requests: Int, errors: Int, slow: Int) {
        self.requests = requests
        self.errors = errors
        self.slow = slow
    }
}

/// What is left of the errors that an endpoint's objectives allow; a pure function of its counts.
package enum ErrorBudget {
    /// Under so many bad requests nothing is concluded: one error in a quiet hour is no trend.
    package static let leastBad = 10
    /// The share of requests that a 95th-percentile objective lets be slow.
    private static let slowShare = 0.05

    /// Budget left as a share: 1 - bad / ((1 - objective) x valid) (Google's SRE workbook, chapter 5); the worse of
    /// availability and latency. Nil without objectives or requests; negative when overspent.
    package static func left(_ counts: BudgetCounts, availability: Double?, hasLatency: Bool) -> Double? {
        guard counts.requests > 0 else { return nil }
        let requests = Double(counts.requests)
        var shares: [Double] = []
        if let availability, availability < 1 {
            shares.append(1 - Double(counts.errors) / ((1 - availability) * requests))
        } else if availability != nil {
            shares.append(counts.errors == 0 ? 1 : -1)
        }
        if hasLatency { shares.append(1 - Double(counts.slow) / (slowShare * requests)) }
        return shares.min()
    }

    /// The pace that the counts allow.
    package static func pace(
        _ counts: BudgetCounts,
        availability: Double?,
        hasLatency: Bool,
        policy: BudgetPolicy
    ) -> BudgetPace {
        guard counts.errors + counts.slow >= leastBad,
            let left = left(counts, availability: availability, hasLatency: hasLatency)
        else { return .normal }
        // Shares of a budget are quotients: equal but for rounding is equal.
        if left <= policy.freezeBelow + 1e-9 { return .frozen }
        return left < policy.slowBelow ? .slow : .normal
    }
}

/// What a release has to know of the world around it.
package struct ReleaseSurroundings: Codable, Hashable, Sendable {
    /// Why the environment is frozen, with who froze it; nil when it is not.
    package let freeze: String?
    /// How fast the error budget lets the release go.
    package let pace: BudgetPace
    /// The budget left in whole percent; told only when it holds the release up.
    package let budgetPercent: Int?

    package init(freeze: String? = nil, pace: BudgetPace = .normal, budgetPercent: Int? = nil) {
        self.freeze = freeze
        self.pace = pace
        self.budgetPercent = pace == .normal ? nil : budgetPercent
    }
}
