internal import SlipwayDomain

extension ReleaseControls {
    /// The members that the entry of a release's start has beyond those of a plain canary; none for a plain canary, so
    /// that its entry has the bytes that it always had.
    var members: [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        if !stops.isEmpty { result["stops"] = .array(stops.map(\.json)) }
        if !windows.isEmpty { result["windows"] = .array(windows.map { .string($0.description) }) }
        result["progressDeadline"] = progressDeadline.map { .string($0.description) }
        if let comparison { result["comparison"] = comparison.json }
        result["block"] = block.map { .string($0.description) }
        return result
    }
}

extension ReleaseStop {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["step": .integer(Int64(step))]
        members["pause"] = waitsForPerson ? .string("person") : pause.map { .string($0.description) }
        if let approval {
            members["approve"] = .string(approval.role)
            members["people"] = approval.people.map { .array($0.map(JSONValue.string)) }
        }
        return .object(members)
    }
}

extension ComparisonRule {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "metric": .string(metric.rawValue), "goal": .string(goal.rawValue),
            "undecided": .string(undecided.rawValue), "asksPerson": .bool(asksPerson),
        ]
        members["maxObservations"] = maxObservations.map { .integer(Int64($0)) }
        return .object(members)
    }
}

extension ComparisonVerdict {
    /// The members of a ledger entry's data that follow from the verdict.
    var recordMembers: [String: JSONValue] {
        [
            "step": .integer(Int64(evidence.step)), "winner": .string(winner.rawValue), "comparison": json,
            "sentence": .string(sentence),
        ]
    }

    /// The judgement as a ledger entry holds it; decoding it as a verdict gives the verdict back.
    var json: JSONValue {
        func arm(_ arm: ComparisonArm) -> JSONValue {
            ["observations": .integer(Int64(arm.observations)), "hits": .integer(Int64(arm.hits))]
        }
        let evidence: JSONValue = [
            "step": .integer(Int64(evidence.step)), "from": .string(evidence.from.description),
            "to": .string(evidence.to.description), "candidate": arm(evidence.candidate),
            "stable": arm(evidence.stable),
        ]
        return [
            "winner": .string(winner.rawValue), "rule": rule.json, "evidence": evidence, "alpha": .number(alpha),
            "leastObservations": .integer(Int64(leastObservations)), "lower": .number(lower), "upper": .number(upper),
        ]
    }
}
