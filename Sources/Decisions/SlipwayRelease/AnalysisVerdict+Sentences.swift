package import SlipwayDomain

extension RuleVerdict {
    /// The judgement in one sentence for people.
    package var sentence: String {
        let name = rule.metric.rawValue
        if ruling == .notApplicable { return "\(name) is not applicable: there is no stable version to compare with" }
        guard let candidate else { return "\(name): no requests have been counted yet" }
        let range = "with the real value between \(Percent.text(lower)) and \(Percent.text(upper))"
        let facts: String
        switch rule.metric {
        case .errorRate:
            if let stable {
                facts =
                    "\(name) is \(Percent.text(candidate)) against \(Percent.text(stable)) of stable, with the real "
                    + "increase between \(Percent.text(lower)) and \(Percent.text(upper))"
            } else {
                facts = "\(name) is \(Percent.text(candidate)), \(range)"
            }
        case .latencyP95:
            let milliseconds = rule.max.map { Percent.plain($0) } ?? "?"
            facts = "\(name): \(Percent.text(candidate)) of requests took over \(milliseconds) ms, \(range)"
        case .disagreement:
            facts = "\(name) is \(Percent.text(candidate)) of \(count) pairs, \(range)"
        }
        return "\(facts); \(conclusion)"
    }

    private var conclusion: String {
        let allowed = Percent.text(limit)
        switch ruling {
        case .pass: return "that is within the limit of \(allowed)"
        case .fail: return "that is over the limit of \(allowed)"
        case .inconclusive: return "whether that keeps the limit of \(allowed) is not proven either way after \(count)"
        case .notEnoughData: return "too little has been seen to hold it against the limit of \(allowed)"
        case .notApplicable: return "not applicable"
        }
    }
}

extension AnalysisVerdict {
    /// The judgement in one sentence for people: the rules that decided it.
    package var sentence: String {
        let deciding = rules.filter { $0.ruling == overall && $0.ruling != .pass }
        if !deciding.isEmpty { return deciding.map(\.sentence).joined(separator: "; ") }
        switch overall {
        case .pass:
            let judged = rules.count { $0.ruling == .pass }
            return judged == 0
                ? "no rule applies, and the step saw its traffic" : "\(judged) of \(judged) rules are kept"
        case .notEnoughData:
            return "the step has seen \(evidence.candidate.requests) candidate requests in "
                + "\((evidence.to - evidence.from).spoken); it needs \(demands.requests) in each arm in "
                + "\(demands.duration.spoken)"
        case .fail, .inconclusive, .notApplicable:
            return "the analysis ended as \(overall.rawValue)"
        }
    }

    /// The members that a ledger entry of this verdict holds; decoding them as a verdict gives the verdict back.
    package var members: [String: JSONValue] {
        var result: [String: JSONValue] = [
            "verdict": .string(overall.rawValue), "metrics": .array(rules.map(\.json)), "evidence": evidence.json,
            "alphaShare": .number(alphaShare), "sentence": .string(sentence),
        ]
        result["demands"] = [
            "requests": .integer(Int64(demands.requests)), "duration": .string(demands.duration.description),
        ]
        return result
    }
}

extension RuleVerdict {
    fileprivate var json: JSONValue {
        var result: [String: JSONValue] = [
            "metric": .string(rule.metric.rawValue), "rule": rule.json, "verdict": .string(ruling.rawValue),
            "lower": .number(lower), "upper": .number(upper), "limit": .number(limit),
            "n": .integer(Int64(count)), "sentence": .string(sentence),
        ]
        result["candidate"] = candidate.map { .number($0) }
        result["stable"] = stable.map { .number($0) }
        return .object(result)
    }
}

extension AnalysisRule {
    fileprivate var json: JSONValue {
        var result: [String: JSONValue] = ["metric": .string(metric.rawValue)]
        result["against"] = against.map { .string($0.rawValue) }
        result["maxIncrease"] = maxIncrease.map { .number($0) }
        result["max"] = max.map { .number($0) }
        return .object(result)
    }
}

extension AnalysisEvidence {
    fileprivate var json: JSONValue {
        var result: [String: JSONValue] = [
            "step": .integer(Int64(step)), "from": .string(from.description), "to": .string(to.description),
            "candidate": candidate.json, "pairs": .integer(Int64(pairs)),
            "disagreements": .integer(Int64(disagreements)),
        ]
        result["stable"] = stable?.json
        return .object(result)
    }
}

extension ArmCounts {
    fileprivate var json: JSONValue {
        ["requests": .integer(Int64(requests)), "errors": .integer(Int64(errors)), "slow": .integer(Int64(slow))]
    }
}

/// Shares as people read them.
enum Percent {
    /// A share as a percentage with up to two decimals, e.g. `1.25 %`.
    static func text(_ share: Double) -> String { plain(share * 100) + " %" }

    /// A number with up to two decimals.
    static func plain(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return "\(value)" }
        let hundredths = Int64((value * 100).rounded())
        let fraction = hundredths.magnitude % 100
        let sign = hundredths < 0 ? "-" : ""
        let whole = "\(sign)\(hundredths.magnitude / 100)"
        if fraction == 0 { return whole }
        let digits = fraction < 10 ? "0\(fraction)" : "\(fraction)"
        return whole + "." + (digits.hasSuffix("0") ? String(digits.dropLast()) : digits)
    }
}
