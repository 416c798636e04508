internal import SlipwayDomain

extension ReleaseAccount {
    /// The account for people, line by line.
    package var lines: [String] {
        var lines = heading
        for (index, step) in steps.enumerated() {
            lines.append("")
            lines += text(of: step, next: index + 1 < steps.count ? steps[index + 1] : nil)
        }
        if end == nil {
            lines.append("")
            lines.append("it is still under way; the newest look, which no entry holds yet:")
            lines += now.map { Self.text(of: $0).map { "  " + $0 } } ?? ["  nothing was judged at this step yet"]
        }
        lines.append("")
        lines += closing
        return lines
    }

    private var heading: [String] {
        let data = start.data
        let version = data["version"]?.integer ?? 0
        let against = data["stable"]?.integer.map { "against version \($0)" } ?? "with no version before it"
        let steps = (data["steps"]?.array ?? []).compactMap(\.integer).map { "\($0) %" }.joined(separator: ", ")
        var lines = [
            "release \(release): version \(version) of \(data["model"]?.string ?? "?") to "
                + "\(data["environment"]?.string ?? "?") by \(data["strategy"]?.string ?? "?"), \(against)",
            "  begun \(start.at) by \(start.actor), allowed by decision \(data["decision"]?.string ?? "?")",
            "  steps: \(steps)",
        ]
        if let alpha {
            lines.append(
                "  alpha: a version that keeps every limit is rolled back with a probability of at most "
                    + "\(Percent.text(alpha)), over all rules, steps and looks together"
            )
        }
        return lines
    }

    private var closing: [String] {
        var lines: [String] = []
        if let end {
            let outcome = end.data["outcome"]?.string ?? "?"
            lines.append("\(end.at)  ended as \(outcome): \(end.data["reason"]?.string ?? "")")
        }
        if let alpha { lines.append("alpha spent: \(Percent.text(alphaSpent)) of \(Percent.text(alpha))") }
        let count = judgements.count
        let records = count == 1 ? "1 record" : "\(count) records"
        lines.append(
            findings.isEmpty
                ? "\(records): each verdict follows from its own evidence, byte for byte"
                : "\(records), and not everything holds:"
        )
        return lines + findings.map { "  \($0)" }
    }

    private func text(of step: Step, next: Step?) -> [String] {
        var lines = ["\(step.at)  step \(step.index + 1): \(step.percent) % of the traffic, decided by \(step.by)"]
        for judgement in step.judgements {
            lines.append("  judged \(judgement.fact.at), entry \(judgement.fact.entry)")
            if let verdict = judgement.verdict {
                lines += Self.text(of: verdict).map { "    " + $0 }
            } else if let comparison = judgement.comparison {
                lines += Self.text(of: comparison).map { "    " + $0 }
            }
            switch judgement.replay.answer {
            case .same: lines.append("    computed again from this record alone: the same, byte for byte")
            case .different(let places): lines += ["    NOT what its evidence gives:"] + places.map { "      " + $0 }
            case .unreadable(let reason): lines.append("    cannot be computed again: \(reason)")
            }
        }
        lines += step.remarks.map { "  " + $0 }
        if step.judgements.isEmpty, step.remarks.isEmpty, let next {
            lines.append("  nothing was judged here before \(next.percent) % was decided by \(next.by)")
        }
        return lines
    }

    private static func text(of comparison: ComparisonVerdict) -> [String] {
        [
            "compared from \(comparison.evidence.from) to \(comparison.evidence.to), "
                + "\((comparison.evidence.to - comparison.evidence.from).spoken)",
            "alpha \(Percent.text(comparison.alpha)), at least \(comparison.leastObservations) observations in each arm",
            "winner: \(comparison.winner.rawValue), because \(comparison.sentence)",
        ]
    }

    /// A verdict for people: what was counted, each rule, and what came of it.
    static func text(of verdict: AnalysisVerdict) -> [String] {
        let evidence = verdict.evidence
        func arm(_ name: String, _ counts: ArmCounts) -> String {
            "\(name): \(counts.requests) requests, \(counts.errors) errors"
        }
        var lines = [
            "counted from \(evidence.from) to \(evidence.to), \((evidence.to - evidence.from).spoken)",
            arm("candidate", evidence.candidate)
                + (evidence.stable.map { "; " + arm("stable", $0) } ?? "; no stable arm"),
        ]
        if evidence.pairs > 0 {
            lines.append("\(evidence.pairs) inputs were scored by both versions, \(evidence.disagreements) differently")
        }
        for rule in verdict.rules {
            lines.append("- \(rule.rule.statement): \(rule.ruling.spoken)")
            lines.append("    \(rule.sentence)")
            if let proof = rule.proof(alpha: verdict.alphaShare) { lines.append("    \(proof)") }
        }
        lines.append("verdict: \(verdict.overall.spoken), because \(verdict.sentence)")
        return lines
    }
}

extension Ruling {
    /// The answer in words.
    package var spoken: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .inconclusive: "inconclusive"
        case .notEnoughData: "not enough data"
        case .notApplicable: "not applicable"
        }
    }
}

extension AnalysisRule {
    /// The rule as a sentence's beginning, e.g. `error_rate at most 1 % over stable`.
    package var statement: String {
        let name = slice.map { "\(metric.rawValue) for each value of \($0)" } ?? metric.rawValue
        let late = delay.map { ", by labels \($0) late" } ?? ""
        switch (metric, against) {
        case (.accuracy, .some): return "\(name) at most \(Percent.text(maxDrop ?? 0)) under stable\(late)"
        case (.accuracy, nil): return "\(name) at least \(Percent.text(min ?? 0))\(late)"
        case (.latency, .some): return "\(name) at most \(Percent.plain(maxIncrease ?? 0)) ms over stable"
        case (.latency, nil):
            return "\(name) at most \(Percent.plain(max ?? 0)) (at most \(Percent.text(limit)) of requests slower)"
        case (.prometheus, _): return "prometheus \(query ?? "") at most \(Percent.plain(max ?? 0))"
        case (_, .some): return "\(name) at most \(Percent.text(maxIncrease ?? 0)) over stable"
        default: return "\(name) at most \(Percent.text(max ?? 0))"
        }
    }
}

extension RuleVerdict {
    /// How far the proof that the limit is broken has come, where that is a single number.
    fileprivate func proof(alpha: Double) -> String? {
        guard ruling != .notApplicable, rule.metric != .prometheus else { return nil }
        let share = "this rule's alpha at this step is \(Percent.text(alpha))"
        guard let logEvidence else { return "\(share); its bounds hold at every look together" }
        let odds = Percent.plain((1 / alpha).rounded(.up))
        let evidence = logEvidence > 20 ? "over 400000000" : Percent.plain(ReleaseAccount.power(logEvidence))
        return "\(share): evidence of \(odds) proves that the limit is broken, and there is \(evidence)"
    }
}
