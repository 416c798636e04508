/// The area under the receiver operating characteristic, with its standard error.
package struct AreaUnderCurve: Sendable, Equatable {
    /// The area: the chance that a positive scores above a negative, ties counting half.
    package let value: Double
    /// DeLong's standard error (1988), by midranks (Sun, Xu 2014); 0 below two positives or two negatives.
    package let standardError: Double
    /// How many labels are positive.
    package let positives: Int
    /// How many labels are negative.
    package let negatives: Int

    /// The area of scores against labels; nil when one class is absent or a score is NaN.
    package init?(scores: [Double], labels: [Bool]) {
        precondition(scores.count == labels.count, "one label for each score")
        guard !scores.contains(where: \.isNaN) else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        let positives = labels.count { $0 }
        let negatives = labels.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        self.positives = positives
        self.negatives = negatives
        let (p, n) = (Double(positives), Double(negatives))
        var (seenPositives, seenNegatives) = (0, 0)
        var (area, positiveSquares, negativeSquares) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            var end = start
            var tied = (positives: 0, negatives: 0)
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if labels[order[end]] { tied.positives += 1 } else { tied.negatives += 1 }
                end += 1
            }
            // The share of negatives below a positive of this score, and of positives above a negative of it.
            let below = (Double(seenNegatives) + Double(tied.negatives) / 2) / n
            let above = (Double(positives - seenPositives) - Double(tied.positives) / 2) / p
            area += Double(tied.positives) * below
            positiveSquares += Double(tied.positives) * below * below
            negativeSquares += Double(tied.negatives) * above * above
            seenPositives += tied.positives
            seenNegatives += tied.negatives
            start = end
        }
        value = area / p
        let mean = area / p
        let ofPositives = positives > 1 ? max(0, positiveSquares - p * mean * mean) / (p - 1) / p : 0
        let ofNegatives = negatives > 1 ? max(0, negativeSquares - n * mean * mean) / (n - 1) / n : 0
        standardError = (ofPositives + ofNegatives).squareRoot()
    }

    /// A confidence interval on the logit scale, so it stays within 0 ... 1 (Pepe 2003).
    ///
    /// At an area of 0 or 1 DeLong's error is zero; there it is Wilson's interval on as many pairs as the smaller class
    /// has.
    package func interval(confidence: Double = 0.95) -> ClosedRange<Double> {
        guard value > 0, value < 1, standardError > 0 else {
            let pairs = Int64(min(positives, negatives))
            let successes = Int64((value * Double(pairs)).rounded())
            return ProportionTest.wilsonInterval(successes: successes, trials: pairs, confidence: confidence)
        }
        return Logit.interval(
            around: value,
            error: standardError / (value * (1 - value)),
            confidence: confidence
        )
    }
}

/// Average precision: the step-wise area under the precision-recall curve, as scikit-learn has it.
package enum AveragePrecision {
    /// The value; nil when no label is positive or a score is NaN.
    package static func value(scores: [Double], labels: [Bool]) -> Double? {
        precondition(scores.count == labels.count, "one label for each score")
        guard !scores.contains(where: \.isNaN) else { return nil }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        let positives = labels.count { $0 }
        guard positives > 0 else { return nil }
        var (hits, sum) = (0, 0.0)
        var start = 0
        while start < order.count {
            var end = start
            var found = 0
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if labels[order[end]] { found += 1 }
                end += 1
            }
            hits += found
            sum += Double(found) / Double(positives) * Double(hits) / Double(end)
            start = end
        }
        return sum
    }
}
