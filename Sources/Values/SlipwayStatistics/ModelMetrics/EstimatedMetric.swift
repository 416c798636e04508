/// A metric that was estimated without labels, with what it cannot know.
package struct EstimatedMetric: Sendable, Hashable, Codable {
    /// The estimate.
    package let value: Double
    /// The standard error by the luck of these rows: new with each window.
    package let labelError: Double
    /// The standard error of what was learnt from the reference: the same in each window.
    package let referenceError: Double
    /// How many rows it is about.
    package let rows: Int
    package let method: Method

    /// How it was estimated.
    package enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        /// From calibrated scores (`CalibratedEstimate`).
        case cbpe
        /// From losses that a second model expects (`LossEstimator`): direct loss estimation.
        case dle
    }

    /// An estimate with its errors.
    package init(value: Double, labelError: Double, referenceError: Double, rows: Int, method: Method) {
        self.value = value
        self.labelError = labelError
        self.referenceError = referenceError
        self.rows = rows
        self.method = method
    }

    /// Where the metric will be found once the labels are there, if the estimator can be trusted.
    package func interval(confidence: Double = 0.95) -> ClosedRange<Double> {
        let error = (labelError * labelError + referenceError * referenceError).squareRoot()
        let half = NormalDistribution.upperPoint((1 - confidence) / 2) * error
        return (value - half)...(value + half)
    }
}
