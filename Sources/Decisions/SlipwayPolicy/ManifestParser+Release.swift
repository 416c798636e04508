import SlipwayDomain
import Yams

extension ManifestParser {
    mutating func release(_ node: Node, task: ModelTask?) -> ReleaseRules? {
        let path = "spec.release"
        let keys =
            ["strategy", "steps", "analysis", "stepDuration", "minRequests", "deadline", "block"]
            + ManifestParser.releaseControlKeys
        guard let section = reader.section(node, path: path, keys: keys) else { return nil }
        let strategy = reader.required(section, "strategy", add: "canary").flatMap { self.strategy($0) }
        let roles = approvers(section)
        let steps = steps(section, strategy: strategy, roles: (roles ?? [:]).keys.sorted())
        let analysis = analysis(section, task: task)
        let duration = section.values["stepDuration"].flatMap { reader.span($0, path: "\(path).stepDuration") }
        let requests = section.values["minRequests"].flatMap {
            reader.integer($0, path: "\(path).minRequests", in: 1...1_000_000_000)
        }
        let deadline = section.values["deadline"].flatMap { reader.span($0, path: "\(path).deadline") }
        if let duration, let deadline, deadline < duration {
            reader.report(
                section.values["deadline"]?.mark,
                "\(path).deadline (\(deadline)) is shorter than stepDuration (\(duration)): no step could ever end well"
            )
        }
        let progress = section.values["progressDeadline"].flatMap { reader.span($0, path: "\(path).progressDeadline") }
        let block = section.values["block"].flatMap { reader.span($0, path: "\(path).block") }
        let (shadow, comparison) = (shadow(section), comparison(section))
        checkFit(section, strategy)
        guard let strategy, let steps else { return nil }
        return ReleaseRules(
            strategy: strategy,
            stepRules: steps,
            analysis: section.has("analysis") ? analysis : ReleaseRules.standard.analysis,
            stepDuration: duration,
            minRequests: requests,
            deadline: deadline,
            progressDeadline: progress,
            windows: windows(section),
            approvers: roles,
            onVerdict: onVerdict(section),
            budget: budget(section),
            limits: limits(section),
            exclude: exclusions(section),
            shadow: shadow,
            ab: comparison,
            block: block
        )
    }

    /// Whether each part belongs to the strategy.
    private mutating func checkFit(_ section: ManifestReader.Section, _ strategy: ReleaseRules.Strategy?) {
        guard let strategy else { return }
        for (key, owner) in [("shadow", ReleaseRules.Strategy.shadow), ("ab", .ab)] {
            if section.has(key), strategy != owner {
                reader.report(
                    section.values[key]?.mark,
                    "spec.release.\(key) belongs to the strategy \(owner.rawValue), not \(strategy.rawValue): remove it"
                )
            }
        }
        if strategy == .ab { _ = reader.required(section, "ab", add: "{metric: label_rate, goal: higher}") }
        if strategy == .blueGreen, section.has("steps") {
            reader.report(
                section.values["steps"]?.mark,
                "spec.release.steps: a blue-green release switches to 100 percent at once: remove the steps"
            )
        }
    }

    private mutating func strategy(_ node: Node) -> ReleaseRules.Strategy? {
        let known = ReleaseRules.Strategy.allCases.map(\.rawValue)
        return reader.word(node, path: "spec.release.strategy", of: known).flatMap(
            ReleaseRules.Strategy.init(rawValue:)
        )
    }

    private mutating func steps(
        _ section: ManifestReader.Section,
        strategy: ReleaseRules.Strategy?,
        roles: [String]
    ) -> [ReleaseStepRule]? {
        guard section.has("steps") else {
            switch strategy {
            case .shadow, .blueGreen: return [ReleaseStepRule(percent: 100)]
            case .ab: return [ReleaseStepRule(percent: 50), ReleaseStepRule(percent: 100)]
            case .canary, nil: return ReleaseRules.standard.stepRules
            }
        }
        let nodes = reader.list(section, "steps")
        let values = nodes.enumerated().map { index, node in
            stepRule(node, path: "spec.release.steps[\(index)]", roles: roles)
        }
        let steps = values.compactMap(\.self)
        guard steps.count == nodes.count, case .sequence = section.values["steps"] else { return nil }
        let mark = section.values["steps"]?.mark
        for (index, pair) in zip(steps, steps.dropFirst()).enumerated() where pair.1.percent <= pair.0.percent {
            reader.report(
                nodes[index + 1].mark,
                "spec.release.steps must rise: \(pair.1.percent) comes after \(pair.0.percent), write [5, 25, 50, 100]"
            )
            return nil
        }
        guard steps.last?.percent == 100 else {
            let end = steps.last.map { "end with \($0.percent)" } ?? "are empty"
            reader.report(mark, "spec.release.steps \(end), but must end with 100: write [5, 25, 50, 100]")
            return nil
        }
        if steps.last?.pause != nil {
            reader.report(nodes.last?.mark, "spec.release.steps: 100 percent is the end: pause at the step before it")
        }
        if strategy == .ab, steps.count != 2 {
            reader.report(mark, "spec.release.steps of an A/B release are one share and the end: write [50, 100]")
        }
        return steps
    }
}
