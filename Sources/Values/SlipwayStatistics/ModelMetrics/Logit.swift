import Glibc

/// Intervals for shares on the scale of log odds, which never leave 0 ... 1.
enum Logit {
    /// The interval around a share strictly between 0 and 1; `error` is the standard error of its log odds.
    static func interval(around value: Double, error: Double, confidence: Double) -> ClosedRange<Double> {
        let odds = log(value / (1 - value))
        let half = NormalDistribution.upperPoint((1 - confidence) / 2) * error
        return (1 / (1 + exp(half - odds)))...(1 / (1 + exp(-half - odds)))
    }
}
