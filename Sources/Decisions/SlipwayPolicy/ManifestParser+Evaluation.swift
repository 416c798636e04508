import SlipwayStatistics
import Yams

extension ManifestParser {
    mutating func evaluation(_ spec: ManifestReader.Section, task: ModelTask?) -> [EvaluationRule] {
        var rules: [EvaluationRule] = []
        for (index, node) in reader.list(spec, "evaluation").enumerated() {
            guard let rule = evaluationRule(node, path: "spec.evaluation[\(index)]", task: task) else { continue }
            if rules.contains(where: { $0.gate == rule.gate }) {
                reader.report(node.mark, "spec.evaluation[\(index)] repeats the rule \(rule.gate): keep one of the two")
            }
            rules.append(rule)
        }
        return rules
    }

    private mutating func evaluationRule(_ node: Node, path: String, task: ModelTask?) -> EvaluationRule? {
        let keys = ["metric", "min", "max", "against", "maxDrop", "slice", "group", "minRatio", "maxGap", "minRows"]
        guard let section = reader.section(node, path: path, keys: keys) else { return nil }
        let metric = metric(section, task: task)
        let forms: [(marker: String, keys: [String])] = [
            ("min", ["min"]), ("max", ["max"]), ("against", ["against", "maxDrop"]),
            ("slice", ["slice", "minRatio", "minRows"]), ("group", ["group", "minRatio", "maxGap", "minRows"]),
        ]
        let present = section.values.keys.filter { $0 != "metric" }
        guard
            let form = forms.first(where: { form in
                !present.isEmpty && present.allSatisfy(form.keys.contains)
                    && (form.marker == "group") == present.contains("group")
            })
        else {
            reader.report(
                section.mark,
                "\(path) must have exactly one of these forms: {metric, min}, {metric, max}, "
                    + "{metric, against: champion, maxDrop}, {metric, slice, minRatio} or {metric, group, minRatio}"
            )
            return nil
        }
        let range = metric?.range ?? -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        let test: EvaluationRule.Test?
        switch form.marker {
        case "min": test = number(section, "min", example: "0.7", in: range).map { .atLeast($0) }
        case "max": test = number(section, "max", example: "0.3", in: range).map { .atMost($0) }
        case "against":
            let against = reader.required(section, "against", add: "champion").flatMap {
                reader.word($0, path: "\(path).against", of: ["champion"])
            }
            let drop = number(section, "maxDrop", example: "0.01", in: 0...Double.greatestFiniteMagnitude)
            test = against.flatMap { _ in drop.map { .champion(maxDrop: $0) } }
        case "group":
            test = self.groups(section, metric: metric).map { .groups(column: $0.column, bounds: $0.bounds) }
        default: test = slices(section)
        }
        guard let metric, let test else { return nil }
        return EvaluationRule(metric: metric, test: test)
    }

    private mutating func slices(_ section: ManifestReader.Section) -> EvaluationRule.Test? {
        let column = reader.required(section, "slice", add: "column").flatMap {
            reader.text($0, path: "\(section.path).slice")
        }
        let ratio = number(section, "minRatio", example: "0.8", in: 0...1)
        let rows =
            section.values["minRows"].map { reader.integer($0, path: "\(section.path).minRows", in: 1...1_000_000_000) }
            ?? EvaluationRule.standardSliceRows
        guard let column, let ratio, let rows else { return nil }
        return .slices(column: column, minRatio: ratio, minRows: rows)
    }

    /// The column and the bounds of a rule about groups.
    mutating func groups(
        _ section: ManifestReader.Section,
        metric: ModelMetric?
    ) -> (column: String, bounds: GroupBounds)? {
        let path = section.path
        if let metric, !ModelMetric.ofGroups.contains(metric) {
            let known = ModelMetric.ofGroups.map(\.rawValue).joined(separator: ", ")
            reader.report(section.mark, "\(path): groups are compared by \(known), not by \(metric.rawValue)")
            return nil
        }
        let column = reader.required(section, "group", add: "column").flatMap {
            reader.text($0, path: "\(path).group")
        }
        guard section.has("minRatio") || section.has("maxGap") else {
            reader.report(
                section.mark,
                "\(path) bounds nothing: add 'minRatio: 0.8' (the four-fifths rule) or 'maxGap: 0.1'"
            )
            return nil
        }
        let ratio = section.values["minRatio"].map { reader.number($0, path: "\(path).minRatio", in: 0.01...1) }
        let gap = section.values["maxGap"].map { reader.number($0, path: "\(path).maxGap", in: 0...1) }
        let rows = section.values["minRows"].map { reader.integer($0, path: "\(path).minRows", in: 10...1_000_000_000) }
        guard let column, ratio != .some(nil), gap != .some(nil), rows != .some(nil) else { return nil }
        let least = (rows ?? nil).map { Int64($0) } ?? GroupBounds.standardRows
        return (column, GroupBounds(minRatio: ratio ?? nil, maxGap: gap ?? nil, minRows: least))
    }

    mutating func metric(_ section: ManifestReader.Section, task: ModelTask?) -> ModelMetric? {
        let known = ModelMetric.known(for: task ?? .binaryClassification)
        let candidates = task == nil ? ModelMetric.allCases : known
        guard let node = reader.required(section, "metric", add: candidates.first?.rawValue ?? "...") else {
            return nil
        }
        guard !candidates.isEmpty else {
            reader.report(
                node.mark,
                "\(section.path): no metric exists for the task \(task?.rawValue ?? ""): remove the rule"
            )
            return nil
        }
        return reader.word(node, path: "\(section.path).metric", of: candidates.map(\.rawValue))
            .flatMap(ModelMetric.init(rawValue:))
    }
}
