import SlipwayPolicy
import Testing

@Suite("The manifest that `slipway manifest` prints")
struct ManifestTemplateTests {
    @Test("holds as it is, for every task", arguments: ModelTask.allCases)
    func holds(_ task: ModelTask) throws {
        let manifest = try Manifest(yaml: ManifestTemplate(model: "churn", task: task).text)
        #expect(manifest.metadata.name == "churn" && manifest.spec.task == task)
        #expect(manifest.spec.release == .standard, "what is not said is what holds without it")
    }

    @Test(
        "takes every name that a model can have",
        arguments: ["1", "010", "1.5", "1e3", "true", "Null", "y", "e1", "a-b_c.d"]
    )
    func names(_ name: String) throws {
        #expect(try Manifest(yaml: ManifestTemplate(model: name, task: .regression).text).metadata.name == name)
    }

    @Test(
        "holds with every setting in use, for every task and strategy",
        arguments: ModelTask.allCases,
        ReleaseRules.Strategy.allCases
    )
    func holdsInUse(_ task: ModelTask, _ strategy: ReleaseRules.Strategy) throws {
        let manifest = try Manifest(yaml: inUse(task, strategy))
        #expect(manifest.spec.release.strategy == strategy)
    }

    @Test("names everything that a manifest can say")
    func isComplete() throws {
        var said: Set<String> = []
        var unsaid: Set<String> = []
        for task in [ModelTask.binaryClassification, .regression] {
            for strategy in ReleaseRules.Strategy.allCases {
                walk(try Manifest(yaml: inUse(task, strategy)), "", &said, &unsaid)
            }
        }
        // `slipway apply` fills the digest in.
        #expect(unsaid.subtracting(said) == [".spec.inputs.contractDigest"])
        #expect(said.contains(".spec.release.stepRules.[].approve"), "steps are walked into")
    }

    /// The template with all of its settings, but for those of other strategies.
    private func inUse(_ task: ModelTask, _ strategy: ReleaseRules.Strategy) -> String {
        let lines = ManifestTemplate(model: "churn", task: task).text.split(separator: "\n").compactMap {
            line -> String? in
            if let owner = line.firstMatch(of: /strategy (\w+) only/), owner.1 != strategy.rawValue { return nil }
            if line.contains("strategy: canary") { return "    strategy: \(strategy.rawValue)" }
            if line.contains("steps: [") {
                switch strategy {
                case .blueGreen: return nil
                case .ab: return "    steps: [50, 100]"
                default: return "    steps: [5, {percent: 25, pause: 10m, approve: risk}, 100]"
                }
            }
            return String(line.replacing(/^(\s*)#(?=[a-z-])/) { $0.1 })
        }
        return lines.joined(separator: "\n")
    }

    /// Which optional members hold something, and which nothing, by their paths.
    private func walk(_ value: Any, _ path: String, _ said: inout Set<String>, _ unsaid: inout Set<String>) {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            guard let held = mirror.children.first?.value else {
                unsaid.insert(path)
                return
            }
            said.insert(path)
            return walk(held, path, &said, &unsaid)
        }
        let isList = mirror.displayStyle == .collection || mirror.displayStyle == .dictionary
        for child in mirror.children {
            walk(child.value, path + "." + (isList ? "[]" : child.label ?? ""), &said, &unsaid)
        }
    }
}
