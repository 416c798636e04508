package import SlipwayDomain
package import SlipwayStatistics

/// What is known of a step beyond plain counts; evidence that was recorded before this existed has none.
package struct EvidenceDetails: Codable, Hashable, Sendable {
    /// The candidate's share of the requests in percent, by which chance assigned them.
    package let percent: Int?
    /// The time within which requests may depend on each other, when the manifest states one.
    package let block: Span?
    /// Requests and errors of both arms in blocks.
    package let errors: [BlockMoments]?
    /// How errors crowd on single keys; nil when no request named one.
    package let keys: KeyCrowding?
    /// What each latency rule counted, in the order of the plan.
    package let latency: [LatencyEvidence]?
    /// All latencies of the candidate in milliseconds.
    package let candidateLatencies: LogHistogram?
    /// All latencies of the stable version in milliseconds.
    package let stableLatencies: LogHistogram?
    /// What both versions said about the same inputs.
    package let pairs: PairEvidence?
    /// What labels say so far.
    package let quality: QualityEvidence?
    /// What queries answered.
    package let queries: [QueryEvidence]?

    /// Made by who counted.
    package init(
        percent: Int? = nil,
        block: Span? = nil,
        errors: [BlockMoments]? = nil,
        keys: KeyCrowding? = nil,
        latency: [LatencyEvidence]? = nil,
        candidateLatencies: LogHistogram? = nil,
        stableLatencies: LogHistogram? = nil,
        pairs: PairEvidence? = nil,
        quality: QualityEvidence? = nil,
        queries: [QueryEvidence]? = nil
    ) {
        self.percent = percent
        self.block = block
        self.errors = errors
        self.keys = keys
        self.latency = latency
        self.candidateLatencies = candidateLatencies
        self.stableLatencies = stableLatencies
        self.pairs = pairs
        self.quality = quality
        self.queries = queries
    }

    /// The details with what others than the meter know.
    package func with(quality: QualityEvidence?, queries: [QueryEvidence]?) -> EvidenceDetails {
        EvidenceDetails(
            percent: percent,
            block: block,
            errors: errors,
            keys: keys,
            latency: latency,
            candidateLatencies: candidateLatencies,
            stableLatencies: stableLatencies,
            pairs: pairs,
            quality: quality,
            queries: queries
        )
    }
}

/// How hits crowd on keys: a key stays in its arm, so its requests are not assigned independently.
package struct KeyCrowding: Codable, Hashable, Sendable {
    /// Hits, over all keys.
    package let hits: Int
    /// The sum over the keys of the squares of their hits.
    package let squares: Int

    /// Made by the meter.
    package init(hits: Int, squares: Int) {
        self.hits = hits
        self.squares = squares
    }

    /// How many hits come with one: 1 when each key has one.
    package var effect: Double { hits > 0 && squares > hits ? Double(squares) / Double(hits) : 1 }
}

/// What one latency rule counted.
package struct LatencyEvidence: Codable, Hashable, Sendable {
    package let percentile: Int
    /// The rule's `max` in milliseconds; nil when the rule compares with stable.
    package let max: Double?
    /// Answers slower than `max`, or else than the stable version's percentile was when they came.
    package let candidateSlow: Int
    package let stableSlow: Int
    /// Answers and slow ones of both arms in blocks.
    package let blocks: [BlockMoments]

    /// Made by the meter.
    package init(percentile: Int, max: Double?, candidateSlow: Int, stableSlow: Int, blocks: [BlockMoments]) {
        self.percentile = percentile
        self.max = max
        self.candidateSlow = candidateSlow
        self.stableSlow = stableSlow
        self.blocks = blocks
    }
}

/// Predictions of the candidate against labels that came late.
package struct QualityEvidence: Codable, Hashable, Sendable {
    /// Predictions up to this time are old enough to have their labels.
    package let until: Instant
    package let candidate: LabelledArm
    package let stable: LabelledArm
    /// Labelled predictions and wrong ones of both arms in blocks.
    package let blocks: [BlockMoments]

    /// Made by who read the labels.
    package init(until: Instant, candidate: LabelledArm, stable: LabelledArm, blocks: [BlockMoments]) {
        self.until = until
        self.candidate = candidate
        self.stable = stable
        self.blocks = blocks
    }
}

/// Labelled predictions of one version.
package struct LabelledArm: Codable, Hashable, Sendable {
    package let labelled: Int
    package let wrong: Int
    /// Old enough and still without a label.
    package let unlabelled: Int

    /// Refuses counts that cannot be.
    package init(labelled: Int, wrong: Int, unlabelled: Int) throws(ReleaseError) {
        guard wrong >= 0, labelled >= wrong, unlabelled >= 0 else {
            throw .invalidEvidence("\(labelled) labelled predictions cannot have \(wrong) wrong ones")
        }
        self.labelled = labelled
        self.wrong = wrong
        self.unlabelled = unlabelled
    }

    /// Reads counts with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            labelled: members.decode(Int.self, forKey: .labelled),
            wrong: members.decode(Int.self, forKey: .wrong),
            unlabelled: members.decode(Int.self, forKey: .unlabelled)
        )
    }
}

/// What a query answered during a step: the newest answers, oldest first.
package struct QueryEvidence: Codable, Hashable, Sendable {
    package let query: String
    /// How often the query was answered with a number in this step, failures not counted.
    package let answered: Int
    package let answers: [QueryAnswer]

    /// Made by who asked.
    package init(query: String, answered: Int, answers: [QueryAnswer]) {
        self.query = query
        self.answered = answered
        self.answers = answers
    }
}

/// One answer of a query, as it came.
package struct QueryAnswer: Codable, Hashable, Sendable {
    package let at: Instant
    /// What the server said, byte for byte up to a limit; empty when nothing came.
    package let text: String
    /// The number in it; nil when there is none.
    package let value: Double?
    /// Why there is none.
    package let failure: String?

    /// Made by the connector.
    package init(at: Instant, text: String, value: Double?, failure: String?) {
        self.at = at
        self.text = text
        self.value = value
        self.failure = failure
    }
}
