/// How often the positive class really comes at each height of a score, learnt from labelled rows.
///
/// Isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny, Elkan 2002): the best rising step
/// function. Steps with few rows join a neighbour, and the step in which decisions change is cut there, so that counts by
/// step are all that an estimate needs (`CalibratedEstimate`).
package struct ScoreCalibration: Sendable, Hashable, Codable {
    /// Scores from here on belong to the step; rising, one less than there are steps.
    package let cuts: [Double]
    /// The labelled rows of each step.
    package let rows: [Int64]
    /// The share of positives of each step, never falling.
    package let rates: [Double]
    /// Scores from here on are decided positive.
    package let threshold: Double

    /// Fewer labelled rows than this in a step say too little.
    package static let leastRows: Int64 = 50
    /// Fewer labelled rows than this give no calibration.
    package static let leastReference = 200

    /// Learns from labelled scores; nil when there are too few, one class is absent, or a score is not a number.
    package init?(scores: [Double], labels: [Bool], threshold: Double = 0.5) {
        precondition(scores.count == labels.count, "one label for each score")
        guard scores.count >= Self.leastReference, scores.allSatisfy(\.isFinite),
            labels.contains(true), labels.contains(false)
        else { return nil }
        self.threshold = threshold
        let pooled = Self.joined(Self.pooled(scores, labels))
        var (cuts, rows, rates): ([Double], [Int64], [Double]) = ([], [], [])
        for (place, step) in pooled.enumerated() {
            if place > 0 { cuts.append(pooled[place - 1].last + (step.first - pooled[place - 1].last) / 2) }
            rows.append(step.rows)
            rates.append(Double(step.positives) / Double(step.rows))
        }
        // What is decided otherwise is counted apart; both parts keep the knowledge of the whole step.
        if !cuts.contains(threshold) {
            let place = cuts.firstIndex { $0 > threshold } ?? cuts.count
            cuts.insert(threshold, at: place)
            rows.insert(rows[place], at: place)
            rates.insert(rates[place], at: place)
        }
        self.cuts = cuts
        self.rows = rows
        self.rates = rates
    }

    /// The number of the step that a score belongs to.
    package func step(of score: Double) -> Int {
        var (low, high) = (0, cuts.count)
        while low < high {
            let middle = (low + high) / 2
            if score >= cuts[middle] { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The chance of the positive class at a score.
    package func chance(_ score: Double) -> Double { rates[step(of: score)] }

    /// Whether scores of the step are decided positive.
    package func decides(step: Int) -> Bool { step > 0 && cuts[step - 1] >= threshold }

    private struct Step {
        var first: Double
        var last: Double
        var rows: Int64
        var positives: Int64

        mutating func join(_ next: Step) {
            last = next.last
            rows += next.rows
            positives += next.positives
        }

        /// Compared without division, so that equal shares are equal.
        func isAbove(_ other: Step) -> Bool { positives * other.rows > other.positives * rows }
    }

    private static func pooled(_ scores: [Double], _ labels: [Bool]) -> [Step] {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var steps: [Step] = []
        for row in order {
            let one = Step(first: scores[row], last: scores[row], rows: 1, positives: labels[row] ? 1 : 0)
            if let last = steps.last, last.last == one.first {
                steps[steps.count - 1].join(one)
            } else {
                pool(&steps)
                steps.append(one)
            }
        }
        pool(&steps)
        return steps
    }

    /// Joins the last step to those before it as long as the shares do not rise.
    private static func pool(_ steps: inout [Step]) {
        while steps.count > 1, !steps[steps.count - 1].isAbove(steps[steps.count - 2]) {
            let last = steps.removeLast()
            steps[steps.count - 1].join(last)
        }
    }

    private static func joined(_ steps: [Step]) -> [Step] {
        var result: [Step] = []
        for step in steps {
            if let last = result.last, last.rows < leastRows {
                result[result.count - 1].join(step)
            } else {
                result.append(step)
            }
        }
        if result.count > 1, let last = result.last, last.rows < leastRows {
            result.removeLast()
            result[result.count - 1].join(last)
        }
        return result
    }
}
