import SlipwayDomain
import Yams

extension Manifest {
    /// Parses `slipway.yaml` strictly; the error lists every mistake that could be found in one reading.
    package init(yaml text: String, file: String = "slipway.yaml") throws(ManifestError) {
        var parser = ManifestParser()
        let manifest: Manifest?
        do {
            manifest = parser.manifest(try YAMLDocument.root(of: text))
        } catch {
            throw ManifestError(file: file, problems: [error.problem])
        }
        guard let manifest, parser.reader.problems.isEmpty else {
            throw ManifestError(file: file, problems: parser.reader.problems)
        }
        self = manifest
    }
}

/// The sections of a manifest. Each function reads all of its section, even after a mistake, so that all are reported.
struct ManifestParser {
    var reader = ManifestReader()

    mutating func manifest(_ root: Node) -> Manifest? {
        let keys = ["apiVersion", "kind", "metadata", "spec"]
        guard let section = reader.section(root, path: "the manifest", keys: keys) else { return nil }
        if let node = reader.required(section, "apiVersion", add: Manifest.currentAPIVersion) {
            _ = reader.word(node, path: "apiVersion", of: [Manifest.currentAPIVersion])
        }
        if let node = reader.required(section, "kind", add: Manifest.modelKind) {
            _ = reader.word(node, path: "kind", of: [Manifest.modelKind])
        }
        let metadata = reader.required(section, "metadata", add: "{name: ..., owner: ..., tier: ...}").flatMap {
            self.metadata($0)
        }
        let spec = reader.required(section, "spec", add: "{task: binary-classification}").flatMap { self.spec($0) }
        guard let metadata, let spec else { return nil }
        return Manifest(metadata: metadata, spec: spec)
    }

    private mutating func metadata(_ node: Node) -> Manifest.Metadata? {
        let keys = ["name", "owner", "tier", "description"]
        guard let section = reader.section(node, path: "metadata", keys: keys) else { return nil }
        let name = reader.required(section, "name", add: "flight-delay").flatMap { self.modelName($0) }
        let owner = reader.required(section, "owner", add: "team-name").flatMap {
            reader.text($0, path: "metadata.owner")
        }
        let tier = reader.required(section, "tier", add: "2").flatMap {
            reader.integer($0, path: "metadata.tier", in: 1...3)
        }
        let description = section.values["description"].flatMap { reader.text($0, path: "metadata.description") }
        guard let name, let owner, let tier = tier.flatMap(Tier.init(rawValue:)) else { return nil }
        return Manifest.Metadata(name: name, owner: owner, tier: tier, description: description)
    }

    private mutating func modelName(_ node: Node) -> String? {
        guard let name = reader.text(node, path: "metadata.name") else { return nil }
        guard ModelName.isValid(name) else {
            reader.report(
                node.mark,
                "metadata.name cannot be '\(ManifestReader.quote(name))': \(ModelName.rule), such as flight-delay"
            )
            return nil
        }
        return name
    }

    private mutating func spec(_ node: Node) -> Manifest.Spec? {
        let keys = ["task", "inputs", "evaluation", "release", "monitors", "predictions", "objectives", "runbook"]
        guard let section = reader.section(node, path: "spec", keys: keys) else { return nil }
        let task = reader.required(section, "task", add: ModelTask.binaryClassification.rawValue).flatMap {
            reader.word($0, path: "spec.task", of: ModelTask.allCases.map(\.rawValue))
        }.flatMap(ModelTask.init(rawValue:))
        let inputs = section.values["inputs"].flatMap { self.inputs($0) }
        let evaluation = evaluation(section, task: task)
        let release = section.values["release"].map { self.release($0, task: task) } ?? .standard
        let monitors = section.values["monitors"].map { self.monitors($0, task: task) } ?? Monitors()
        let predictions = section.values["predictions"].flatMap { self.predictions($0) }
        let objectives = section.values["objectives"].flatMap { self.objectives($0) }
        let runbook = section.values["runbook"].flatMap { file($0, path: "spec.runbook", example: "runbook.md") }
        guard let task, let release, let monitors else { return nil }
        return Manifest.Spec(
            task: task,
            inputs: inputs,
            evaluation: evaluation,
            release: release,
            monitors: monitors,
            predictions: predictions,
            objectives: objectives,
            runbook: runbook
        )
    }

    private mutating func inputs(_ node: Node) -> Manifest.Inputs? {
        guard let section = reader.section(node, path: "spec.inputs", keys: ["contract", "contractDigest"]),
            let contract = reader.required(section, "contract", add: "contract.yaml")
        else { return nil }
        let path = file(contract, path: "spec.inputs.contract", example: "contract.yaml")
        let digest = section.values["contractDigest"].flatMap { self.digest($0, path: "spec.inputs.contractDigest") }
        return path.map { Manifest.Inputs(contract: $0, contractDigest: digest) }
    }

    private mutating func objectives(_ node: Node) -> Manifest.Objectives? {
        let path = "spec.objectives"
        let keys = ["availability", "latency_p95_ms", "window"]
        guard let section = reader.section(node, path: path, keys: keys) else { return nil }
        let availability = section.values["availability"].flatMap {
            reader.number($0, path: "\(path).availability", in: 0.5...0.999999)
        }
        let latency = section.values["latency_p95_ms"].flatMap {
            reader.number($0, path: "\(path).latency_p95_ms", in: 0.001...3_600_000)
        }
        let window = section.values["window"].map { reader.span($0, path: "\(path).window") } ?? .days(30)
        return window.map { Manifest.Objectives(availability: availability, latencyP95: latency, window: $0) }
    }

    /// A required number of a section.
    mutating func number(
        _ section: ManifestReader.Section,
        _ key: String,
        example: String,
        in range: ClosedRange<Double>
    ) -> Double? {
        reader.required(section, key, add: example).flatMap {
            reader.number($0, path: "\(section.path).\(key)", in: range)
        }
    }

    private mutating func digest(_ node: Node, path: String) -> String? {
        guard let text = reader.text(node, path: path) else { return nil }
        guard ContentDigest.isValid(text) else {
            reader.report(
                node.mark,
                "\(path) cannot be '\(ManifestReader.quote(text))': a digest is \(ContentDigest.rule); leave it out and "
                    + "`slipway apply` fills it in"
            )
            return nil
        }
        return text
    }

    /// A path beside or below the manifest; nothing else on the machine can be named.
    private mutating func file(_ node: Node, path: String, example: String) -> String? {
        guard let text = reader.text(node, path: path) else { return nil }
        let parts = text.parts(at: "/", keepingEmpty: true)
        let isInside = parts.allSatisfy { !$0.isEmpty && $0 != ".." } && !text.holds("\\") && !text.holds("\0")
        guard isInside else {
            reader.report(
                node.mark,
                "\(path) cannot be '\(ManifestReader.quote(text))': name a file beside slipway.yaml or below it, such as \(example)"
            )
            return nil
        }
        return text
    }
}

/// How models may be called: the name stands in addresses, on command lines and in file names.
package enum ModelName {
    package static let rule =
        "a name has up to 128 letters, digits, '-', '_' and '.', and starts with a letter or digit"

    /// Whether `name` follows the rule.
    package static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, bytes.count <= 128, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
