package import SlipwayStatistics

/// What both versions said about the same inputs.
package struct PairEvidence: Codable, Hashable, Sendable {
    /// Pairs and disagreements in blocks.
    package let blocks: [BlockMoments]
    /// The classes that the flip matrix is about, as they are called; everything beyond its size is in the last one.
    package let classes: [String]
    /// Pairs by the stable version's class (row) and the candidate's (column).
    package let flips: [[Int]]
    /// Pairs that have a score from both versions.
    package let scored: Int
    /// The sum of the distances between both scores, each read from 0 to 1.
    package let distance: Double
    /// Scored pairs and their distances in blocks.
    package let distanceBlocks: [BlockMoments]
    /// How many of the candidate's scores fell into each of equal parts of 0 ... 1.
    package let candidateScores: [Int]
    /// The same of the stable version's scores.
    package let stableScores: [Int]
    /// Scores and those from 0.5 on, of both versions, in blocks.
    package let scoreBlocks: [BlockMoments]
    /// Pairs by the values of the features that rules name.
    package let slices: [SliceCounts]

    /// How many equal parts scores are counted in.
    package static let scoreParts = 64

    /// Made by the meter.
    package init(
        blocks: [BlockMoments],
        classes: [String] = [],
        flips: [[Int]] = [],
        scored: Int = 0,
        distance: Double = 0,
        distanceBlocks: [BlockMoments] = [],
        candidateScores: [Int] = [],
        stableScores: [Int] = [],
        scoreBlocks: [BlockMoments] = [],
        slices: [SliceCounts] = []
    ) {
        self.blocks = blocks
        self.classes = classes
        self.flips = flips
        self.scored = scored
        self.distance = distance
        self.distanceBlocks = distanceBlocks
        self.candidateScores = candidateScores
        self.stableScores = stableScores
        self.scoreBlocks = scoreBlocks
        self.slices = slices
    }
}

/// Pairs of one value of a feature.
package struct SliceCounts: Codable, Hashable, Sendable {
    package let feature: String
    package let value: String
    package let pairs: Int
    package let disagreements: Int

    /// Refuses counts that cannot be.
    package init(feature: String, value: String, pairs: Int, disagreements: Int) throws(ReleaseError) {
        guard disagreements >= 0, pairs >= disagreements else {
            throw .invalidEvidence("\(pairs) pairs of a slice cannot have \(disagreements) disagreements")
        }
        self.feature = feature
        self.value = value
        self.pairs = pairs
        self.disagreements = disagreements
    }

    /// Reads counts with the same checks as the initialiser.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            feature: members.decode(String.self, forKey: .feature),
            value: members.decode(String.self, forKey: .value),
            pairs: members.decode(Int.self, forKey: .pairs),
            disagreements: members.decode(Int.self, forKey: .disagreements)
        )
    }
}
