import SlipwayDomain
import Yams

/// The parts of `spec.release` beside its strategy and its analysis.
extension ManifestParser {
    /// The keys of `spec.release` that this file reads.
    static let releaseControlKeys = [
        "progressDeadline", "windows", "approvers", "onVerdict", "budget", "limits", "exclude", "shadow", "ab",
    ]

    mutating func stepRule(_ node: Node, path: String, roles: [String]) -> ReleaseStepRule? {
        guard case .mapping = node else {
            return reader.integer(node, path: path, in: 1...100).map { ReleaseStepRule(percent: $0) }
        }
        guard let section = reader.section(node, path: path, keys: ["percent", "pause", "approve"]) else { return nil }
        let percent = reader.required(section, "percent", add: "25").flatMap {
            reader.integer($0, path: "\(path).percent", in: 1...100)
        }
        var pause: ReleaseStepRule.Pause?
        if let node = section.values["pause"] {
            if case .scalar(let scalar) = node, scalar.string == ReleaseStepRule.Pause.word {
                pause = .person
            } else {
                pause = reader.span(node, path: "\(path).pause").map { .time($0) }
            }
        }
        let known = ["peer", "admin"] + roles
        let approve = section.values["approve"].flatMap { reader.word($0, path: "\(path).approve", of: known) }
        return percent.map { ReleaseStepRule(percent: $0, pause: pause, approve: approve) }
    }

    mutating func approvers(_ section: ManifestReader.Section) -> [String: [String]]? {
        guard let node = section.values["approvers"] else { return nil }
        let path = "spec.release.approvers"
        guard case .mapping(let mapping) = node, !mapping.isEmpty, mapping.count <= 20 else {
            reader.report(node.mark, "\(path) must give 1 to 20 roles their people: write {risk: [ana, ben]}")
            return nil
        }
        var roles: [String: [String]] = [:]
        for (key, value) in mapping {
            guard let role = reader.text(key, path: path), case .sequence(let names) = value, !names.isEmpty else {
                reader.report(value.mark, "\(path): a role needs a list of people: write {risk: [ana, ben]}")
                continue
            }
            guard role != "peer", role != "admin" else {
                reader.report(key.mark, "\(path): every server knows '\(role)' itself: choose another name")
                continue
            }
            roles[role] = names.compactMap { reader.text($0, path: "\(path).\(role)") }
        }
        return roles
    }

    mutating func windows(_ section: ManifestReader.Section) -> [WeeklyWindow]? {
        guard section.has("windows") else { return nil }
        let path = "spec.release.windows"
        let nodes = reader.list(section, "windows")
        guard (1...50).contains(nodes.count) else {
            reader.report(section.values["windows"]?.mark, "\(path) must hold 1 to 50 windows, or be left out")
            return nil
        }
        return nodes.enumerated().compactMap { index, node in
            guard let text = reader.text(node, path: "\(path)[\(index)]") else { return nil }
            guard let window = WeeklyWindow(text) else {
                reader.report(
                    node.mark,
                    "\(path)[\(index)] must be days and hours in UTC such as 'mon-thu 09:00-16:00', "
                        + "not '\(ManifestReader.quote(text))'"
                )
                return nil
            }
            return window
        }
    }

    mutating func onVerdict(_ section: ManifestReader.Section) -> VerdictRules? {
        let path = "spec.release.onVerdict"
        let keys = ["pass", "fail", "inconclusive", "notEnoughData", "extensions"]
        guard let node = section.values["onVerdict"], let rules = reader.section(node, path: path, keys: keys) else {
            return nil
        }
        let extensions = rules.values["extensions"].flatMap {
            reader.integer($0, path: "\(path).extensions", in: 0...100)
        }
        return VerdictRules(
            pass: action(rules, "pass", [.goOn, .ask]),
            fail: action(rules, "fail", [.rollBack, .ask]),
            inconclusive: action(rules, "inconclusive", VerdictRules.Action.allCases),
            notEnoughData: action(rules, "notEnoughData", [.rollBack, .ask, .wait, .extend]),
            extensions: extensions
        )
    }

    private mutating func action(
        _ section: ManifestReader.Section,
        _ key: String,
        _ known: [VerdictRules.Action]
    ) -> VerdictRules.Action? {
        section.values[key].flatMap {
            reader.word($0, path: "\(section.path).\(key)", of: known.map(\.rawValue))
        }.flatMap(VerdictRules.Action.init(rawValue:))
    }

