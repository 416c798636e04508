/// What a decision is worth when it turns out right or wrong, in any unit.
package struct ValueMatrix: Sendable, Hashable, Codable {
    /// Decided positive, and positive.
    package let truePositive: Double
    /// Decided positive, and negative.
    package let falsePositive: Double
    /// Decided negative, and negative.
    package let trueNegative: Double
    /// Decided negative, and positive.
    package let falseNegative: Double

    /// The four values.
    package init(truePositive: Double, falsePositive: Double, trueNegative: Double, falseNegative: Double) {
        self.truePositive = truePositive
        self.falsePositive = falsePositive
        self.trueNegative = trueNegative
        self.falseNegative = falseNegative
    }

    /// The value of one decision on average, with its normal interval; nil without decisions.
    package func perDecision(_ confusion: Confusion, confidence: Double = 0.95) -> MeasuredMetric? {
        let parts = [
            (confusion.truePositives, truePositive), (confusion.falsePositives, falsePositive),
            (confusion.trueNegatives, trueNegative), (confusion.falseNegatives, falseNegative),
        ]
        let n = Double(confusion.total)
        guard n > 0 else { return nil }
        let mean = parts.reduce(0) { $0 + Double($1.0) * $1.1 } / n
        let spread = parts.reduce(0) { $0 + Double($1.0) * ($1.1 - mean) * ($1.1 - mean) }
        let error = n > 1 ? (spread / (n - 1) / n).squareRoot() : 0
        let half = NormalDistribution.upperPoint((1 - confidence) / 2) * error
        return MeasuredMetric(value: mean, lower: mean - half, upper: mean + half, method: .normal)
    }
}
