package import SlipwayDomain

/// What one version did during an interval.
package struct ArmCounts: Codable, Hashable, Sendable {
    /// Requests that were answered, errors included.
    package let requests: Int
    /// Requests that ended in an error of the server.
    package let errors: Int
    /// Requests slower than the `max` of the plan's latency rule; 0 when there is no such rule.
    package let slow: Int

    /// Refuses counts that cannot be.
    package init(requests: Int, errors: Int = 0, slow: Int = 0) throws(ReleaseError) {
        guard errors >= 0, slow >= 0, requests >= errors, requests >= slow else {
            throw .invalidEvidence(
                "an arm with \(requests) requests cannot have \(errors) errors and \(slow) slow ones"
            )
        }
        self.requests = requests
        self.errors = errors
        self.slow = slow
    }

    /// Reads counts with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            requests: members.decode(Int.self, forKey: .requests),
            errors: members.decode(Int.self, forKey: .errors),
            slow: members.decode(Int.self, forKey: .slow)
        )
    }
}

/// All counts that a verdict depends on: both arms over the same interval, since the step began.
package struct AnalysisEvidence: Codable, Hashable, Sendable {
    /// The step that the counts belong to.
    package let step: Int
    /// When the counting began.
    package let from: Instant
    /// When the counts were read.
    package let to: Instant
    /// What the candidate did.
    package let candidate: ArmCounts
    /// Nil when there is no stable version.
    package let stable: ArmCounts?
    /// Requests that both versions answered.
    package let pairs: Int
    /// Pairs whose predictions differ.
    package let disagreements: Int
    /// What is known beyond plain counts; nil in evidence that was recorded before it was kept.
    package let details: EvidenceDetails?

    /// Refuses pairs that cannot be.
    package init(
        step: Int,
        from: Instant,
        to: Instant,
        candidate: ArmCounts,
        stable: ArmCounts?,
        pairs: Int = 0,
        disagreements: Int = 0,
        details: EvidenceDetails? = nil
    ) throws(ReleaseError) {
        guard disagreements >= 0, pairs >= disagreements else {
            throw .invalidEvidence("\(pairs) pairs cannot have \(disagreements) disagreements")
        }
        self.step = step
        self.from = from
        self.to = to
        self.candidate = candidate
        self.stable = stable
        self.pairs = pairs
        self.disagreements = disagreements
        self.details = details
    }

    /// Reads evidence with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            step: members.decode(Int.self, forKey: .step),
            from: members.decode(Instant.self, forKey: .from),
            to: members.decode(Instant.self, forKey: .to),
            candidate: members.decode(ArmCounts.self, forKey: .candidate),
            stable: members.decodeIfPresent(ArmCounts.self, forKey: .stable),
            pairs: members.decode(Int.self, forKey: .pairs),
            disagreements: members.decode(Int.self, forKey: .disagreements),
            details: members.decodeIfPresent(EvidenceDetails.self, forKey: .details)
        )
    }

    /// The same counts with other details.
    package func with(_ details: EvidenceDetails) throws(ReleaseError) -> AnalysisEvidence {
        try AnalysisEvidence(
            step: step,
            from: from,
            to: to,
            candidate: candidate,
            stable: stable,
            pairs: pairs,
            disagreements: disagreements,
            details: details
        )
    }
}
