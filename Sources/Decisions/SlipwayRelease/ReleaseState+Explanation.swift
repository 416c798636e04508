extension ReleaseState {
    /// What is going on, in one sentence for people.
    package var explanation: String {
        let candidate = "Version \(plan.candidate) of \(plan.model)"
        let rest = plan.stable.map { "version \($0)" } ?? "no version"
        let why = reason.map { ": \($0)" } ?? ""
        switch phase {
        case .preparing:
            if let waiting {
                return "\(candidate) is loaded for \(plan.environment) and waits: \(waiting.sentence)."
            }
            return "\(candidate) is being loaded for \(plan.environment); all traffic still goes to \(rest)."
        case .progressing:
            if let waiting {
                return "\(candidate) gets \(share) of \(plan.environment) (\(place)) and waits: \(waiting.sentence)."
            }
            if let comparison {
                return "\(candidate) gets \(share) of \(plan.environment), \(rest) gets the other requests; "
                    + "\(comparison.sentence)."
            }
            let findings = lastVerdict.map { "; \($0.sentence)" } ?? "; nothing has been judged yet"
            return "\(candidate) gets \(share) of \(plan.environment) (\(place)), \(rest) gets the other requests"
                + "\(findings)."
        case .paused: return "\(candidate) is paused at \(share) of \(plan.environment)\(why)."
        case .promoting: return "\(candidate) is being given all traffic of \(plan.environment)\(why)."
        case .rollingBack:
            return "\(candidate) is being taken out of \(plan.environment); all traffic goes to \(rest)\(why)."
        case .finished:
            switch outcome {
            case .promoted, nil: return "\(candidate) has all traffic of \(plan.environment)\(why)."
            case .rolledBack: return "\(candidate) was rolled back; \(rest) serves \(plan.environment)\(why)."
            case .aborted: return "\(candidate) was called off; \(rest) serves \(plan.environment)\(why)."
            }
        }
    }

    private var share: String { "\(candidatePercent) %" }

    private var place: String { "step \((stepIndex ?? 0) + 1) of \(plan.steps.count)" }
}
