import SlipwayDomain
import Testing

@testable import SlipwayPolicy

@Suite("A manifest")
struct ManifestTests {
    @Test("is read with every value of the design's example")
    func example() throws {
        let manifest = try Example.manifest()
        #expect(manifest.metadata.name == "flight-delay")
        #expect(manifest.metadata.owner == "team-ops")
        #expect(manifest.metadata.tier == .important)
        #expect(manifest.spec.task == .binaryClassification)
        #expect(manifest.spec.inputs == Manifest.Inputs(contract: "contract.yaml", contractDigest: Example.contract))
        #expect(
            manifest.spec.evaluation == [
                EvaluationRule(metric: .rocAUC, test: .atLeast(0.68)),
                EvaluationRule(metric: .rocAUC, test: .champion(maxDrop: 0.01)),
                EvaluationRule(metric: .recall, test: .slices(column: "carrier", minRatio: 0.8, minRows: 100)),
            ]
        )
        #expect(manifest.spec.release.steps == [5, 25, 50, 100])
        #expect(
            manifest.spec.release.analysis == [
                AnalysisRule(metric: .errorRate, test: .maxIncrease(0.01)),
                AnalysisRule(metric: .latencyP95, test: .max(50)),
                AnalysisRule(metric: .disagreement, test: .max(0.1)),
            ]
        )
        #expect(manifest.spec.monitors.drift == Monitors.Drift(features: .all, minEffect: 0.05))
        #expect(manifest.spec.monitors.performance?.labels.delay == .hours(24))
        #expect(manifest.spec.objectives?.window == .days(30))
        #expect(manifest.spec.runbook == "runbook.md")
    }

    @Test("with all optional values is read")
    func optionalValues() throws {
        let manifest = try Example.manifest {
            $0.replacing(
                "{features: all}",
                with: "{features: [dep_delay, carrier], minEffect: 0.1, window: 7d, minRows: 500}"
            )
            .replacing(
                "strategy: canary",
                with: "strategy: canary\n    stepDuration: 15m\n    minRequests: 200\n    deadline: 2h"
            )
            .replacing("minRatio: 0.8}", with: "minRatio: 0.8, minRows: 50}")
        }
        #expect(
            manifest.spec.monitors.drift
                == Monitors.Drift(
                    features: .named(["dep_delay", "carrier"]),
                    minEffect: 0.1,
                    window: .days(7),
                    minRows: 500
                )
        )
        #expect(manifest.spec.release.stepDuration == .minutes(15))
        #expect(manifest.spec.release.minRequests == 200)
        #expect(manifest.spec.release.deadline == .hours(2))
        #expect(manifest.spec.evaluation[2].test == .slices(column: "carrier", minRatio: 0.8, minRows: 50))
    }

    @Test("with only what is required gets a canary and no monitors")
    func minimal() throws {
        let manifest = try Manifest(
            yaml: """
                apiVersion: slipway/v1
                kind: Model
                metadata:
                  name: churn
                  owner: "123"
                  tier: 3
                spec:
                  task: regression
                """
        )
        #expect(manifest.spec.release == .standard)
        #expect(manifest.spec.monitors == Monitors())
        #expect(manifest.metadata.owner == "123")
    }

    @Test("keeps its canonical JSON through a round trip, and the JSON has the file's shape")
    func roundTrip() throws {
        let manifest = try Example.manifest()
        let json = try JSONValue(encoding: manifest)
        #expect(try json.decode(Manifest.self) == manifest)
        #expect(
            json["spec"]?["evaluation"]?.array?[1] == ["metric": "roc_auc", "against": "champion", "maxDrop": 0.01]
        )
        #expect(json["spec"]?["monitors"]?["performance"]?["labels"]?["delay"] == "1d")
        try expectGolden(CanonicalJSON.text(of: json) + "\n", "manifest.json")
    }

    @Test("has the same bytes however its YAML is laid out")
    func layout() throws {
        let moved = try Example.manifest {
            $0.replacing(
                "metadata: {name: flight-delay, owner: team-ops, tier: 2,",
                with: "metadata: {tier: 2, owner: 'team-ops', name: flight-delay,"
            )
            .replacing("max: 0.10", with: "max: 1e-1")
            .replacing("delay: 24h", with: "delay: 1d")
            .replacing("kind: Model", with: "kind: !!str \"Model\"   # the only one")
        }
        #expect(try moved.canonicalBytes() == Example.manifest().canonicalBytes())
    }
}
