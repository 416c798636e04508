internal import Glibc
package import SlipwayDomain

extension ReleaseAccount {
    /// The account for machines: every record whole, as the ledger holds it, with what its replay gave.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "release": .string(release.text), "startedAt": .string(start.at.description),
            "startedBy": .string(start.actor), "start": start.data, "steps": .array(steps.map(Self.json)),
            "alphaSpent": .number(alphaSpent), "holds": .bool(findings.isEmpty),
            "findings": .array(findings.map(JSONValue.string)), "text": .array(lines.map(JSONValue.string)),
        ]
        members["alpha"] = alpha.map { .number($0) }
        members["end"] = end.map(Self.json)
        members["now"] = now.map { .object($0.members) }
        return .object(members)
    }

    /// What computing every record again gave.
    package var replayJSON: JSONValue {
        let records = judgements.map { judgement -> JSONValue in
            var members = Self.json(judgement.fact).object ?? [:]
            members["data"] = nil
            members.merge(Self.json(judgement.replay)) { mine, _ in mine }
            return .object(members)
        }
        return [
            "release": .string(release.text), "records": .array(records), "same": .bool(findings.isEmpty),
            "findings": .array(findings.map(JSONValue.string)),
        ]
    }

    private static func json(_ step: Step) -> JSONValue {
        let judgements = step.judgements.map { judgement -> JSONValue in
            var members = json(judgement.fact).object ?? [:]
            members.merge(json(judgement.replay)) { mine, _ in mine }
            return .object(members)
        }
        return [
            "step": .integer(Int64(step.index)), "percent": .integer(Int64(step.percent)),
            "at": .string(step.at.description), "by": .string(step.by), "judgements": .array(judgements),
            "remarks": .array(step.remarks.map(JSONValue.string)),
        ]
    }

    private static func json(_ fact: Fact) -> JSONValue {
        [
            "entry": .string(fact.entry.text), "type": .string(fact.name), "at": .string(fact.at.description),
            "actor": .string(fact.actor), "data": fact.data,
        ]
    }

    private static func json(_ replay: EvidenceReplay) -> [String: JSONValue] {
        var members: [String: JSONValue] = [
            "same": .bool(replay.isSame), "recordedBytes": .integer(Int64(replay.recorded.count)),
        ]
        members["recomputedBytes"] = replay.recomputed.map { .integer(Int64($0.count)) }
        switch replay.answer {
        case .same: break
        case .different(let places): members["differences"] = .array(places.map(JSONValue.string))
        case .unreadable(let reason): members["differences"] = [.string(reason)]
        }
        return members
    }

    /// What a logarithm stands for.
    static func power(_ logarithm: Double) -> Double { exp(logarithm) }
}
