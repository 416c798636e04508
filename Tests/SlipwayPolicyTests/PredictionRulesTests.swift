import SlipwayDomain
import Testing

@testable import SlipwayPolicy

@Suite("What a manifest says of predictions")
struct PredictionRulesTests {
    private static func manifest(_ predictions: String) throws -> Manifest {
        try Manifest(
            yaml: """
                apiVersion: slipway/v1
                kind: Model
                metadata: {name: flight-delay, owner: team-ops, tier: 2}
                spec:
                  task: binary-classification
                  \(predictions)

                """
        )
    }

    @Test("a share is kept and columns are left out; nothing said keeps everything")
    func good() throws {
        #expect(try Self.manifest("runbook: r.md").spec.predictions == nil)
        #expect(try Self.manifest("predictions: {}").spec.predictions == .standard)
        let rules = try #require(
            try Self.manifest("predictions: {sample: 0.1, redact: [ssn, 'input.3']}").spec.predictions
        )
        #expect(rules == PredictionRules(sample: 0.1, redact: ["ssn", "input.3"]))
        #expect(try Self.manifest("predictions: {sample: 0}").spec.predictions?.sample == 0)
    }

    @Test("a manifest that says nothing of predictions keeps its digest")
    func digest() throws {
        let text = String(decoding: try Self.manifest("runbook: r.md").canonicalBytes(), as: UTF8.self)
        #expect(!text.contains("predictions"))
    }

    @Test(
        "a mistake is told with what to write instead",
        arguments: [
            ("{sample: 10}", "spec.predictions.sample is 10, but must be from 0 to 1"),
            ("{sample: '0.1'}", "spec.predictions.sample must be a number: remove the quotes around 0.1"),
            ("{sampel: 0.1}", "unknown key 'sampel' in spec.predictions: did you mean 'sample'?"),
            ("{redact: ssn}", "spec.predictions.redact must be a list of column names, such as [ssn, birthday]"),
            ("{redact: []}", "spec.predictions.redact is an empty list: name columns, or remove it (1 to 1000)"),
            ("{redact: [ssn, ssn]}", "spec.predictions.redact names 'ssn' twice: remove one"),
            ("{redact: [7]}", "spec.predictions.redact[0] must be text: put 7 in quotes"),
            ("all", "spec.predictions must be a block of keys (sample, redact), not the value 'all'"),
        ]
    )
    func mistakes(text: String, wanted: String) throws {
        do {
            _ = try Self.manifest("predictions: \(text)")
            Issue.record("'\(text)' was taken")
        } catch let error as ManifestError {
            #expect(error.problems.map(\.message) == [wanted])
        }
    }
}
