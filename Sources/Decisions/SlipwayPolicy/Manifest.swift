package import SlipwayDomain

/// What a team promises about one model: the parsed `slipway.yaml`, with every default filled in.
///
/// Its JSON form has the shape of the YAML file, so its canonical bytes are what the ledger keeps and digests.
package struct Manifest: Codable, Hashable, Sendable {
    package let apiVersion: String
    package let kind: String
    package let metadata: Metadata
    package private(set) var spec: Spec

    /// The only `apiVersion` that this Slipway reads.
    package static let currentAPIVersion = "slipway/v1"
    /// The only `kind` that this Slipway reads.
    package static let modelKind = "Model"

    package init(metadata: Metadata, spec: Spec) {
        apiVersion = Manifest.currentAPIVersion
        kind = Manifest.modelKind
        self.metadata = metadata
        self.spec = spec
    }

    /// The manifest with the contract that it names pinned to the file of this digest.
    package func pinning(contract digest: String) -> Manifest {
        var pinned = self
        pinned.spec.inputs?.contractDigest = digest
        return pinned
    }

    /// The canonical JSON bytes, the input of the manifest's digest.
    package func canonicalBytes() throws -> [UInt8] { try CanonicalJSON.bytes(encoding: self) }

    /// Who the model belongs to and how much harm it can do.
    package struct Metadata: Codable, Hashable, Sendable {
        package let name: String
        package let owner: String
        package let tier: Tier
        package let description: String?

        package init(name: String, owner: String, tier: Tier, description: String? = nil) {
            self.name = name
            self.owner = owner
            self.tier = tier
            self.description = description
        }
    }

    /// The rules that hold for the model.
    package struct Spec: Codable, Hashable, Sendable {
        package let task: ModelTask
        package internal(set) var inputs: Inputs?
        package let evaluation: [EvaluationRule]
        package let release: ReleaseRules
        package let monitors: Monitors
        /// Nil when the manifest says nothing: then everything is kept.
        package let predictions: PredictionRules?
        package let objectives: Objectives?
        package let runbook: String?

        package init(
            task: ModelTask,
            inputs: Inputs? = nil,
            evaluation: [EvaluationRule] = [],
            release: ReleaseRules = .standard,
            monitors: Monitors = Monitors(),
            predictions: PredictionRules? = nil,
            objectives: Objectives? = nil,
            runbook: String? = nil
        ) {
            self.task = task
            self.inputs = inputs
            self.evaluation = evaluation
            self.release = release
            self.monitors = monitors
            self.predictions = predictions
            self.objectives = objectives
            self.runbook = runbook
        }
    }

    /// What the model reads.
    package struct Inputs: Codable, Hashable, Sendable {
        /// The path of the data contract, relative to the manifest.
        package let contract: String
        /// The digest of that file: only data that were held against these very promises count.
        package internal(set) var contractDigest: String?

        package init(contract: String, contractDigest: String? = nil) {
            self.contract = contract
            self.contractDigest = contractDigest
        }
    }

    /// What users of the model are promised.
    package struct Objectives: Codable, Hashable, Sendable {
        package let availability: Double?
        package let latencyP95: Double?
        package let window: Span

        enum CodingKeys: String, CodingKey {
            case availability
            case latencyP95 = "latency_p95_ms"
            case window
        }

        package init(availability: Double?, latencyP95: Double?, window: Span = .days(30)) {
            self.availability = availability
            self.latencyP95 = latencyP95
            self.window = window
        }
    }
}