    mutating func budget(_ section: ManifestReader.Section) -> BudgetRules? {
        let path = "spec.release.budget"
        guard let node = section.values["budget"],
            let rules = reader.section(node, path: path, keys: ["slowBelow", "freezeBelow"])
        else { return nil }
        let slow = rules.values["slowBelow"].flatMap { reader.number($0, path: "\(path).slowBelow", in: 0...1) }
        let freeze = rules.values["freezeBelow"].flatMap { reader.number($0, path: "\(path).freezeBelow", in: 0...1) }
        return BudgetRules(slowBelow: slow, freezeBelow: freeze)
    }

    mutating func limits(_ section: ManifestReader.Section) -> LimitRules? {
        let path = "spec.release.limits"
        guard let node = section.values["limits"], let rules = reader.section(node, path: path, keys: ["queue"]) else {
            return nil
        }
        return LimitRules(
            queue: rules.values["queue"].flatMap { reader.integer($0, path: "\(path).queue", in: 1...10_000) }
        )
    }

    mutating func exclusions(_ section: ManifestReader.Section) -> ExclusionRules? {
        let path = "spec.release.exclude"
        guard let node = section.values["exclude"],
            let rules = reader.section(node, path: path, keys: ["userAgents", "headers"])
        else { return nil }
        let agents = reader.list(rules, "userAgents").prefix(100).compactMap {
            reader.text($0, path: "\(path).userAgents")
        }
        var headers: [String: String] = [:]
        if case .mapping(let mapping) = rules.values["headers"] {
            for (key, value) in mapping.prefix(20) {
                guard let name = reader.text(key, path: "\(path).headers"),
                    let text = reader.text(value, path: "\(path).headers.\(name)")
                else { continue }
                headers[name] = text
            }
        } else if let node = rules.values["headers"] {
            reader.report(node.mark, "\(path).headers must be names with values: write {x-synthetic: \"1\"}")
        }
        return ExclusionRules(
            userAgents: rules.has("userAgents") ? Array(agents) : nil,
            headers: rules.has("headers") ? headers : nil
        )
    }

    mutating func shadow(_ section: ManifestReader.Section) -> ShadowRules? {
        let path = "spec.release.shadow"
        guard let node = section.values["shadow"],
            let rules = reader.section(node, path: path, keys: ["sample", "then"])
        else { return nil }
        let ends = ShadowRules.End.allCases.map(\.rawValue)
        return ShadowRules(
            sample: rules.values["sample"].flatMap { reader.integer($0, path: "\(path).sample", in: 1...100) },
            then: rules.values["then"].flatMap { reader.word($0, path: "\(path).then", of: ends) }
                .flatMap(ShadowRules.End.init(rawValue:))
        )
    }

    mutating func comparison(_ section: ManifestReader.Section) -> ComparisonRules? {
        let path = "spec.release.ab"
        let keys = ["metric", "goal", "maxObservations", "undecided", "confirm"]
        guard let node = section.values["ab"], let rules = reader.section(node, path: path, keys: keys) else {
            return nil
        }
        let metrics = ComparisonRules.Metric.allCases.map(\.rawValue)
        let metric = reader.required(rules, "metric", add: "label_rate")
            .flatMap { reader.word($0, path: "\(path).metric", of: metrics) }
            .flatMap(ComparisonRules.Metric.init(rawValue:))
        let goal = reader.required(rules, "goal", add: metric == .errorRate ? "lower" : "higher")
            .flatMap { reader.word($0, path: "\(path).goal", of: ComparisonRules.Goal.allCases.map(\.rawValue)) }
            .flatMap(ComparisonRules.Goal.init(rawValue:))
        let most = rules.values["maxObservations"].flatMap {
            reader.integer($0, path: "\(path).maxObservations", in: 1...1_000_000_000)
        }
        let confirm = rules.values["confirm"].flatMap {
            reader.word($0, path: "\(path).confirm", of: ["true", "false"])
        }
        guard let metric, let goal else { return nil }
        return ComparisonRules(
            metric: metric,
            goal: goal,
            maxObservations: most,
            undecided: action(rules, "undecided", [.rollBack, .ask, .goOn]),
            confirm: confirm.map { $0 == "true" }
        )
    }
}
