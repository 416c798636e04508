import Testing

@testable import SlipwayPolicy

@Suite("A mistake in a manifest")
struct ManifestErrorTests {
    /// What is replaced in the good manifest by what; one kind of mistake each.
    private static let edits: [(name: String, old: String, new: String)] = [
        ("unknown key near a known one", "owner: team-ops", "ownr: team-ops"),
        ("unknown key far from all", "  inputs:", "  zebra:"),
        ("key in another style", "maxDrop: 0.01", "max_drop: 0.01"),
        ("missing owner", "owner: team-ops, ", ""),
        ("missing task", "  task: binary-classification\n", ""),
        ("missing tier", "tier: 2, ", ""),
        ("owner without value", "owner: team-ops", "owner: "),
        ("owner is null", "owner: team-ops", "owner: ~"),
        ("owner is blank", "owner: team-ops", "owner: '  '"),
        ("owner is a number", "owner: team-ops", "owner: 42"),
        ("owner is a boolean", "owner: team-ops", "owner: true"),
        ("owner is a list", "owner: team-ops", "owner: [a, b]"),
        ("name breaks the rule", "name: flight-delay", "name: flight delay/2"),
        ("tier out of range", "tier: 2", "tier: 4"),
        ("tier in words", "tier: 2", "tier: two"),
        ("tier with a fraction", "tier: 2", "tier: 1.5"),
        ("wrong apiVersion", "slipway/v1", "slipway/v2"),
        ("wrong kind", "kind: Model", "kind: Modle"),
        ("unknown task", "binary-classification", "binary_clasification"),
        ("unknown metric", "metric: recall", "metric: recal"),
        ("metric of another task", "task: binary-classification", "task: regression"),
        ("number in quotes", "min: 0.68", "min: '0.68'"),
        ("number in words", "min: 0.68", "min: high"),
        ("infinite number", "min: 0.68", "min: .inf"),
        ("hexadecimal number", "min: 0.68", "min: 0x1"),
        ("number out of range", "min: 0.68", "min: 68"),
        ("two forms of rule at once", "min: 0.68", "min: 0.68, maxDrop: 0.01"),
        ("rule without a bound", "metric: roc_auc, min: 0.68", "metric: roc_auc"),
        ("champion without maxDrop", ", maxDrop: 0.01", ""),
        ("against nobody known", "against: champion", "against: champoin"),
        ("slice without ratio", ", minRatio: 0.8", ""),
        ("the same rule twice", "    - {metric: recall", "    - {metric: roc_auc, min: 0.7}\n    - {metric: recall"),
        (
            "evaluation is no list",
            "    - {metric: roc_auc, min: 0.68}\n    - {metric: roc_auc, against: champion, maxDrop: 0.01}\n    - {metric: recall, slice: carrier, minRatio: 0.8}\n",
            "    metric: roc_auc\n"
        ),
        ("steps not rising", "[5, 25, 50, 100]", "[5, 50, 25, 100]"),
        ("steps not ending in 100", "[5, 25, 50, 100]", "[5, 25, 50]"),
        ("no steps", "[5, 25, 50, 100]", "[]"),
        ("step over 100", "[5, 25, 50, 100]", "[5, 250]"),
        ("steps are no list", "[5, 25, 50, 100]", "5"),
        ("blue-green with steps", "strategy: canary", "strategy: blue-green"),
        ("ab without a metric", "strategy: canary\n    steps: [5, 25, 50, 100]", "strategy: ab"),
        ("shadow in a canary", "strategy: canary", "strategy: canary\n    shadow: {then: ready}"),
        ("an unknown role", "[5, 25, 50, 100]", "[5, {percent: 25, approve: risk}, 100]"),
        ("a pause at the end", "[5, 25, 50, 100]", "[5, {percent: 100, pause: 10m}]"),
        ("no window", "strategy: canary", "strategy: canary\n    windows: ['monday morning']"),
        ("an action that a verdict cannot have", "strategy: canary", "strategy: canary\n    onVerdict: {fail: go-on}"),
        ("a role that every server knows", "strategy: canary", "strategy: canary\n    approvers: {admin: [ana]}"),
        ("unknown strategy", "strategy: canary", "strategy: canery"),
        ("strategy missing", "    strategy: canary\n", ""),
        ("analysis of a model metric", "metric: error_rate", "metric: roc_auc"),
        ("analysis with both forms", "maxIncrease: 0.01", "maxIncrease: 0.01, max: 1"),
        (
            "disagreement against stable", "metric: disagreement, max: 0.10",
            "metric: disagreement, against: stable, maxIncrease: 0.1"
        ),
        ("a share of nothing", "metric: disagreement, max: 0.10", "metric: disagreement, max: 0"),
        ("latency in negative time", "latency_p95_ms, max: 50", "latency_p99_ms, against: stable, maxIncrease: -5"),
        ("a percentile that is not kept", "latency_p95_ms, max: 50", "latency_p999_ms, max: 50"),
        ("a query without a limit", "metric: disagreement, max: 0.10", "metric: prometheus, query: 'up'"),
        ("a limit without a query", "metric: disagreement, max: 0.10", "metric: prometheus, max: 0.5"),
        ("a query for another metric", "metric: disagreement, max: 0.10", "metric: disagreement, max: 0.1, query: up"),
        ("accuracy with a max", "metric: disagreement, max: 0.10", "metric: accuracy, max: 0.1"),
        ("accuracy with both forms", "metric: disagreement, max: 0.10", "metric: accuracy, min: 0.8, maxDrop: 0.1"),
        ("errors by slice", "maxIncrease: 0.01", "maxIncrease: 0.01, slice: carrier"),
        ("a block of nothing", "strategy: canary", "strategy: canary\n    block: 0s"),
        (
            "deadline before the step ends", "strategy: canary",
            "strategy: canary\n    stepDuration: 2h\n    deadline: 1h"
        ),
        ("feature list is empty", "features: all", "features: []"),
        ("features in a wrong word", "features: all", "features: al"),
        ("duration without unit", "delay: 24h", "delay: 24"),
        ("duration of nothing", "delay: 24h", "delay: 0h"),
        ("live metric that is not measured", "performance: {metric: roc_auc", "performance: {metric: selection_rate"),
        ("live loss with a least value", "performance: {metric: roc_auc", "performance: {metric: brier"),
        ("horizon before the delay", "delay: 24h", "delay: 24h, horizon: 1h"),
        (
            "value without a cell", "labels: {delay",
            "value: {truePositive: 1, trueNegative: 0, falsePositive: -1}, labels: {delay"
        ),
        ("tolerance of nothing", "labels: {delay", "tolerance: 0, labels: {delay"),
        ("groups without a bound", "slice: carrier, minRatio: 0.8", "group: carrier"),
        ("groups by a metric that is no share", "metric: recall, slice: carrier", "metric: roc_auc, group: carrier"),
        ("groups and slices at once", "slice: carrier", "slice: carrier, group: sex"),
        ("groups of few rows", "slice: carrier, minRatio: 0.8", "group: carrier, maxGap: 0.1, minRows: 3"),
        (
            "fairness by an unknown metric", "    drift:",
            "    fairness: [{metric: recal, group: sex, minRatio: 0.8}]\n    drift:"
        ),
        ("fairness that is no list", "    drift:", "    fairness: {metric: recall}\n    drift:"),
        ("availability as a percentage", "availability: 0.999", "availability: 99.9"),
        ("runbook outside", "runbook: runbook.md", "runbook: ../../etc/passwd"),
        ("contract at an absolute path", "contract: contract.yaml", "contract: /etc/passwd"),
        ("digest that is none", "\"sha256:cc", "\"md5:cc"),
        ("duplicate key", "  runbook: runbook.md", "  runbook: runbook.md\n  runbook: other.md"),
        ("tab in the indentation", "  runbook: runbook.md", "\trunbook: runbook.md"),
        ("tag", "owner: team-ops", "owner: !!binary team-ops"),
        ("anchor", "owner: team-ops", "owner: &who team-ops"),
        ("alias of nothing", "owner: team-ops", "owner: *who"),
        ("unclosed bracket", "[5, 25, 50, 100]", "[5, 25, 50, 100"),
        ("two documents", "  runbook: runbook.md\n", "  runbook: runbook.md\n---\nkind: Model\n"),
        ("control character", "team-ops", "team\u{1}ops"),
        ("a list for a key", "  runbook: runbook.md", "  ? [a]\n  : b"),
    ]

