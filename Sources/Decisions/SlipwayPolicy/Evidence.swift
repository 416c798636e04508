package import SlipwayDomain
package import SlipwayStatistics

/// What is known about one version on its way into one environment: the facts, and the recorded evidence.
///
/// Facts (who asked, which version is champion, who objected) are the state of the world and may deny.
/// Evidence is what somebody has to bring: to leave some out can only turn an allowance into a denial.
package struct Evidence: Codable, Hashable, Sendable {
    package let model: String
    package let version: Int
    package let environment: ReleaseEnvironment
    /// The digest of the version's artifact; evidence about any other digest does not count.
    package let artifactDigest: String?
    package let requests: [ApprovalRequest]
    /// When the manifest that holds was applied: who approved before then did so under another one.
    package var manifestAppliedAt: Instant?
    package var champion: Champion?
    package var registration: Registration?
    package var verification: Verification?
    package var evaluation: Evaluation?
    package var reference: ReferenceProfile?
    package var validation: DataValidation?
    package var approvals: [Approval]

    package init(
        model: String,
        version: Int,
        environment: ReleaseEnvironment,
        artifactDigest: String?,
        requests: [ApprovalRequest] = [],
        manifestAppliedAt: Instant? = nil,
        champion: Champion? = nil,
        registration: Registration? = nil,
        verification: Verification? = nil,
        evaluation: Evaluation? = nil,
        reference: ReferenceProfile? = nil,
        validation: DataValidation? = nil,
        approvals: [Approval] = []
    ) {
        self.model = model
        self.version = version
        self.environment = environment
        self.artifactDigest = artifactDigest
        self.requests = requests
        self.manifestAppliedAt = manifestAppliedAt
        self.champion = champion
        self.registration = registration
        self.verification = verification
        self.evaluation = evaluation
        self.reference = reference
        self.validation = validation
        self.approvals = approvals
    }
}

/// Where a piece of evidence stands in the ledger.
package struct EvidenceSource: Codable, Hashable, Sendable {
    /// The actor of what somebody did without saying who they are.
    package static let unknownActor = "anonymous"

    package let entry: EntryID
    package let time: Instant
    package let actor: String

    package init(entry: EntryID, time: Instant, actor: String) {
        self.entry = entry
        self.time = time
        self.actor = actor
    }
}

/// Evidence that says which artifact it is about and where it was recorded.
package protocol Recorded: Sendable {
    var source: EvidenceSource { get }
    var artifactDigest: String { get }
}

/// A version entered the registry; the actor is who registered it.
package struct Registration: Codable, Hashable, Sendable {
    package let source: EvidenceSource
    /// The digest at the time; nil when the registry was given no artifact that it could read.
    package let artifactDigest: String?

    package init(source: EvidenceSource, artifactDigest: String?) {
        self.source = source
        self.artifactDigest = artifactDigest
    }
}

/// The artifact was read back, its digest compared and the model loaded.
package struct Verification: Recorded, Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let artifactDigest: String
    /// What the artifact is, e.g. `onnx`.
    package let format: String
    /// Why it cannot be served; nil when it loads.
    package let problem: String?
    /// What it takes and gives, by name; nil when it does not load, and in evidence from before this was recorded.
    package let columns: ModelColumns?

    package init(
        source: EvidenceSource,
        artifactDigest: String,
        format: String,
        problem: String? = nil,
        columns: ModelColumns? = nil
    ) {
        self.source = source
        self.artifactDigest = artifactDigest
        self.format = format
        self.problem = problem
        self.columns = columns
    }
}

/// A version's answers were compared with labels.
package struct Evaluation: Recorded, Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let artifactDigest: String
    package let datasetDigest: String
    package let rows: Int
    package let metrics: [String: Double]
    package let slices: [Slice]

    /// The rows that have one value in one column.
    package struct Slice: Codable, Hashable, Sendable {
        package let column: String
        package let value: String
        package let rows: Int
        package let metrics: [String: Double]
        /// The decisions against the labels; nil in evaluations from before they were recorded, and for numbers.
        package let confusion: Confusion?

        package init(
            column: String,
            value: String,
            rows: Int,
            metrics: [String: Double],
            confusion: Confusion? = nil
        ) {
            self.confusion = confusion
            self.column = column
            self.value = value
            self.rows = rows
            self.metrics = metrics
        }
    }

    package init(
        source: EvidenceSource,
        artifactDigest: String,
        datasetDigest: String,
        rows: Int,
        metrics: [String: Double],
        slices: [Slice] = []
    ) {
        self.source = source
        self.artifactDigest = artifactDigest
        self.datasetDigest = datasetDigest
        self.rows = rows
        self.metrics = metrics
        self.slices = slices
    }

    /// The last of `evaluations` about the artifact and, if one is named, about the dataset: the one that counts.
    package static func newest(
        of evaluations: [Evaluation],
        artifactDigest: String,
        datasetDigest: String? = nil
    ) -> Evaluation? {
        evaluations
            .filter { $0.artifactDigest == artifactDigest }
            .filter { datasetDigest == nil || $0.datasetDigest == datasetDigest }
            .max { ($0.source.time, $0.source.entry.text) < ($1.source.time, $1.source.entry.text) }
    }
}

/// The version that serves production now.
package struct Champion: Codable, Hashable, Sendable {
    package let version: Int
    package let artifactDigest: String
    /// Its newest evaluation on the candidate's dataset.
    package var evaluation: Evaluation?
    /// What it takes and gives; nil when that was not recorded.
    package let columns: ModelColumns?

    package init(version: Int, artifactDigest: String, evaluation: Evaluation?, columns: ModelColumns? = nil) {
        self.version = version
        self.artifactDigest = artifactDigest
        self.evaluation = evaluation
        self.columns = columns
    }
}

/// The frozen profile that live inputs will be compared with.
package struct ReferenceProfile: Recorded, Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let artifactDigest: String
    package let profileDigest: String
    package let rows: Int
    /// The columns that it has; nil in evidence from before they were recorded.
    package let columns: [String]?

    package init(
        source: EvidenceSource,
        artifactDigest: String,
        profileDigest: String,
        rows: Int,
        columns: [String]? = nil
    ) {
        self.source = source
        self.artifactDigest = artifactDigest
        self.profileDigest = profileDigest
        self.rows = rows
        self.columns = columns
    }
}

/// Somebody asked for this version in this environment; the actor is who asked.
package struct ApprovalRequest: Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let approval: ApprovalID

    package init(source: EvidenceSource, approval: ApprovalID) {
        self.source = source
        self.approval = approval
    }
}

/// Somebody's answer to a request; the actor is who answered.
package struct Approval: Recorded, Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let approval: ApprovalID
    package let artifactDigest: String
    package let environment: ReleaseEnvironment
    package let granted: Bool
    package let reason: String?

    package init(
        source: EvidenceSource,
        approval: ApprovalID,
        artifactDigest: String,
        environment: ReleaseEnvironment,
        granted: Bool,
        reason: String? = nil
    ) {
        self.source = source
        self.approval = approval
        self.artifactDigest = artifactDigest
        self.environment = environment
        self.granted = granted
        self.reason = reason
    }
}
