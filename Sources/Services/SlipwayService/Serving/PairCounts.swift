internal import SlipwayRelease
internal import SlipwayStatistics

/// What both versions said about the rows of one request.
struct PairedAnswers: Sendable {
    let candidate: Opinions
    let stable: Opinions
    /// For each column that is told apart, the value of each row; nil for a column that the model does not have.
    var slices: [[String]?] = []

    /// Rows that both have an opinion on.
    var count: Int { min(candidate.classes.count, stable.classes.count) }
}

/// What both versions said about the same inputs, added up.
struct PairCounts: Sendable {
    private(set) var pairs = 0
    private(set) var disagreements = 0
    private var blocks: TimedLadder
    private var places: [String: Int] = [:]
    private var classes: [String] = []
    private var flips: [[Int]] = []
    private var scored = 0
    private var distance = 0.0
    private var distanceBlocks: TimedLadder
    private var candidateScores: [Int]
    private var stableScores: [Int]
    private var scoreBlocks: TimedLadder
    private let features: [String]
    private var slices: [[String: Tally]]

    private struct Tally: Sendable {
        var pairs = 0
        var disagreements = 0
    }

    /// Classes and values beyond the limit are counted together under this name.
    static let others = "(others)"
    private static let mostClasses = 12

    init(_ plan: MeterPlan) {
        blocks = plan.ladder()
        distanceBlocks = plan.ladder()
        scoreBlocks = plan.ladder()
        let parts = plan.keepsScores ? PairEvidence.scoreParts : 0
        candidateScores = Array(repeating: 0, count: parts)
        stableScores = candidateScores
        features = plan.slices
        slices = Array(repeating: [:], count: plan.slices.count)
    }

    mutating func add(_ answers: PairedAnswers, at time: UInt64) {
        let count = answers.count
        guard count > 0 else { return }
        var different = 0
        for row in 0..<count {
            let (mine, theirs) = (answers.candidate.classes[row], answers.stable.classes[row])
            flips[place(theirs)][place(mine)] += 1
            if mine != theirs { different += 1 }
            for (feature, values) in answers.slices.enumerated() {
                guard let values, row < values.count else { continue }
                addSlice(feature, values[row], isDifferent: mine != theirs)
            }
        }
        pairs += count
        disagreements += different
        blocks.add(ArmSums(candidate: Double(count), candidateHits: Double(different)), at: time)
        addScores(answers, count, at: time)
    }

    private mutating func addScores(_ answers: PairedAnswers, _ count: Int, at time: UInt64) {
        guard let mine = answers.candidate.scores, let theirs = answers.stable.scores else { return }
        var (rows, apart) = (0, 0.0)
        var halves = ArmSums()
        for row in 0..<min(count, mine.count, theirs.count) {
            rows += 1
            apart += answers.candidate.distance(to: answers.stable, row: row)
            guard !candidateScores.isEmpty else { continue }
            candidateScores[Self.part(mine[row])] += 1
            stableScores[Self.part(theirs[row])] += 1
            halves.candidateHits += mine[row] >= PredictionRecorder.decisionThreshold ? 1 : 0
            halves.stableHits += theirs[row] >= PredictionRecorder.decisionThreshold ? 1 : 0
        }
        guard rows > 0 else { return }
        scored += rows
        distance += apart
        distanceBlocks.add(ArmSums(candidate: Double(rows), candidateHits: apart), at: time)
        guard !candidateScores.isEmpty else { return }
        (halves.candidate, halves.stable) = (Double(rows), Double(rows))
        scoreBlocks.add(halves, at: time)
    }

    /// The part of 0 ... 1 that a score falls into.
    private static func part(_ score: Double) -> Int {
        min(PairEvidence.scoreParts - 1, max(0, Int(score * Double(PairEvidence.scoreParts))))
    }

    /// Where a class stands in the matrix.
    private mutating func place(_ name: String) -> Int {
        if let place = places[name] { return place }
        if classes.count < Self.mostClasses {
            let title = classes.count == Self.mostClasses - 1 ? Self.others : name
            classes.append(title)
            for row in flips.indices { flips[row].append(0) }
            flips.append(Array(repeating: 0, count: classes.count))
        }
        let place = classes.count - 1
        // Names beyond the matrix are looked up again rather than kept: there may be very many.
        if classes[place] == name { places[name] = place }
        return place
    }

    private mutating func addSlice(_ feature: Int, _ value: String, isDifferent: Bool) {
        let isKnown = slices[feature][value] != nil
        let hasRoom = slices[feature].count < AnalysisRule.sliceLimit - 1
        let name = isKnown || hasRoom ? value : Self.others
        slices[feature][name, default: Tally()].pairs += 1
        if isDifferent { slices[feature][name, default: Tally()].disagreements += 1 }
    }

    func evidence() throws(ReleaseError) -> PairEvidence {
        var counts: [SliceCounts] = []
        for (feature, values) in zip(features, slices) {
            for (value, tally) in values.sorted(by: { $0.key < $1.key }) {
                counts.append(
                    try SliceCounts(
                        feature: feature,
                        value: value,
                        pairs: tally.pairs,
                        disagreements: tally.disagreements
                    )
                )
            }
        }
        let order = classes.indices.sorted { left, right in
            if classes[left] == Self.others || classes[right] == Self.others { return classes[right] == Self.others }
            return classes[left] < classes[right]
        }
        return PairEvidence(
            blocks: blocks.moments,
            classes: order.map { classes[$0] },
            flips: order.map { row in order.map { flips[row][$0] } },
            scored: scored,
            distance: distance,
            distanceBlocks: distanceBlocks.moments,
            candidateScores: candidateScores,
            stableScores: stableScores,
            scoreBlocks: scoreBlocks.moments,
            slices: counts
        )
    }
}
