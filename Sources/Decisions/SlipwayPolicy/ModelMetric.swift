/// A measure of a model's answers against labels, under the name that `evaluation.recorded` uses.
package enum ModelMetric: String, Codable, Hashable, Sendable, CaseIterable {
    case rocAUC = "roc_auc"
    case averagePrecision = "average_precision"
    case accuracy
    case precision
    case recall
    case f1
    case logLoss = "log_loss"
    case brier
    case rmse
    case mae
    case r2
    case selectionRate = "selection_rate"
    case falsePositiveRate = "false_positive_rate"

    /// Whether a larger value is a better model.
    package var higherIsBetter: Bool {
        switch self {
        case .logLoss, .brier, .rmse, .mae, .falsePositiveRate: false
        default: true
        }
    }

    /// The values that the metric can take.
    var range: ClosedRange<Double> {
        switch self {
        case .logLoss, .rmse, .mae: 0...Double.greatestFiniteMagnitude
        case .r2: -Double.greatestFiniteMagnitude...1
        default: 0...1
        }
    }

    /// The metrics that mean something for `task`.
    package static func known(for task: ModelTask) -> [ModelMetric] {
        switch task {
        case .binaryClassification:
            [
                .rocAUC, .averagePrecision, .accuracy, .precision, .recall, .f1, .logLoss, .brier, .selectionRate,
                .falsePositiveRate,
            ]
        case .multiclass: [.accuracy, .logLoss]
        case .regression: [.rmse, .mae, .r2]
        case .ranking, .llm: []
        }
    }

    /// The metrics that live answers can be held against once their labels are known: those with an interval and a
    /// better side.
    package static func live(for task: ModelTask) -> [ModelMetric] {
        switch task {
        case .regression: [.mae, .rmse]
        case .multiclass: [.accuracy]
        case .binaryClassification: known(for: task).filter { $0 != .selectionRate }
        default: []
        }
    }

    /// The shares that groups can be compared by.
    package static let ofGroups: [ModelMetric] = [.selectionRate, .recall, .falsePositiveRate, .precision, .accuracy]
}
