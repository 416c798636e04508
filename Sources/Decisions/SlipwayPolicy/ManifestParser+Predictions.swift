import Yams

extension ManifestParser {
    /// The most columns that one manifest may leave out.
    private static let mostRedacted = 1000

    mutating func predictions(_ node: Node) -> PredictionRules? {
        let path = "spec.predictions"
        guard let section = reader.section(node, path: path, keys: ["sample", "redact"]) else { return nil }
        let sample = section.values["sample"].map { reader.number($0, path: "\(path).sample", in: 0...1) } ?? 1
        let redact = section.values["redact"].map { self.redact($0, path: "\(path).redact") } ?? []
        guard let sample, let redact else { return nil }
        return PredictionRules(sample: sample, redact: redact)
    }

    private mutating func redact(_ node: Node, path: String) -> [String]? {
        guard case .sequence(let sequence) = node else {
            reader.report(node.mark, "\(path) must be a list of column names, such as [ssn, birthday]")
            return nil
        }
        guard !sequence.isEmpty, sequence.count <= Self.mostRedacted else {
            let advice = sequence.isEmpty ? "is an empty list: name columns, or remove it" : "has too many names"
            reader.report(node.mark, "\(path) \(advice) (1 to \(Self.mostRedacted))")
            return nil
        }
        var names: [String] = []
        for (index, element) in sequence.enumerated() {
            guard let name = reader.text(element, path: "\(path)[\(index)]") else { continue }
            guard !names.contains(name) else {
                reader.report(element.mark, "\(path) names '\(ManifestReader.quote(name))' twice: remove one")
                continue
            }
            names.append(name)
        }
        return names
    }
}
