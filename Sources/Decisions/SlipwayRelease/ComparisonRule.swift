package import SlipwayDomain

/// What an A/B release compares its two versions by.
package enum ComparisonMetric: String, Codable, Sendable, CaseIterable {
    /// The share of requests that end in an error of the server.
    case errorRate = "error_rate"
    /// The share of labelled predictions whose label is 1, such as bookings made; of a model of several classes, of those
    /// that chose the right one.
    case labelRate = "label_rate"
}

/// Which of two shares is the better one.
package enum ComparisonGoal: String, Codable, Sendable, CaseIterable {
    case lower, higher
}

/// The stated metric and the stopping rule of an A/B release.
package struct ComparisonRule: Codable, Hashable, Sendable {
    /// What is counted.
    package let metric: ComparisonMetric
    /// Which share wins.
    package let goal: ComparisonGoal
    /// The comparison stops undecided when both arms have so many observations; nil for the step's deadline alone.
    package let maxObservations: Int?
    /// What is done when the comparison stops with no winner.
    package let undecided: VerdictAction
    /// Whether a person confirms a candidate that won.
    package let asksPerson: Bool

    package init(
        metric: ComparisonMetric,
        goal: ComparisonGoal,
        maxObservations: Int? = nil,
        undecided: VerdictAction = .rollBack,
        asksPerson: Bool = false
    ) {
        self.metric = metric
        self.goal = goal
        self.maxObservations = maxObservations
        self.undecided = undecided
        self.asksPerson = asksPerson
    }
}

/// Observations of one version and how many of them count as hits.
package struct ComparisonArm: Codable, Hashable, Sendable {
    package let observations: Int
    package let hits: Int

    /// Refuses counts that cannot be.
    package init(observations: Int, hits: Int) throws(ReleaseError) {
        guard hits >= 0, observations >= hits else {
            throw .invalidEvidence("\(observations) observations cannot have \(hits) hits")
        }
        self.observations = observations
        self.hits = hits
    }

    /// Reads counts with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            observations: members.decode(Int.self, forKey: .observations),
            hits: members.decode(Int.self, forKey: .hits)
        )
    }
}

/// What both versions did since an A/B step began.
package struct ComparisonEvidence: Codable, Hashable, Sendable {
    package let step: Int
    package let from: Instant
    package let to: Instant
    package let candidate: ComparisonArm
    package let stable: ComparisonArm

    package init(step: Int, from: Instant, to: Instant, candidate: ComparisonArm, stable: ComparisonArm) {
        self.step = step
        self.from = from
        self.to = to
        self.candidate = candidate
        self.stable = stable
    }
}

/// Who won a comparison.
package enum ComparisonWinner: String, Codable, Sendable, CaseIterable {
    /// The candidate is proven to be better.
    case candidate
    /// The stable version is proven to be better.
    case stable
    /// The stopping rule ended the comparison with nothing proven.
    case none
    /// Nothing is proven and the comparison goes on.
    case open
}
