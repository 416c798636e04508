package import SlipwayStatistics

/// What an evaluation taught about a version, so that its live performance can be estimated without labels.
package struct PerformanceReference: Codable, Sendable {
    package let artifactDigest: String
    package let datasetDigest: String
    package let rows: Int
    /// The metrics on the rows themselves.
    package let metrics: [String: Double]
    /// How often the positive class comes at each height of the score; nil for numbers, or with too few rows.
    package let calibration: ScoreCalibration?
    /// How wrong the model is likely to be; empty for classes, or with too few rows.
    package let losses: [LossEstimator]
}

/// The numbers of one row that losses are expected from.
enum LossRow {
    /// More inputs than this give no estimator.
    static let mostColumns = 256

    /// The inputs of a row in the model's order with the answer last; what is not finite is missing. Nil for text inputs
    /// and very wide ones.
    static func numbers(of inputs: [Tensor], row: Int, rows: Int, answer: Double) -> [Double]? {
        var numbers: [Double] = []
        for tensor in inputs {
            guard tensor.data.type != .bytes, rows > 0, tensor.data.count % rows == 0 else { return nil }
            let width = tensor.data.count / rows
            guard numbers.count + width < mostColumns else { return nil }
            for place in (row * width)..<((row + 1) * width) {
                let number = tensor.data.number(at: place) ?? .nan
                numbers.append(number.isFinite ? number : .nan)
            }
        }
        return numbers + [answer]
    }
}
