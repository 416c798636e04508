package import SlipwayDomain

extension ReleaseState {
    /// What goes on in a long step, line by line for people: time gone and left, counts so far, the newest bounds, and
    /// what is waited for. Empty when nothing goes on.
    package func progress(now: Instant) -> [String] {
        guard !isTerminal else { return [] }
        var lines: [String] = []
        if let stepIndex, [.progressing, .paused].contains(phase) {
            lines.append("step \(stepIndex + 1) of \(plan.steps.count) at \(candidatePercent) %\(clock(now))")
            lines += counts(now)
            lines += findings
        }
        for pending in pendingEffects where pending.failures > 0 {
            lines.append(
                "\(pending.effect.failure) (\(pending.failures) times); tried again in "
                    + max(Span.seconds(0), pending.dueAt - now).spoken
            )
        }
        if phase == .paused {
            let why = reason.map { ": \($0)" } ?? ""
            lines.append("paused\(why); `slipway resume \(plan.model)` lets it go on")
        }
        if let waiting {
            let left = waiting.until.map { ", for \(max(Span.seconds(0), $0 - now).spoken) more" } ?? ""
            lines.append("waits: \(waiting.sentence)\(left)")
        }
        return lines
    }

    private func clock(_ now: Instant) -> String {
        var parts: [String] = []
        if let settledAt { parts.append("for \(max(Span.seconds(0), now - settledAt).spoken)") }
        if let deadlineAt, passedAt == nil {
            parts.append("decided in \(max(Span.seconds(0), deadlineAt - now).spoken) at the latest")
        }
        if let startedAt, let limit = plan.controls.progressDeadline {
            parts.append("rolled back in \(max(Span.seconds(0), startedAt + limit - now).spoken) unless it is through")
        }
        return parts.isEmpty ? "" : ", " + parts.joined(separator: ", ")
    }

    private func counts(_ now: Instant) -> [String] {
        guard let evidence = lastVerdict?.evidence else { return ["nothing has been judged yet"] }
        var text = "\(evidence.candidate.requests) requests to version \(plan.candidate)"
        if let stable = evidence.stable, let version = plan.stable {
            text += ", \(stable.requests) to version \(version)"
        }
        if evidence.pairs > 0 { text += ", \(evidence.pairs) pairs" }
        if let quality = evidence.details?.quality {
            text += ", \(quality.candidate.labelled + quality.stable.labelled) labels"
        }
        guard passedAt == nil else { return [text + "; the step is passed"] }
        var missing: [String] = []
        let least = min(evidence.candidate.requests, evidence.stable?.requests ?? .max)
        if least < plan.demands.requests { missing.append("\(plan.demands.requests) requests in each arm") }
        let seen = evidence.to - evidence.from
        let rest = Span(milliseconds: plan.demands.duration.milliseconds - seen.milliseconds)
        if rest > Span.seconds(0) { missing.append("\(rest.spoken) more") }
        return [missing.isEmpty ? text : "\(text); the step needs \(missing.joined(separator: " and "))"]
    }

    private var findings: [String] {
        if let comparison, plan.strategy == .ab { return [comparison.sentence] + rules }
        return rules
    }

    private var rules: [String] {
        (lastVerdict?.rules ?? []).map { "\($0.ruling.word): \($0.sentence)" }
    }
}

extension Ruling {
    /// The answer as a person says it.
    fileprivate var word: String {
        switch self {
        case .pass: "kept"
        case .fail: "broken"
        case .inconclusive: "open"
        case .notEnoughData: "too early"
        case .notApplicable: "not asked"
        }
    }
}
