import Foundation
import SlipwayDomain

/// Compares answers with recorded ones: everything must be equal but identifiers and times, and an identifier must be
/// the same wherever the recording has the same mask.
struct GoldenMatch {
    /// What a mask of the recording stands for here: `<run>`, `<model>`, `<wh>`, `tr-<uuid>`.
    var known: [String: String] = ["tr-<uuid>": "tr-" + String(repeating: "7", count: 32)]
    /// Masks of one answer that nothing is known about yet.
    private(set) var found: [String: String] = [:]

    /// 2023-11-14T22:13:20Z.
    static let sentTime = "1700000000000"

    /// A recorded request's text with this server's identifiers in it.
    func filled(_ text: String) -> String {
        var text = text.replacing(GoldenEntry.unmaskedRun, with: "<run>").replacing("<ms>", with: Self.sentTime)
        for (mask, value) in known { text = text.replacing(mask, with: value) }
        return text.replacing("<uuid>", with: String(repeating: "0", count: 32))
    }

    /// Forgets what was found in the answer before, and says where this answer differs; nil when it equals.
    mutating func difference(_ recorded: JSONValue, _ actual: JSONValue, isCut: Bool = false) -> String? {
        found = [:]
        return compare(recorded, actual, at: "", isCut: isCut)
    }

    private mutating func compare(_ recorded: JSONValue, _ actual: JSONValue, at place: String, isCut: Bool) -> String?
    {
        switch (recorded, actual) {
        case (.object(let wanted), .object(let got)):
            for name in Set(wanted.keys).union(got.keys).sorted() {
                guard let left = wanted[name] else {
                    if isCut { continue }
                    return "\(place).\(name) is not in the recording"
                }
                guard let right = got[name] else { return "\(place).\(name) is missing" }
                if let difference = compare(left, right, at: "\(place).\(name)", isCut: isCut) { return difference }
            }
            return nil
        case (.array(let wanted), .array(let got)):
            let (left, right) = Self.aligned(wanted, got, isCut: isCut)
            guard left.count == right.count else { return "\(place) has \(right.count) items, not \(left.count)" }
            for (index, pair) in zip(left, right).enumerated() {
                if let difference = compare(pair.0, pair.1, at: "\(place)[\(index)]", isCut: isCut) {
                    return difference
                }
            }
            return nil
        case (.string("<ms>"), .integer(let time)):
            return time > 1_500_000_000_000 ? nil : "\(place) is no time in milliseconds: \(time)"
        case (.string("<digest>"), .string(let got)):
            return got.wholeMatch(of: /[0-9a-f]{8}/) != nil ? nil : "\(place) is no digest: \(got)"
        case (.string(let wanted), .string(let got)):
            return matches(wanted, got) ? nil : "\(place) is '\(got)', not '\(wanted)'"
        default:
            let isEqual = recorded == actual || (recorded.number != nil && recorded.number == actual.number)
            return isEqual ? nil : "\(place) is \(actual), not \(recorded)"
        }
    }

    /// Lists of things with keys of their own are compared in key order, because MLflow gives them in none.
    private static func aligned(_ wanted: [JSONValue], _ got: [JSONValue], isCut: Bool) -> ([JSONValue], [JSONValue]) {
        let keys = wanted.compactMap { $0["key"]?.string }
        guard keys.count == wanted.count, Set(keys).count == keys.count else { return (wanted, got) }
        func sorted(_ items: [JSONValue]) -> [JSONValue] {
            items.sorted { ($0["key"]?.string ?? "") < ($1["key"]?.string ?? "") }
        }
        let rest = isCut ? got.filter { keys.contains($0["key"]?.string ?? "") } : got
        return (sorted(wanted), sorted(rest))
    }

    private mutating func matches(_ wanted: String, _ got: String) -> Bool {
        // The recording's own day, and the identifiers that its author did not mask.
        if wanted.hasPrefix("2026-11-23T") {
            return got.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
        }
        if wanted.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil {
            return got.wholeMatch(of: /[0-9A-Za-z_-]{16,64}/) != nil
        }
        var rest = got[...]
        var pattern = wanted.replacing(GoldenEntry.unmaskedRun, with: "<run>")[...]
        while let mask = pattern.firstMatch(of: /(tr-|a-|m-|d-)?<uuid>|<run>|<model>|<wh>/) {
            let before = pattern[..<mask.range.lowerBound]
            guard rest.hasPrefix(before) else { return false }
            rest = rest.dropFirst(before.count)
            let name = String(mask.0)
            guard let value = known[name] ?? found[name] ?? Self.identifier(name, in: rest), rest.hasPrefix(value)
            else {
                return false
            }
            found[name] = value
            rest = rest.dropFirst(value.count)
            pattern = pattern[mask.range.upperBound...]
        }
        return rest == pattern
    }

    private static func identifier(_ mask: String, in text: Substring) -> String? {
        let prefix = mask.hasSuffix("<uuid>") ? String(mask.dropLast("<uuid>".count)) : ""
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count).prefix { $0.isHexDigit || $0 == "-" }
        return digits.count >= 16 ? prefix + digits : nil
    }
}
