import Foundation
import SlipwayDomain
import Synchronization

/// What an import has done so far; read by the line of progress while the import goes on.
final class ImportTally: Sendable {
    struct State {
        var counts: [ImportKind: ImportCount] = [:]
        var missed: [ImportKind: Int] = [:]
        var totals: [ImportKind: Int64] = [:]
        /// The first of them, in order; the counts have all.
        var reasons: [ImportRefusal] = []
        var renumbered: [ImportedPlace] = []
        var phase = "asking"
    }

    private static let mostReasons = 10_000
    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }
    var isComplete: Bool { state.withLock { $0.missed.isEmpty } }

    /// How much there is to move, of the kinds of which that is known.
    func expect(_ totals: [ImportKind: Int64]) { state.withLock { $0.totals = totals } }

    func enter(_ phase: String) { state.withLock { $0.phase = phase } }

    func count(_ kind: ImportKind, added: Int64 = 0, already: Int64 = 0) {
        guard added != 0 || already != 0 else { return }
        state.withLock { $0.counts[kind, default: ImportCount()] += ImportCount(added: added, already: already) }
    }

    func miss(_ kind: ImportKind, _ id: String, _ reason: String) {
        state.withLock { state in
            state.missed[kind, default: 0] += 1
            guard state.reasons.count < Self.mostReasons else { return }
            state.reasons.append(ImportRefusal(kind, id, reason))
        }
    }

    func add(_ report: ImportReport) {
        for (kind, count) in report.counts { self.count(kind, added: count.added, already: count.already) }
        for refusal in report.refusals { miss(refusal.kind, refusal.id, refusal.reason) }
        let moved = report.experiments.filter { $0.theirs != $0.ours }
        state.withLock { $0.renumbered += moved }
    }

    /// One line for somebody who waits.
    var line: String {
        let state = now
        func count(_ kind: ImportKind) -> Int64 {
            (state.counts[kind].map { $0.added + $0.already }) ?? 0
        }
        let parts = [ImportKind.run, .point, .file, .version, .trace].filter { count($0) > 0 }
            .map { kind in
                // What comes along because something newer needs it is in no total.
                let total = state.totals[kind].map { max($0, count(kind)) }
                return count(kind).grouped + (total.map { " of \($0.grouped)" } ?? "") + " \(kind.words)"
            }
        return "\(state.phase): " + (parts.isEmpty ? "…" : parts.joined(separator: ", "))
    }

    func json(source: String, outcome: String, seconds: Double) -> JSONValue {
        let state = now
        var moved: [String: JSONValue] = [:]
        for kind in ImportKind.allCases where state.counts[kind] != nil || state.missed[kind] != nil {
            let count = state.counts[kind] ?? ImportCount()
            moved[kind.rawValue] = [
                "moved": .integer(count.added), "already": .integer(count.already),
                "notMoved": .integer(Int64(state.missed[kind] ?? 0)),
            ]
        }
        return [
            "source": .string(source), "outcome": .string(outcome), "seconds": .number((seconds * 100).rounded() / 100),
            "kinds": .object(moved),
            "notMoved": .array(
                state.reasons.map {
                    ["kind": .string($0.kind.rawValue), "id": .string($0.id), "reason": .string($0.reason)]
                }
            ),
            "renumbered": .array(
                state.renumbered.map {
                    ["name": .string($0.name), "theirs": .string("\($0.theirs)"), "ours": .string("\($0.ours)")]
                }
            ),
        ]
    }

    /// The table at the end.
    func table(isDry: Bool) -> String {
        let state = now
        var lines = [
            "\("".padding(20))\(Self.cell(isDry ? "there" : "moved"))\(Self.cell("already"))\(Self.cell("not moved"))"
        ]
        for kind in ImportKind.allCases where state.counts[kind] != nil || state.missed[kind] != nil {
            let count = state.counts[kind] ?? ImportCount()
            let cells = [count.added, count.already, Int64(state.missed[kind] ?? 0)]
            lines.append(kind.words.padding(20) + cells.map { Self.cell($0 == 0 ? "-" : $0.grouped) }.joined())
        }
        for place in state.renumbered {
            lines.append("experiment \(place.theirs) '\(place.name)' is number \(place.ours) here")
        }
        // The same reason for many things is told once.
        let groups = Dictionary(grouping: state.reasons) { "\($0.kind.words): \($0.reason)" }
        for (text, items) in groups.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }).prefix(20) {
            let names = items.prefix(3).map(\.id).joined(separator: "; ")
            lines.append("not moved, \(text)")
            lines.append("    \(names)\(items.count > 3 ? " and \(items.count - 3) more" : "")")
        }
        if groups.count > 20 { lines.append("and \(groups.count - 20) other reasons: --json lists all") }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String {
        String(repeating: " ", count: max(1, 16 - text.count)) + text
    }
}

extension ImportKind {
    /// The kind for people, in the plural.
    var words: String {
        switch self {
        case .experiment: "experiments"
        case .run: "runs"
        case .point: "metric points"
        case .param: "params"
        case .tag: "tags"
        case .dataset: "data sets"
        case .loggedModel: "logged models"
        case .registeredModel: "registered models"
        case .version: "versions"
        case .alias: "aliases"
        case .trace: "traces"
        case .assessment: "assessments"
        case .file: "files"
        case .byte: "bytes of files"
        case .other: "other things"
        }
    }
}

extension Int64 {
    /// The number with commas between thousands.
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }
}
