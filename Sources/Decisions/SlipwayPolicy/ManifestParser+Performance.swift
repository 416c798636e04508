import SlipwayDomain
import SlipwayStatistics
import Yams

extension ManifestParser {
    mutating func performance(_ node: Node, task: ModelTask?) -> Monitors.Performance? {
        let path = "spec.monitors.performance"
        let keys = ["metric", "min", "max", "labels", "window", "slices", "value", "tolerance"]
        guard let section = reader.section(node, path: path, keys: keys) else { return nil }
        let known = ModelMetric.live(for: task ?? .binaryClassification)
        if let task, known.isEmpty {
            reader.report(
                section.mark,
                "\(path) exists for classification and regression only, not for \(task.rawValue): remove it"
            )
            return nil
        }
        let metric = reader.required(section, "metric", add: known.first?.rawValue ?? "...").flatMap {
            reader.word($0, path: "\(path).metric", of: known.map(\.rawValue))
        }.flatMap(ModelMetric.init(rawValue:))
        let bound = metric.flatMap { self.bound(section, $0) }
        let labels = reader.required(section, "labels", add: "{delay: 24h}").flatMap { self.labels($0) }
        let window = section.values["window"].map { reader.span($0, path: "\(path).window") }
        let slices = section.has("slices") ? columns(section, "slices") : nil
        let value = section.values["value"].map { self.value($0, task: task) }
        let tolerance = section.values["tolerance"].map {
            reader.number($0, path: "\(path).tolerance", in: 1e-6...Double.greatestFiniteMagnitude)
        }
        guard let metric, let bound, let labels, window != .some(nil), value != .some(nil), tolerance != .some(nil)
        else { return nil }
        return Monitors.Performance(
            metric: metric,
            min: bound.min,
            max: bound.max,
            labels: labels,
            window: window ?? nil,
            slices: slices,
            value: value ?? nil,
            tolerance: tolerance ?? nil
        )
    }

    /// The one bound that the metric has: the least value, or the greatest of what is better when smaller.
    private mutating func bound(
        _ section: ManifestReader.Section,
        _ metric: ModelMetric
    ) -> (min: Double?, max: Double?)? {
        let (wanted, other) = metric.higherIsBetter ? ("min", "max") : ("max", "min")
        if section.has(other) {
            reader.report(
                section.mark,
                "\(section.path): \(metric.rawValue) is better when it is \(metric.higherIsBetter ? "larger" : "smaller"): "
                    + "write '\(wanted)' in place of '\(other)'"
            )
            return nil
        }
        guard let value = number(section, wanted, example: metric.higherIsBetter ? "0.65" : "0.5", in: metric.range)
        else { return nil }
        return metric.higherIsBetter ? (value, nil) : (nil, value)
    }

    private mutating func labels(_ node: Node) -> Monitors.Labels? {
        let path = "spec.monitors.performance.labels"
        guard let section = reader.section(node, path: path, keys: ["delay", "horizon"]) else { return nil }
        let delay = reader.required(section, "delay", add: "24h").flatMap { reader.span($0, path: "\(path).delay") }
        let horizon = section.values["horizon"].map { reader.span($0, path: "\(path).horizon") }
        guard let delay, horizon != .some(nil) else { return nil }
        if let horizon = horizon ?? nil, horizon < delay {
            reader.report(section.mark, "\(path).horizon is shorter than the delay: no label would be taken")
            return nil
        }
        return Monitors.Labels(delay: delay, horizon: horizon ?? nil)
    }

    private mutating func columns(_ section: ManifestReader.Section, _ key: String) -> [String] {
        reader.list(section, key).enumerated().compactMap { place, node in
            reader.text(node, path: "\(section.path).\(key)[\(place)]")
        }
    }

    private mutating func value(_ node: Node, task: ModelTask?) -> Monitors.Value? {
        let path = "spec.monitors.performance.value"
        let names = ["truePositive", "falsePositive", "trueNegative", "falseNegative"]
        guard let section = reader.section(node, path: path, keys: names + ["unit"]) else { return nil }
        if let task, task != .binaryClassification {
            reader.report(section.mark, "\(path) exists for binary-classification only: remove it")
            return nil
        }
        let numbers = names.map { number(section, $0, example: "0", in: -1e12...1e12) }
        let unit = section.values["unit"].map { reader.text($0, path: "\(path).unit") }
        guard unit != .some(nil), let first = numbers[0], let second = numbers[1], let third = numbers[2],
            let fourth = numbers[3]
        else { return nil }
        let matrix = ValueMatrix(truePositive: first, falsePositive: second, trueNegative: third, falseNegative: fourth)
        return Monitors.Value(matrix: matrix, unit: unit ?? nil)
    }

    /// Rules about groups, each with its own metric.
    mutating func fairness(_ monitors: ManifestReader.Section, task: ModelTask?) -> [Monitors.Fairness] {
        var rules: [Monitors.Fairness] = []
        for (place, node) in reader.list(monitors, "fairness").enumerated() {
            let path = "spec.monitors.fairness[\(place)]"
            let keys = ["metric", "group", "minRatio", "maxGap", "minRows"]
            guard let section = reader.section(node, path: path, keys: keys) else { continue }
            if let task, ![.binaryClassification, .multiclass].contains(task) {
                reader.report(section.mark, "\(path): groups are compared for classification only: remove it")
                continue
            }
            let metric = metric(section, task: task)
            guard let metric, let groups = groups(section, metric: metric) else { continue }
            if rules.contains(where: { $0.metric == metric && $0.group == groups.column }) {
                reader.report(node.mark, "\(path) repeats \(metric.rawValue) by \(groups.column): keep one of the two")
            }
            rules.append(Monitors.Fairness(metric: metric, group: groups.column, bounds: groups.bounds))
        }
        return rules
    }
}
