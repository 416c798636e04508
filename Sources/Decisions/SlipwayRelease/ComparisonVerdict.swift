internal import SlipwayStatistics

/// The judgement of an A/B comparison with everything that it was computed from.
package struct ComparisonVerdict: Codable, Hashable, Sendable {
    /// Who won.
    package let winner: ComparisonWinner
    /// What was compared.
    package let rule: ComparisonRule
    /// The counts.
    package let evidence: ComparisonEvidence
    /// The risk that a winner was no better.
    package let alpha: Double
    /// What each arm needs before anything is decided.
    package let leastObservations: Int
    /// The bounds of the candidate's share minus the stable version's, valid at any number of looks.
    package let lower: Double
    package let upper: Double

    /// Judges the evidence: a version wins when the confidence sequence of the difference excludes zero.
    package static func judge(
        _ evidence: ComparisonEvidence,
        by rule: ComparisonRule,
        alpha: Double,
        leastObservations: Int
    ) -> ComparisonVerdict {
        let (here, there) = (bounds(evidence.candidate, alpha / 2), bounds(evidence.stable, alpha / 2))
        let (lower, upper) = (here.lowerBound - there.upperBound, here.upperBound - there.lowerBound)
        let smaller = min(evidence.candidate.observations, evidence.stable.observations)
        var winner = ComparisonWinner.open
        if smaller >= leastObservations {
            if upper < 0 { winner = rule.goal == .lower ? .candidate : .stable }
            if lower > 0 { winner = rule.goal == .lower ? .stable : .candidate }
            if winner == .open, let most = rule.maxObservations, smaller >= most { winner = .none }
        }
        return ComparisonVerdict(
            winner: winner,
            rule: rule,
            evidence: evidence,
            alpha: alpha,
            leastObservations: leastObservations,
            lower: lower,
            upper: upper
        )
    }

    /// The same judgement made again from its own evidence; it differs only if the record was changed.
    package var recomputed: ComparisonVerdict {
        .judge(evidence, by: rule, alpha: alpha, leastObservations: leastObservations)
    }

    /// The judgement in one sentence for people.
    package var sentence: String {
        func share(_ arm: ComparisonArm) -> String {
            arm.observations == 0 ? "nothing yet" : Percent.text(Double(arm.hits) / Double(arm.observations))
        }
        let facts =
            "\(rule.metric.rawValue) is \(share(evidence.candidate)) of \(evidence.candidate.observations) against "
            + "\(share(evidence.stable)) of \(evidence.stable.observations), with the real difference between "
            + "\(Percent.text(lower)) and \(Percent.text(upper))"
        switch winner {
        case .candidate: return "the candidate won: \(facts)"
        case .stable: return "the stable version won: \(facts)"
        case .none: return "the comparison stopped with no winner: \(facts)"
        case .open: return "nothing is decided: \(facts)"
        }
    }

    private static func bounds(_ arm: ComparisonArm, _ alpha: Double) -> ClosedRange<Double> {
        do {
            return try BernoulliConfidenceSequence(
                successes: Int64(arm.hits),
                trials: Int64(arm.observations),
                alpha: alpha,
                priorSuccesses: 0.5,
                priorFailures: 0.5
            ).interval
        } catch {
            // Evidence is checked when it is made, so only a damaged alpha gets here; it proves nothing.
            return 0...1
        }
    }
}
