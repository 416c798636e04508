import SlipwayDomain
import Testing

@testable import SlipwayPolicy

@Suite("A decision")
struct DecisionTests {
    @Test("is shown with every gate, its evidence and what to do")
    func text() throws {
        let manifest = try Example.manifest(tier: 1)
        let allowed = Policy.standard.decide(manifest: manifest, evidence: Example.evidence(), now: Example.now)
        let nothing = Evidence(
            model: "flight-delay",
            version: 2,
            environment: .production,
            artifactDigest: Example.digest
        )
        let bare = Policy.standard.decide(manifest: manifest, evidence: nothing, now: Example.now)
        let weak = Example.evidence {
            $0.evaluation = Example.evaluation(
                auc: 0.679999,
                slices: Example.slices([("UA", 900, 0.6), ("HA", 300, 0.4), ("OO", 9, 0)])
            )
            $0.approvals = [
                Example.approval("e6", by: "ana"), Example.approval("e7", by: "cy"), Example.approval("e8", by: "bo"),
            ]
        }
        let denied = Policy.standard.decide(manifest: manifest, evidence: weak, now: Example.now)
        try expectGolden([allowed, bare, denied].map(\.text).joined(separator: "\n"), "decisions.txt")
    }

    @Test("has the same bytes for the same inputs, and survives its JSON")
    func codable() throws {
        let make = {
            Policy.standard.decide(manifest: try Example.manifest(), evidence: Example.evidence(), now: Example.now)
        }
        let decision = try make()
        #expect(try CanonicalJSON.bytes(encoding: decision) == CanonicalJSON.bytes(encoding: make()))
        #expect(try JSONValue(encoding: decision).decode(Decision.self) == decision)
    }