    private static let texts: [(name: String, yaml: String)] = [
        ("empty file", ""),
        ("only a comment", "# nothing\n"),
        ("no mapping", "- a\n- b\n"),
        ("one word", "hello"),
        ("not YAML", "{]"),
        (
            "four mistakes at once",
            "apiVersion: slipway/v1\nkind: Model\nmetadata:\n  name: x y\n  ownr: a\n  tier: 9\nspec:\n  task: guess\n"
        ),
    ]

    @Test("is named with its place and what to write instead")
    func messages() throws {
        var output = ""
        for edit in Self.edits {
            #expect(Example.yaml.contains(edit.old), "\(edit.name): nothing to replace")
            output +=
                "# \(edit.name)\n\(message(of: Example.yaml.replacing(edit.old, with: edit.new, maxReplacements: 1)))\n\n"
        }
        for text in Self.texts { output += "# \(text.name)\n\(message(of: text.yaml))\n\n" }
        #expect(!output.contains("(accepted)"))
        try expectGolden(output, "manifest-errors.txt")
    }

    @Test("does not hide the others: all are reported, in the order of the file")
    func all() {
        let text = Self.texts[5].yaml
        #expect(throws: ManifestError.self) { try Manifest(yaml: text) }
        do {
            _ = try Manifest(yaml: text)
        } catch {
            #expect(error.problems.map(\.line) == [4, 4, 5, 6, 8])
        }
    }

