package import SlipwayDomain

extension RuleVerdict {
    /// The judgement in one sentence for people.
    package var sentence: String {
        let name = title
        if ruling == .notApplicable { return "\(name) is not applicable: there is no stable version to compare with" }
        let said = note.map { " (\($0))" } ?? ""
        guard let candidate else {
            return rule.metric == .prometheus
                ? "\(name) has no answer yet\(said)" : "\(name): no requests have been counted yet\(said)"
        }
        return "\(facts(name, candidate))\(said)\(weight); \(conclusion)"
    }

    /// The metric, with what tells it from other rules on the same one.
    private var title: String {
        switch rule.metric {
        case .disagreement: rule.slice.map { "disagreement by \($0)" } ?? rule.metric.rawValue
        case .prometheus: "prometheus \(rule.query?.prefix(80) ?? "")"
        default: rule.metric.rawValue
        }
    }

    private func facts(_ name: String, _ candidate: Double) -> String {
        let range = "with the real value between \(Percent.text(lower)) and \(Percent.text(upper))"
        switch rule.metric {
        case .errorRate:
            guard let stable else { return "\(name) is \(Percent.text(candidate)), \(range)" }
            return
                "\(name) is \(Percent.text(candidate)) against \(Percent.text(stable)) of stable, with the real "
                + "increase between \(Percent.text(lower)) and \(Percent.text(upper))"
        case .latency where rule.against == .stable:
            let (here, there) = (Percent.plain(candidate), stable.map { Percent.plain($0) } ?? "?")
            return "\(name) is \(here) against \(there) of stable, with the real increase between "
                + "\(Percent.plain(lower)) and \(Percent.plain(upper)) ms"
        case .latency:
            let milliseconds = rule.max.map { Percent.plain($0) } ?? "?"
            return "\(name): \(Percent.text(candidate)) of requests took over \(milliseconds) ms, \(range)"
        case .disagreement: return "\(name) is \(Percent.text(candidate)) of \(count) pairs, \(range)"
        case .scoreDistance, .scoreDrift: return "\(name) is \(Percent.text(candidate)) over \(count) pairs, \(range)"
        case .accuracy:
            guard let stable else {
                return "\(name): \(Percent.text(candidate)) of \(count) labelled answers are wrong, \(range)"
            }
            return
                "\(name): \(Percent.text(candidate)) of answers are wrong against \(Percent.text(stable)) of stable, "
                + "with the real increase between \(Percent.text(lower)) and \(Percent.text(upper))"
        case .prometheus: return "\(name) answered \(Percent.plain(candidate)) (\(count) answers)"
        }
    }

    /// How dependent requests were weighed, where that changed anything.
    private var weight: String {
        guard let effect, effect > 1.005 else { return "" }
        return ", \(Percent.plain(effect)) dependent ones counted as one"
    }

    private var allowed: String {
        switch rule.metric {
        case .latency where rule.against == .stable: Percent.plain(limit) + " ms"
        case .prometheus: Percent.plain(limit)
        default: Percent.text(limit)
        }
    }

    private var conclusion: String {
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
        result["looks"] = looks.map { .array($0.map(\.json)) }
        return result
    }

    /// The members of a ledger entry's data that follow from the verdict.
    var recordMembers: [String: JSONValue] {
        var result = members
        result["step"] = .integer(Int64(step))
        return result
    }
}

extension AnalysisLook {
    fileprivate var json: JSONValue {
        let bounds = bounds.map { bounds -> JSONValue in
            var result: [String: JSONValue] = ["lower": .number(bounds.lower), "upper": .number(bounds.upper)]
            result["observed"] = bounds.observed.map { .number($0) }
            return .object(result)
        }
        return ["at": .string(at.description), "verdict": .string(verdict.rawValue), "bounds": .array(bounds)]
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
        result["effect"] = effect.map { .number($0) }
        result["logEvidence"] = logEvidence.map { .number($0) }
        result["note"] = note.map { .string($0) }
        return .object(result)
    }
}

extension AnalysisRule {
    fileprivate var json: JSONValue {
        var result: [String: JSONValue] = ["metric": .string(metric.rawValue)]
        result["against"] = against.map { .string($0.rawValue) }
        result["maxIncrease"] = maxIncrease.map { .number($0) }
        result["max"] = max.map { .number($0) }
        result["maxDrop"] = maxDrop.map { .number($0) }
        result["min"] = min.map { .number($0) }
        result["slice"] = slice.map { .string($0) }
        result["delay"] = delay.map { .string($0.description) }
        result["query"] = query.map { .string($0) }
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
        result["details"] = details?.json
        return .object(result)
    }
}

extension EvidenceDetails {
    fileprivate var json: JSONValue {
        do {
            return try JSONValue(encoding: self)
        } catch {
            // Counts and sums are finite and texts are texts: nothing in here has no JSON form.
            preconditionFailure("evidence cannot be written down: \(error)")
        }
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
