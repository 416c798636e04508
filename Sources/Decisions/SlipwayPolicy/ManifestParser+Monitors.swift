import Yams

extension ManifestParser {
    mutating func monitors(_ node: Node, task: ModelTask?) -> Monitors? {
        guard let section = reader.section(node, path: "spec.monitors", keys: ["drift", "performance", "fairness"])
        else {
            return nil
        }
        return Monitors(
            drift: section.values["drift"].flatMap { self.drift($0) },
            performance: section.values["performance"].flatMap { performance($0, task: task) },
            fairness: section.has("fairness") ? fairness(section, task: task) : nil
        )
    }

    private mutating func drift(_ node: Node) -> Monitors.Drift? {
        let path = "spec.monitors.drift"
        let keys = ["features", "minEffect", "window", "minRows"]
        guard let section = reader.section(node, path: path, keys: keys) else { return nil }
        let features = reader.required(section, "features", add: "all").flatMap { self.features($0) }
        let effect =
            section.values["minEffect"].map { reader.number($0, path: "\(path).minEffect", in: 0.001...1) }
            ?? Monitors.Drift.standardMinEffect
        let window = section.values["window"].flatMap { reader.span($0, path: "\(path).window") }
        let rows = section.values["minRows"].flatMap {
            reader.integer($0, path: "\(path).minRows", in: 100...1_000_000_000)
        }
        guard let features, let effect else { return nil }
        return Monitors.Drift(features: features, minEffect: effect, window: window, minRows: rows)
    }

    private mutating func features(_ node: Node) -> Monitors.Features? {
        let path = "spec.monitors.drift.features"
        guard case .sequence(let sequence) = node else {
            return reader.word(node, path: path, of: ["all"]).map { _ in .all }
        }
        guard !sequence.isEmpty else {
            reader.report(node.mark, "\(path) is an empty list: write 'all', or name the columns to watch")
            return nil
        }
        let names = sequence.enumerated().map { reader.text($1, path: "\(path)[\($0)]") }
        return .named(names.compactMap(\.self))
    }
}
