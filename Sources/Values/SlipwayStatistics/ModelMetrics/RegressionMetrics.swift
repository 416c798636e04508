/// How far predicted numbers are from the truth.
package struct RegressionMetrics: Sendable, Equatable, Codable {
    /// How many predictions there were.
    package let count: Int64
    /// The mean absolute error.
    package let meanAbsoluteError: Double
    /// The root of the mean squared error.
    package let rootMeanSquaredError: Double
    /// The share of variance explained, nil when all true values are equal.
    package let r2: Double?

    /// The metrics of predictions against the truth; nil when empty.
    package init?(predictions: [Double], truths: [Double]) {
        precondition(predictions.count == truths.count, "one truth for each prediction")
        guard !truths.isEmpty else { return nil }
        let n = Double(truths.count)
        let mean = truths.reduce(0, +) / n
        var (absolute, squares, spread) = (0.0, 0.0, 0.0)
        for (prediction, truth) in zip(predictions, truths) {
            let error = prediction - truth
            absolute += abs(error)
            squares += error * error
            spread += (truth - mean) * (truth - mean)
        }
        count = Int64(truths.count)
        meanAbsoluteError = absolute / n
        rootMeanSquaredError = (squares / n).squareRoot()
        r2 = spread > 0 ? 1 - squares / spread : nil
    }
}
