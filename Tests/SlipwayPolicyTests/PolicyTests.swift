import SlipwayDomain
import Testing

@testable import SlipwayPolicy

@Suite("A policy")
struct PolicyTests {
    private static let noEdit: @Sendable (inout Evidence) -> Void = { _ in }

    /// One change to complete evidence, and the gates that then stand in the way in tier 1, 2 and 3.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let edit: @Sendable (inout Evidence) -> Void
        let obstacles: [Int: [String]]
        var testDescription: String { name }

        init(_ name: String, _ obstacles: [Int: [String]], _ edit: @escaping @Sendable (inout Evidence) -> Void) {
            self.name = name
            self.edit = edit
            self.obstacles = obstacles
        }

        /// The same gates in every tier.
        init(_ name: String, all obstacles: [String], _ edit: @escaping @Sendable (inout Evidence) -> Void) {
            self.init(name, [1: obstacles, 2: obstacles, 3: obstacles], edit)
        }
    }

    private static let thresholds = [
        "evaluation.roc_auc.min", "evaluation.roc_auc.champion", "evaluation.recall.slice.carrier",
    ]
    private static let approvalsOfAll = [1: ["approvals"], 2: ["approvals"], 3: [String]()]

    static let cases: [Case] = [
        Case("complete evidence", all: []) { _ in },
        Case("not registered", all: ["registered"]) { $0.registration = nil },
        Case("artifact changed since registration", all: ["registered"]) {
            $0.registration = Registration(source: Example.source("e1", by: "ana"), artifactDigest: Example.otherDigest)
        },
        Case("never loaded", all: ["artifact.verified"]) { $0.verification = nil },
        Case("loaded, but another artifact", all: ["artifact.verified"]) {
            $0.verification = Verification(
                source: Example.source("e2", by: "slipway"),
                artifactDigest: Example.otherDigest,
                format: "onnx"
            )
        },
        Case("does not load", all: ["artifact.verified"]) {
            $0.verification = Verification(
                source: Example.source("e2", by: "slipway"),
                artifactDigest: Example.digest,
                format: "onnx",
                problem: "bad opset"
            )
        },
        Case("pickle", all: ["artifact.verified"]) {
            $0.verification = Verification(
                source: Example.source("e2", by: "slipway"),
                artifactDigest: Example.digest,
                format: "pickle"
            )
        },
        Case("never evaluated", all: ["evaluation.present"] + thresholds) { $0.evaluation = nil },
        Case("evaluation of another artifact", all: ["evaluation.present"] + thresholds) {
            $0.evaluation = Example.evaluation(digest: Example.otherDigest)
        },
        Case("evaluation exactly 90 days old", all: []) { $0.evaluation = Example.evaluation(daysAgo: 90) },
        Case("evaluation 91 days old", all: ["evaluation.present"] + thresholds) {
            $0.evaluation = Example.evaluation(daysAgo: 91)
        },
        Case("evaluation from the future", all: ["evaluation.present"] + thresholds) {
            $0.evaluation = Example.evaluation(daysAgo: -1)
        },
        Case("exactly at the threshold", all: ["evaluation.roc_auc.champion"]) {
            $0.evaluation = Example.evaluation(auc: 0.68)
        },
        Case("just below the threshold", all: ["evaluation.roc_auc.min", "evaluation.roc_auc.champion"]) {
            $0.evaluation = Example.evaluation(auc: 0.679999)
        },
        Case("metric is not a number", all: ["evaluation.roc_auc.min", "evaluation.roc_auc.champion"]) {
            $0.evaluation = Example.evaluation(auc: .nan)
        },
        Case("better than the champion", all: []) { $0.evaluation = Example.evaluation(auc: 0.9) },
        Case("worse than the champion by too much", all: ["evaluation.roc_auc.champion"]) {
            $0.evaluation = Example.evaluation(auc: 0.7)
        },
        Case("champion not evaluated", all: ["evaluation.roc_auc.champion"]) { $0.champion?.evaluation = nil },
        Case("champion evaluated on other data", all: ["evaluation.roc_auc.champion"]) {
            $0.champion?.evaluation = Example.evaluation("e0", digest: Example.otherDigest, dataset: "sha256:older")
        },
        Case("a weak slice", all: ["evaluation.recall.slice.carrier"]) {
            $0.evaluation = Example.evaluation(slices: Example.slices([("UA", 5000, 0.6), ("HA", 300, 0.4)]))
        },
        Case("a weak slice that is too small", all: []) {
            $0.evaluation = Example.evaluation(slices: Example.slices([("UA", 5000, 0.6), ("HA", 99, 0.1)]))
        },
        Case("only slices that are too small", all: ["evaluation.recall.slice.carrier"]) {
            $0.evaluation = Example.evaluation(slices: Example.slices([("HA", 99, 0.9)]))
        },
        Case("not sliced", all: ["evaluation.recall.slice.carrier"]) { $0.evaluation = Example.evaluation(slices: []) },
        Case("no reference", all: ["reference.profile"]) { $0.reference = nil },
        Case("no validation", all: ["data.contract"]) { $0.validation = nil },
        Case("the data broke the contract", all: ["data.contract"]) {
            $0.validation = Example.validation(broken: ["carrier is never missing: 3 of 80000 rows have no value."])
        },
        Case("data of another artifact", all: ["data.contract"]) {
            $0.validation = Example.validation(digest: Example.otherDigest)
        },
        Case("data held against another contract", all: ["data.contract"]) {
            $0.validation = Example.validation(contract: "sha256:" + String(repeating: "e", count: 64))
        },
        Case("validated long ago", all: ["data.contract"]) { $0.validation = Example.validation(daysAgo: 100) },
        Case("it was registered without a token", approvalsOfAll) {
            $0.registration = Registration(
                source: Example.source("e1", by: EvidenceSource.unknownActor),
                artifactDigest: Example.digest
            )
        },
        Case("nobody approved", approvalsOfAll) { $0.approvals = [] },
        Case("the manifest changed after they approved", approvalsOfAll) { $0.manifestAppliedAt = Example.now },
        Case("the manifest is older than their approvals", all: []) {
            $0.manifestAppliedAt = Example.source("e0", by: "ana", daysAgo: 30).time
        },
        Case("evaluated again after they approved", approvalsOfAll) {
            $0.evaluation = Example.evaluation(daysAgo: 0)
        },
        Case("one approved", [1: ["approvals"], 2: [], 3: []]) { $0.approvals.removeLast() },
        Case("the same person approved twice", [1: ["approvals"], 2: [], 3: []]) {
            $0.approvals = [Example.approval("e6", by: "cy"), Example.approval("e7", by: "cy")]
        },
        Case("who registered it approved", approvalsOfAll) { $0.approvals = [Example.approval("e6", by: "ana")] },
        Case("who asked for it approved", approvalsOfAll) { $0.approvals = [Example.approval("e6", by: "bo")] },
        Case("one stranger and the owner approved", [1: ["approvals"], 2: [], 3: []]) {
            $0.approvals = [Example.approval("e6", by: "ana"), Example.approval("e7", by: "cy")]
        },
        Case("approved for staging", approvalsOfAll) { evidence in
            evidence.approvals = ["cy", "di"].map { Example.approval("e6", by: $0, environment: .staging) }
        },
        Case("approved another artifact", approvalsOfAll) { evidence in
            evidence.approvals = ["cy", "di"].map { Example.approval("e6", by: $0, digest: Example.otherDigest) }
        },
        Case("approved long ago", approvalsOfAll) { evidence in
            evidence.approvals = ["cy", "di"].map { Example.approval("e6", by: $0, daysAgo: 100) }
        },
        Case("somebody refused", approvalsOfAll) {
            $0.approvals.append(Example.approval("e8", by: "eve", granted: false))
        },
        Case("refused, then approved", all: []) {
            $0.approvals.insert(Example.approval("e5", by: "cy", granted: false, daysAgo: 2), at: 0)
        },
        Case("refused, then approved, then the manifest changed", approvalsOfAll) {
            $0.approvals = [
                Example.approval("e5", by: "cy", granted: false, daysAgo: 3), Example.approval("e6", by: "cy"),
            ]
            $0.manifestAppliedAt = Example.now
        },
        Case("approved, then refused", approvalsOfAll) {
            $0.approvals.append(Example.approval("e8", by: "cy", granted: false, daysAgo: 0))
        },
    ]

    @Test("lets a version into production when and only when its evidence is complete", arguments: cases)
    func table(_ example: Case) throws {
        for tier in 1...3 {
            let decision = Policy.standard.decide(
                manifest: try Example.manifest(tier: tier),
                evidence: Example.evidence(example.edit),
                now: Example.now
            )
            let expected = try #require(example.obstacles[tier])
            #expect(decision.obstacles.map(\.gate) == expected, "tier \(tier)\n\(decision.text)")
            #expect(decision.allowed == expected.isEmpty)
            #expect(decision.obstacles.allSatisfy { $0.remedy != nil && $0.reason.hasSuffix(".") })
        }
    }

    @Test("does not compare with a champion that is not there, or with itself")
    func noChampion() throws {
        for champion in [nil, Champion(version: 2, artifactDigest: Example.digest, evaluation: nil)] {
            let evidence = Evidence(
                model: "flight-delay",
                version: 2,
                environment: .production,
                artifactDigest: Example.digest,
                champion: champion,
                evaluation: Example.evaluation()
            )
            let decision = Policy.standard.decide(
                manifest: try Example.manifest(),
                evidence: evidence,
                now: Example.now
            )
            #expect(decision.gates.first { $0.gate == "evaluation.roc_auc.champion" }?.verdict == .notApplicable)
        }
    }

    @Test("compares metrics where less is better the other way round")
    func lowerIsBetter() throws {
        let manifest = try Example.manifest {
            $0.replacing("{metric: roc_auc, min: 0.68}", with: "{metric: log_loss, max: 0.5}")
                .replacing("{metric: roc_auc, against: champion", with: "{metric: log_loss, against: champion")
        }
        func obstacles(_ loss: Double) -> [String] {
            let evaluation = { (entry: String, digest: String, loss: Double) in
                Evaluation(
                    source: Example.source(entry, by: "ana"),
                    artifactDigest: digest,
                    datasetDigest: "sha256:holdout",
                    rows: 1000,
                    metrics: ["log_loss": loss, "recall": 0.6],
                    slices: Example.slices()
                )
            }
            let evidence = Example.evidence {
                $0.evaluation = evaluation("e3", Example.digest, loss)
                $0.champion?.evaluation = evaluation("e0", Example.otherDigest, 0.4)
            }
            return Policy.standard.decide(manifest: manifest, evidence: evidence, now: Example.now).obstacles.map(
                \.gate
            )
        }
        #expect(obstacles(0.3) == [])
        #expect(obstacles(0.405) == [])
        #expect(obstacles(0.45) == ["evaluation.log_loss.champion"])
        #expect(obstacles(0.55) == ["evaluation.log_loss.max", "evaluation.log_loss.champion"])
    }

    @Test("asks less of the environments before production")
    func environments() throws {
        let manifest = try Example.manifest(tier: 1)
        let gates = { Policy.standard.gates(tier: .critical, environment: $0, manifest: manifest).map(\.id) }
        #expect(gates(.dev) == ["registered"])
        #expect(gates(.staging) == ["registered", "evaluation.present"])
        #expect(
            gates(.production) == [
                "registered", "artifact.verified", "evaluation.present", "evaluation.roc_auc.min",
                "evaluation.roc_auc.champion", "evaluation.recall.slice.carrier", "reference.profile",
                "data.contract", "manifest.runbook",
                "approvals",
            ]
        )
    }

    @Test("asks tier 1 and 2 for a runbook and an evaluation rule in the manifest itself")
    func manifestGates() throws {
        for tier in 1...3 {
            let manifest = try Manifest(
                yaml:
                    "apiVersion: slipway/v1\nkind: Model\nmetadata: {name: m, owner: o, tier: \(tier)}\nspec: {task: regression}\n"
            )
            let decision = Policy.standard.decide(manifest: manifest, evidence: Example.evidence(), now: Example.now)
            #expect(decision.obstacles.map(\.gate) == (tier == 3 ? [] : ["manifest.evaluation", "manifest.runbook"]))
        }
    }

    @Test("picks the newest evaluation of the artifact and the dataset")
    func newest() {
        let all = [
            Example.evaluation("e1", daysAgo: 3), Example.evaluation("e2", dataset: "sha256:other", daysAgo: 1),
            Example.evaluation("e3", daysAgo: 2), Example.evaluation("e4", digest: Example.otherDigest, daysAgo: 0),
        ]
        #expect(Evaluation.newest(of: all, artifactDigest: Example.digest)?.source.entry == "e2")
        #expect(
            Evaluation.newest(of: all, artifactDigest: Example.digest, datasetDigest: "sha256:holdout")?.source.entry
                == "e3"
        )
        #expect(Evaluation.newest(of: all, artifactDigest: "sha256:none") == nil)
    }
}
