package import SlipwayDomain

/// May this version enter this environment? The answer with every reason; equal inputs give equal bytes.
package struct Decision: Codable, Hashable, Sendable {
    package let model: String
    package let version: Int
    package let environment: ReleaseEnvironment
    package let tier: Tier
    package let decidedAt: Instant
    /// The policy that was applied; its canonical bytes are what a policy digest is made of.
    package let policy: Policy
    package let artifactDigest: String?
    package let allowed: Bool
    package let gates: [GateResult]
    /// What is probably a mistake and stands in nobody's way; nil when there is nothing to say.
    package let warnings: [String]?

    /// The gates that stand in the way.
    package var obstacles: [GateResult] { gates.filter { !$0.verdict.lets } }

    /// For the terminal: the answer, every gate with verdict, reason and evidence, and what to do next.
    package var text: String {
        let answer = allowed ? "allowed" : "denied"
        var lines = [
            "\(model)@\(version) to \(environment.rawValue): \(answer) (tier \(tier.rawValue), \(decidedAt))", "",
        ]
        let width = gates.map(\.verdict.shown.count).max() ?? 0
        let indent = String(repeating: " ", count: width + 4)
        for result in gates {
            let padding = String(repeating: " ", count: width - result.verdict.shown.count)
            lines.append("  \(result.verdict.shown)\(padding)  \(result.title) (\(result.gate))")
            lines.append("\(indent)\(result.reason)")
            if !result.evidence.isEmpty {
                lines.append("\(indent)evidence: \(result.evidence.map(\.text).joined(separator: ", "))")
            }
            if let remedy = result.remedy { lines.append("\(indent)do: \(remedy)") }
        }
        for warning in warnings ?? [] { lines.append("  warning: \(warning)") }
        lines.append("")
        lines.append(
            allowed
                ? "All \(gates.count) gates let it through."
                : "\(obstacles.count) of \(gates.count) gates stand in the way: \(obstacles.map(\.gate).joined(separator: ", "))."
        )
        return lines.joined(separator: "\n") + "\n"
    }
}

/// What one gate said.
package struct GateResult: Codable, Hashable, Sendable {
    package let gate: String
    package let title: String
    package let verdict: Verdict
    /// One sentence with the numbers.
    package let reason: String
    /// The ledger entries that the verdict rests on.
    package let evidence: [EntryID]
    /// The command to run; nil when there is nothing to do.
    package let remedy: String?

    /// How evidence and rule compare.
    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        case pass
        case fail
        /// There is no evidence that counts.
        case missing
        /// The rule has no meaning here, such as a comparison with a champion that does not exist.
        case notApplicable

        /// Whether the gate is open.
        package var lets: Bool { self == .pass || self == .notApplicable }

        fileprivate var shown: String { self == .notApplicable ? "n/a" : self == .fail ? "FAIL" : rawValue }
    }
}
