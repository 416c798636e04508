package import SlipwayDomain

/// Which gates stand before an environment, and how old evidence may be.
package struct Policy: Codable, Hashable, Sendable {
    /// Evidence older than this does not count.
    package let maxAge: Span

    /// The policy that holds when nobody set another.
    package static let standard = Policy(maxAge: .days(90))

    package init(maxAge: Span) { self.maxAge = maxAge }

    /// The gates before `environment` for a model of `tier`, in the order in which they are shown.
    package func gates(tier: Tier, environment: ReleaseEnvironment, manifest: Manifest) -> [Gate] {
        switch environment {
        case .dev: return [.registered]
        case .staging: return [.registered, .evaluated]
        case .production:
            var gates: [Gate] = [.registered, .artifactVerified, .evaluated]
            if tier != .internalOnly, manifest.spec.evaluation.isEmpty { gates.append(.evaluationRules) }
            gates += manifest.spec.evaluation.map(Gate.evaluation)
            if manifest.spec.monitors.drift != nil { gates.append(.reference) }
            if manifest.spec.inputs != nil { gates.append(.contract) }
            if tier != .internalOnly { gates.append(.runbook) }
            switch tier {
            case .critical: gates.append(.approvals(2))
            case .important: gates.append(.approvals(1))
            case .internalOnly: break
            }
            return gates
        }
    }

    /// Whether the version may enter the environment that `evidence` names, gate by gate.
    package func decide(manifest: Manifest, evidence: Evidence, now: Instant) -> Decision {
        let tier = manifest.metadata.tier
        let gates = gates(tier: tier, environment: evidence.environment, manifest: manifest)
        return decide(gates: gates, manifest: manifest, evidence: evidence, now: now)
    }

    /// Why an approval does not count, whatever the others say; nil when it does.
    package func objection(to approval: Approval, manifest: Manifest, evidence: Evidence, now: Instant) -> String? {
        GateJudge(policy: self, manifest: manifest, evidence: evidence, now: now).objection(toApproval: approval)
    }

    /// The same for a given list of gates: allowed when none of them fails or lacks evidence.
    func decide(gates: [Gate], manifest: Manifest, evidence: Evidence, now: Instant) -> Decision {
        let judge = GateJudge(policy: self, manifest: manifest, evidence: evidence, now: now)
        let results = gates.map(judge.result)
        return Decision(
            model: evidence.model,
            version: evidence.version,
            environment: evidence.environment,
            tier: manifest.metadata.tier,
            decidedAt: now,
            policy: self,
            artifactDigest: evidence.artifactDigest,
            allowed: results.allSatisfy(\.verdict.lets),
            gates: results,
            warnings: manifest.warnings(on: evidence)
        )
    }
}
