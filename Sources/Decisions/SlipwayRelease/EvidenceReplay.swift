package import SlipwayDomain

/// A judgement computed again from its ledger entry alone, and held against what the entry says, byte for byte.
///
/// Equal bytes need the same version of Slipway's decisions and the same mathematical library (`log`, `lgamma`): both are
/// part of one binary's platform.
package struct EvidenceReplay: Hashable, Sendable {
    /// What came of it.
    package enum Answer: Hashable, Sendable {
        case same
        /// Where the entry and the recomputed one differ.
        case different([String])
        /// The entry's data is no evidence at all.
        case unreadable(String)
    }

    package let answer: Answer
    /// The canonical bytes that the entry holds.
    package let recorded: [UInt8]
    /// The canonical bytes that follow from the entry's evidence; nil when it has none.
    package let recomputed: [UInt8]?

    /// Whether both are the same bytes.
    package var isSame: Bool { answer == .same }

    /// The types of entries that are judgements, without their prefix.
    package static let names: Set = ["release.analysis", "release.comparison"]

    /// Computes a judgement again; nil for an entry that is none.
    package init?(name: String, data: JSONValue) {
        guard EvidenceReplay.names.contains(name) else { return nil }
        do {
            recorded = try CanonicalJSON.bytes(of: data)
        } catch {
            (recorded, recomputed, answer) = ([], nil, .unreadable("\(error)"))
            return
        }
        do {
            let again = try EvidenceReplay.again(name, data)
            let bytes = try CanonicalJSON.bytes(of: again)
            recomputed = bytes
            answer = bytes == recorded ? .same : .different(EvidenceReplay.differences(data, again))
        } catch let error as ReleaseError {
            (recomputed, answer) = (nil, .unreadable("\(error)"))
        } catch {
            (recomputed, answer) = (nil, .unreadable("it is not what a judgement's record looks like: \(error)"))
        }
    }

    /// The data that an entry would have if it were written from its own evidence.
    private static func again(_ name: String, _ data: JSONValue) throws -> JSONValue {
        var members: [String: JSONValue] = [:]
        for member in ["release", "model", "version", "revision"] { members[member] = data[member] }
        if name == "release.analysis" {
            let verdict = try data.decode(AnalysisVerdict.self)
            members.merge(verdict.recomputed.recordMembers) { mine, _ in mine }
        } else {
            let verdict = try (data["comparison"] ?? .null).decode(ComparisonVerdict.self)
            members.merge(verdict.recomputed.recordMembers) { mine, _ in mine }
        }
        return .object(members)
    }

    /// More differences than this tell nothing more.
    private static let mostDifferences = 8

    private static func differences(_ recorded: JSONValue, _ again: JSONValue) -> [String] {
        var found: [String] = []
        compare(recorded, again, at: "", &found)
        return found
    }

    private static func compare(_ here: JSONValue?, _ there: JSONValue?, at place: String, _ found: inout [String]) {
        guard found.count < mostDifferences, text(here) != text(there) else { return }
        if let mine = here?.object, let theirs = there?.object {
            for name in Set(mine.keys).union(theirs.keys).sorted() {
                compare(mine[name], theirs[name], at: place.isEmpty ? name : "\(place).\(name)", &found)
            }
        } else if let mine = here?.array, let theirs = there?.array, mine.count == theirs.count {
            for (index, pair) in zip(mine, theirs).enumerated() {
                compare(pair.0, pair.1, at: "\(place)[\(index)]", &found)
            }
        } else {
            found.append("\(place) is \(short(here)), and its evidence gives \(short(there))")
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        // What has no canonical form was refused before it came here.
        value.flatMap { try? CanonicalJSON.text(of: $0) }
    }

    private static func short(_ value: JSONValue?) -> String {
        guard let text = text(value) else { return "nothing" }
        return text.count > 120 ? text.prefix(117) + "..." : text
    }
}
