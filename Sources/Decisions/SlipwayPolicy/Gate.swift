import SlipwayStatistics

/// A rule that a version must satisfy, and that names the evidence it needs.
package enum Gate: Hashable, Sendable {
    case registered
    case artifactVerified
    /// There is a current evaluation of this very artifact.
    case evaluated
    /// The manifest states what an evaluation must show.
    case evaluationRules
    case evaluation(EvaluationRule)
    case reference
    /// Data were held against the contract that the manifest names.
    case contract
    case approvals(Int)
    case runbook

    /// The gate's name, stable in the ledger and unique in a decision.
    package var id: String {
        switch self {
        case .registered: "registered"
        case .artifactVerified: "artifact.verified"
        case .evaluated: "evaluation.present"
        case .evaluationRules: "manifest.evaluation"
        case .evaluation(let rule): rule.gate
        case .reference: "reference.profile"
        case .contract: "data.contract"
        case .approvals: "approvals"
        case .runbook: "manifest.runbook"
        }
    }

    /// What the gate asks for, as a short phrase.
    package var title: String {
        switch self {
        case .registered: "in the registry"
        case .artifactVerified: "artifact loads as ONNX"
        case .evaluated: "evaluated on labelled data"
        case .evaluationRules: "manifest has evaluation rules"
        case .evaluation(let rule): rule.title
        case .reference: "reference profile for drift"
        case .contract: "data keep the contract"
        case .approvals(let count): count == 1 ? "approved by one person" : "approved by \(count) people"
        case .runbook: "manifest names a runbook"
        }
    }
}

extension EvaluationRule {
    fileprivate var title: String {
        switch test {
        case .atLeast(let bound): "\(metric.rawValue) at least \(Figures.text(bound))"
        case .atMost(let bound): "\(metric.rawValue) at most \(Figures.text(bound))"
        case .champion(let drop): "\(metric.rawValue) against the champion, worse by at most \(Figures.text(drop))"
        case .slices(let column, let ratio, _):
            "\(metric.rawValue) of each \(column), at least \(Figures.text(ratio)) of overall"
        case .groups(let column, let bounds):
            "\(metric.rawValue) alike for every \(column)"
                + (bounds.minRatio.map { ", ratio at least \(Figures.text($0))" } ?? "")
                + (bounds.maxGap.map { ", gap at most \(Figures.text($0))" } ?? "")
        }
    }
}
