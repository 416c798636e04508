import SlipwayDomain

@testable import SlipwayPolicy

/// One good manifest and complete evidence for it; tests change one thing at a time.
enum Example {
    static let yaml = """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: flight-delay, owner: team-ops, tier: 2, description: Will this flight arrive over 15 minutes late?}
        spec:
          task: binary-classification
          inputs: {contract: contract.yaml, contractDigest: "\(contract)"}
          evaluation:
            - {metric: roc_auc, min: 0.68}
            - {metric: roc_auc, against: champion, maxDrop: 0.01}
            - {metric: recall, slice: carrier, minRatio: 0.8}
          release:
            strategy: canary
            steps: [5, 25, 50, 100]
            analysis:
              - {metric: error_rate, against: stable, maxIncrease: 0.01}
              - {metric: latency_p95_ms, max: 50}
              - {metric: disagreement, max: 0.10}
          monitors:
            drift: {features: all}
            performance: {metric: roc_auc, min: 0.65, labels: {delay: 24h}}
          objectives: {availability: 0.999, latency_p95_ms: 50, window: 30d}
          runbook: runbook.md

        """

    static let contract = "sha256:" + String(repeating: "c", count: 64)
    static let now = Instant(milliseconds: 1_364_774_400_000)  // 2013-04-01T00:00:00Z
    static let digest = "sha256:aaaaaaaaaaaaaaaa"
    static let otherDigest = "sha256:bbbbbbbbbbbbbbbb"

    static func manifest(_ edit: (String) -> String = { $0 }) throws -> Manifest { try Manifest(yaml: edit(yaml)) }

    static func manifest(tier: Int) throws -> Manifest {
        try manifest { $0.replacing("tier: 2", with: "tier: \(tier)") }
    }

    static func source(_ entry: String, by actor: String, daysAgo: Int64 = 1) -> EvidenceSource {
        EvidenceSource(entry: EntryID(entry), time: now + Span(milliseconds: -daysAgo * 86_400_000), actor: actor)
    }

    static func evaluation(
        _ entry: String = "e3",
        auc: Double = 0.712,
        digest: String = digest,
        dataset: String = "sha256:holdout",
        slices: [Evaluation.Slice] = slices(),
        daysAgo: Int64 = 1
    ) -> Evaluation {
        Evaluation(
            source: source(entry, by: "ana", daysAgo: daysAgo),
            artifactDigest: digest,
            datasetDigest: dataset,
            rows: 20_000,
            metrics: ["roc_auc": auc, "recall": 0.6],
            slices: slices
        )
    }

    static func slices(_ recalls: [(String, Int, Double)] = [("UA", 5000, 0.62), ("AA", 4000, 0.55)]) -> [Evaluation
        .Slice]
    {
        recalls.map { Evaluation.Slice(column: "carrier", value: $0.0, rows: $0.1, metrics: ["recall": $0.2]) }
    }

    static func approval(
        _ entry: String,
        by actor: String,
        granted: Bool = true,
        digest: String = digest,
        environment: ReleaseEnvironment = .production,
        daysAgo: Int64 = 1
    ) -> Approval {
        Approval(
            source: source(entry, by: actor, daysAgo: daysAgo),
            approval: "apr1",
            artifactDigest: digest,
            environment: environment,
            granted: granted
        )
    }

    static func validation(
        digest: String = digest,
        contract: String = contract,
        broken: [String] = [],
        daysAgo: Int64 = 1
    ) -> DataValidation {
        DataValidation(
            source: source("e8", by: "ana", daysAgo: daysAgo),
            artifactDigest: digest,
            finding: DataValidation.Finding(
                contract: "flight-features",
                contractVersion: "1.0.0",
                contractDigest: contract,
                dataset: "train.parquet",
                datasetDigest: "sha256:" + String(repeating: "d", count: 64),
                rows: 80_000,
                checks: 30,
                broken: broken
            )
        )
    }

    /// Everything that tier 1 needs: ana registered it, bo asked for it, cy and di approved.
    static func evidence(_ edit: (inout Evidence) -> Void = { _ in }) -> Evidence {
        var evidence = Evidence(
            model: "flight-delay",
            version: 2,
            environment: .production,
            artifactDigest: digest,
            requests: [ApprovalRequest(source: source("e5", by: "bo"), approval: "apr1")],
            champion: Champion(
                version: 1,
                artifactDigest: otherDigest,
                evaluation: evaluation("e0", auc: 0.715, digest: otherDigest, daysAgo: 20)
            ),
            registration: Registration(source: source("e1", by: "ana", daysAgo: 2), artifactDigest: digest),
            verification: Verification(source: source("e2", by: "slipway"), artifactDigest: digest, format: "onnx"),
            evaluation: evaluation(),
            reference: ReferenceProfile(
                source: source("e4", by: "ana"),
                artifactDigest: digest,
                profileDigest: "sha256:profile",
                rows: 80_000
            ),
            validation: validation(),
            approvals: [approval("e6", by: "cy"), approval("e7", by: "di")]
        )
        edit(&evidence)
        return evidence
    }
}

extension Identifier: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}
