import SlipwayDomain
import Yams

/// `spec.release.analysis`: what live traffic must show.
extension ManifestParser {
    mutating func analysis(_ section: ManifestReader.Section, task: ModelTask?) -> [AnalysisRule] {
        var rules: [AnalysisRule] = []
        let nodes = reader.list(section, "analysis")
        guard nodes.count <= AnalysisRule.mostRules else {
            reader.report(
                section.values["analysis"]?.mark,
                "spec.release.analysis has \(nodes.count) rules, more than \(AnalysisRule.mostRules): each has a part of "
                    + "the accepted risk, keep those that matter"
            )
            return []
        }
        for (index, node) in nodes.enumerated() {
            let path = "spec.release.analysis[\(index)]"
            guard let rule = analysisRule(node, path: path, task: task) else { continue }
            if rules.contains(where: { $0.repeats(rule) }) {
                reader.report(node.mark, "\(path) repeats a rule on \(rule.metric.rawValue): keep one of the two")
            }
            rules.append(rule)
        }
        return rules
    }

    private mutating func analysisRule(_ node: Node, path: String, task: ModelTask?) -> AnalysisRule? {
        guard let section = reader.section(node, path: path, keys: AnalysisRule.manifestKeys) else { return nil }
        let names = ServiceMetric.allCases.map(\.rawValue)
        let metric = reader.required(section, "metric", add: "error_rate")
            .flatMap { reader.word($0, path: "\(path).metric", of: names) }.flatMap(ServiceMetric.init(rawValue:))
        guard let metric else { return nil }
        guard hasOnly(metric.keys, section, metric) else { return nil }
        if metric == .accuracy, let task, ![.binaryClassification, .multiclass].contains(task) {
            reader.report(
                section.mark,
                "\(path): accuracy is computed from classes and their labels, and the task is \(task.rawValue): "
                    + "give your own number by {metric: prometheus, query: ..., max: ...}"
            )
        }
        guard let test = test(section, metric) else { return nil }
        var query: String?
        if metric == .prometheus {
            query = reader.required(section, "query", add: "'sum(rate(complaints_total[5m]))'").flatMap {
                self.query($0, path: "\(path).query")
            }
            if query == nil { return nil }
        }
        let slice = section.values["slice"].flatMap { reader.text($0, path: "\(path).slice") }
        let delay = section.values["delay"].flatMap { reader.span($0, path: "\(path).delay") }
        return AnalysisRule(metric: metric, test: test, slice: slice, delay: delay, query: query)
    }

    /// Whether the rule has no key that means nothing for its metric; each one is reported with the right form.
    private mutating func hasOnly(
        _ known: [String],
        _ section: ManifestReader.Section,
        _ metric: ServiceMetric
    ) -> Bool {
        let strange = AnalysisRule.manifestKeys.filter { $0 != "metric" && section.has($0) && !known.contains($0) }
        guard let first = strange.first else { return true }
        if metric.isPaired, ["against", "maxIncrease"].contains(first) {
            reader.report(
                section.mark,
                "\(section.path): \(metric.rawValue) already compares with the stable version: write \(metric.form)"
            )
        } else {
            reader.report(
                section.values[first]?.mark,
                "\(section.path): \(metric.rawValue) has no '\(first)': write \(metric.form)"
            )
        }
        return false
    }

    private mutating func test(_ section: ManifestReader.Section, _ metric: ServiceMetric) -> AnalysisRule.Test? {
        let (relative, absolute) = metric == .accuracy ? ("maxDrop", "min") : ("maxIncrease", "max")
        let isRelative = metric.keys.contains("against") && (section.has("against") || section.has(relative))
        guard isRelative != section.has(absolute) else {
            let forms =
                metric.keys.contains("against")
                ? "exactly one of these forms: {metric, against: stable, \(relative)} or {metric, \(absolute)}"
                : "a max: write \(metric.form)"
            reader.report(section.mark, "\(section.path) must have \(forms)")
            return nil
        }
        let key = isRelative ? relative : absolute
        if isRelative {
            let against = reader.required(section, "against", add: "stable").flatMap {
                reader.word($0, path: "\(section.path).against", of: ["stable"])
            }
            if against == nil { return nil }
        }
        let example = metric.isLatency ? "50" : metric == .accuracy && !isRelative ? "0.8" : isRelative ? "0.01" : "0.1"
        guard let value = number(section, key, example: example, in: metric.range) else { return nil }
        if metric != .prometheus, value <= 0 || (!metric.isLatency && value >= 1) {
            let range = metric.isLatency ? "a number of milliseconds over 0" : "a share over 0 and under 1"
            reader.report(
                section.values[key]?.mark,
                "\(section.path).\(key) must be \(range): write \(metric.form)"
            )
            return nil
        }
        switch key {
        case "maxDrop": return .maxDrop(value)
        case "min": return .min(value)
        case "maxIncrease": return .maxIncrease(value)
        default: return .max(value)
        }
    }

    private mutating func query(_ node: Node, path: String) -> String? {
        guard let text = reader.text(node, path: path) else { return nil }
        guard text.utf8.count <= AnalysisRule.longestQuery, !text.contains(where: \.isNewline) else {
            reader.report(
                node.mark,
                "\(path) must be one line of at most \(AnalysisRule.longestQuery) bytes: make a recording rule of it"
            )
            return nil
        }
        return text
    }
}

extension AnalysisRule {
    /// The most rules of one release.
    fileprivate static let mostRules = 20
    /// The longest query, in bytes.
    fileprivate static let longestQuery = 2000
    fileprivate static let manifestKeys = [
        "metric", "against", "maxIncrease", "max", "maxDrop", "min", "slice", "delay", "query",
    ]

    /// Whether both rules ask the same.
    fileprivate func repeats(_ other: AnalysisRule) -> Bool {
        metric == other.metric && isAgainstStable == other.isAgainstStable && slice == other.slice
            && query == other.query
    }
}