    @Test("of size is found before the text is parsed")
    func tooLong() {
        let message = message(of: Example.yaml + String(repeating: "#\n", count: 140_000))
        #expect(message.contains("at most 262144"))
    }

    @Test(
        "that would explode or sink the parser is refused at once",
        arguments: [
            "nested aliases", "alias as key", "deep lists", "deep blocks",
        ]
    )
    func bombs(_ kind: String) {
        let levels = (1..<40).map { level in
            "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]"
        }
        let text =
            switch kind {
            case "nested aliases": "a0: &a0 [x,x]\n" + levels.joined(separator: "\n")
            case "alias as key": "a0: &a0 [x,x]\n" + levels.joined(separator: "\n") + "\n? *a39\n: x\n"
            case "deep lists": String(repeating: "[", count: 200_000)
            default: (0..<700).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
            }
        let start = ContinuousClock.now
        #expect(message(of: text) != "(accepted)")
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("somewhere, anywhere, is a manifest or an error with problems, never a crash")
    func mutations() {
        let seed = Seeded.announced("manifest mutations")
        var random = Seeded(seed)
        let pool = Array("{}[]:,-?&*!|>'\"%@`# \n\tax0.~é\u{0}\u{85}\u{FEFF}".unicodeScalars)
        for round in 0..<600 {
            var scalars = Array(Example.yaml.unicodeScalars)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: scalars.remove(at: place)
                case 1: scalars.insert(pool.randomElement(using: &random) ?? "x", at: place)
                default: scalars.removeSubrange(place..<min(scalars.count, place + 40))
                }
            }
            let text = String(String.UnicodeScalarView(scalars))
            do {
                _ = try Manifest(yaml: text)
            } catch {
                #expect(!error.problems.isEmpty, "seed \(seed), round \(round):\n\(text)")
                let lines = scalars.count { $0 == "\n" || $0 == "\u{85}" } + 2
                #expect(
                    error.problems.allSatisfy { (1...lines).contains($0.line) && $0.column >= 1 && !$0.message.isEmpty }
                )
            }
        }
    }

    private func message(of yaml: String) -> String {
        do {
            _ = try Manifest(yaml: yaml)
            return "(accepted)"
        } catch {
            return error.description
        }
    }
}