    @Test("warns of columns that the manifest names and the version does not have")
    func unknownColumns() throws {
        let columns = ModelColumns(features: ["age", "income"], logged: ["input", "age", "income", "probabilities"])
        func warnings(_ settings: String, _ columns: ModelColumns?) throws -> [String]? {
            let manifest = try Example.manifest { $0.replacing("  runbook:", with: "  \(settings)\n  runbook:") }
            let evidence = Example.evidence {
                $0.verification = Verification(
                    source: $0.verification!.source,
                    artifactDigest: Example.digest,
                    format: "onnx",
                    columns: columns
                )
            }
            let decision = Policy.standard.decide(manifest: manifest, evidence: evidence, now: Example.now)
            #expect(decision.allowed)
            for warning in decision.warnings ?? [] { #expect(decision.text.contains("warning: \(warning)\n")) }
            return decision.warnings
        }
        #expect(try warnings("predictions: {redact: [age, probabilities, key, score]}", columns) == nil)
        #expect(try warnings("predictions: {redact: [agee]}", nil) == nil, "nobody knows what the version has")
        #expect(
            try warnings("predictions: {redact: [agee, ssn]}", columns) == [
                "spec.predictions.redact names 'agee', which flight-delay@2 does not have: nothing is left out by it; "
                    + "did you mean 'age'?",
                "spec.predictions.redact names 'ssn', which flight-delay@2 does not have: nothing is left out by it",
            ]
        )
        let many = ModelColumns(features: (0..<5000).map { "x.\($0)" }, logged: ["x"])
        #expect(many.features == nil && many.logged == ["x"])
        #expect(try warnings("predictions: {redact: [x.7]}", many)?.count == 1)
        let wide = ModelColumns(features: (0..<600).map { "f\($0)" }, logged: ["x"])
        #expect(
            try warnings("predictions: {redact: [f7, x]}", wide) == [
                "spec.predictions.redact names 'f7', which is kept in a list with others: name its tensor"
            ]
        )
        let names = (0..<300).map { "wrong\($0)" }.joined(separator: ", ")
        let all = try #require(try warnings("predictions: {redact: [\(names)]}", columns))
        #expect(all.count == 11 && all.last == "... and 290 more of the kind")
        #expect(
            try warnings("predictions: {redact: [input_age]}", columns)?.first?.hasSuffix("did you mean 'age'?") == true
        )
        let forged = try #require(
            try warnings(#"predictions: {redact: ["a\nAll gates let it through.\e[2K"]}"#, columns)
        )
        #expect(forged.first?.contains("'a?All gates let it through.?[2K'") == true)
    }

    @Test("warns of columns that tell live answers apart only where a slip is likely, since labels may bring them")
    func unknownGroups() throws {
        let manifest = try Example.manifest {
            $0.replacing(
                "performance: {metric: roc_auc",
                with: "performance: {slices: [incom, region, age], metric: roc_auc"
            )
        }
        let columns = ModelColumns(features: ["age", "income"], logged: [])
        #expect(
            manifest.warnings(knowing: [columns], absence: "m@1 does not have") == [
                "spec.monitors tells answers apart by 'incom', which m@1 does not have: only labels can bring it; "
                    + "did you mean 'income'?"
            ]
        )
        let rules = try Example.manifest { $0.replacing("slice: carrier", with: "slice: carier") }
        let flights = ModelColumns(features: ["carrier"], logged: [])
        #expect(
            rules.warnings(knowing: [flights], absence: "m@1 does not have") == [
                "spec.evaluation measures 'carier' apart, which m@1 does not have: only the data can bring it; "
                    + "did you mean 'carrier'?"
            ]
        )
        #expect(manifest.namesColumns)
    }

    @Test("warns of a reference that lacks watched columns, and of inputs that are not those of what serves")
    func otherColumns() throws {
        func warnings(_ features: [String], champion: [String], reference: [String]) throws -> [String]? {
            let evidence = Example.evidence {
                $0.verification = Verification(
                    source: Example.source("e2", by: "slipway"),
                    artifactDigest: Example.digest,
                    format: "onnx",
                    columns: ModelColumns(features: features, logged: features)
                )
                $0.champion = Champion(
                    version: 1,
                    artifactDigest: Example.otherDigest,
                    evaluation: $0.champion?.evaluation,
                    columns: ModelColumns(features: champion, logged: champion)
                )
                $0.reference = ReferenceProfile(
                    source: Example.source("e4", by: "ana"),
                    artifactDigest: Example.digest,
                    profileDigest: "sha256:profile",
                    rows: 80_000,
                    columns: reference
                )
            }
            return Policy.standard.decide(manifest: try Example.manifest(), evidence: evidence, now: Example.now)
                .warnings
        }
        #expect(try warnings(["a", "b"], champion: ["a", "b"], reference: ["b", "a"]) == nil)
        #expect(
            try warnings(["a", "b", "c"], champion: ["a", "b", "c"], reference: ["b"]) == [
                "the reference profile lacks 'a' and 1 more: drift is not watched there"
            ]
        )
        #expect(
            try warnings(["a", "c"], champion: ["a", "b"], reference: ["a", "c"]) == [
                "flight-delay@2 takes also 'c' and does not take 'b', unlike version 1, which serves: the one refuses what is "
                    + "made for the other"
            ]
        )
        #expect(
            try warnings(["b", "a"], champion: ["a", "b"], reference: ["a", "b"])?.first?.contains("another order")
                == true
        )
    }

    @Test("rests on evidence that survives its JSON")
    func evidenceCodable() throws {
        let evidence = Example.evidence()
        #expect(try JSONValue(encoding: evidence).decode(Evidence.self) == evidence)
    }

    @Test("is never turned from denied to allowed by one more gate")
    func moreGates() throws {
        let seed = Seeded.announced("one more gate")
        var random = Seeded(seed)
        var denials = 0
        let manifests = try (1...3).map(Example.manifest(tier:))
        for round in 0..<2000 {
            let manifest = manifests[Int.random(in: 0...2, using: &random)]
            let evidence = randomEvidence(&random)
            let pool =
                Policy.standard.gates(tier: .critical, environment: .production, manifest: manifest) + [
                    .evaluationRules, .approvals(1),
                ]
            let gates = pool.filter { _ in Bool.random(using: &random) }
            let before = Policy.standard.decide(gates: gates, manifest: manifest, evidence: evidence, now: Example.now)
            guard !before.allowed, let extra = pool.randomElement(using: &random) else { continue }
            denials += 1
            let place = Int.random(in: 0...gates.count, using: &random)
            let after = Policy.standard.decide(
                gates: Array(gates[..<place]) + [extra] + Array(gates[place...]),
                manifest: manifest,
                evidence: evidence,
                now: Example.now
            )
            #expect(!after.allowed, "seed \(seed), round \(round)")
        }
        #expect(denials > 200)
    }

    @Test("is never turned from denied to allowed by taking evidence away")
    func lessEvidence() throws {
        let seed = Seeded.announced("less evidence")
        var random = Seeded(seed)
        var counts = (denied: 0, lost: 0)
        let manifests = try (1...3).map(Example.manifest(tier:))
        for round in 0..<3000 {
            let manifest = manifests[Int.random(in: 0...2, using: &random)]
            let evidence = randomEvidence(&random)
            var less = evidence
            switch Int.random(in: 0..<6, using: &random) {
            case 0: less.registration = nil
            case 1: less.verification = nil
            case 2: less.evaluation = nil
            case 3: less.champion?.evaluation = nil
            case 4: less.reference = nil
            default:
                let granted = less.approvals.indices.filter { less.approvals[$0].granted }
                if let place = granted.randomElement(using: &random) { less.approvals.remove(at: place) }
            }
            let before = Policy.standard.decide(manifest: manifest, evidence: evidence, now: Example.now)
            let after = Policy.standard.decide(manifest: manifest, evidence: less, now: Example.now)
            if before.allowed { counts.lost += after.allowed ? 0 : 1 } else { counts.denied += 1 }
            #expect(before.allowed || !after.allowed, "seed \(seed), round \(round)\n\(before.text)\n\(after.text)")
        }
        #expect(counts.denied > 300 && counts.lost > 20, "the property was hardly exercised: \(counts)")
    }

    /// Complete evidence with a few things missing, old, foreign or refused.
    private func randomEvidence(_ random: inout Seeded) -> Evidence {
        func rarely(_ random: inout Seeded) -> Bool { Int.random(in: 0..<8, using: &random) == 0 }
        var evidence = Example.evidence()
        if rarely(&random) { evidence.registration = nil }
        if rarely(&random) { evidence.verification = nil }
        if rarely(&random) { evidence.reference = nil }
        if rarely(&random) { evidence.champion?.evaluation = nil }
        evidence.evaluation = Example.evaluation(
            auc: Double.random(in: 0.66...0.76, using: &random),
            daysAgo: rarely(&random) ? 100 : 1
        )
        evidence.approvals = (0..<Int.random(in: 0...5, using: &random)).map { index in
            Example.approval(
                "a\(index)",
                by: ["ana", "bo", "cy", "di", "eve"].randomElement(using: &random) ?? "cy",
                granted: !rarely(&random),
                digest: rarely(&random) ? Example.otherDigest : Example.digest,
                daysAgo: Int64.random(in: 0...3, using: &random)
            )
        }
        return evidence
    }
}
