/// What a run is doing.
package enum RunStatus: String, CaseIterable, Sendable {
    case running = "RUNNING"
    case scheduled = "SCHEDULED"
    case finished = "FINISHED"
    case failed = "FAILED"
    case killed = "KILLED"
}

/// The head of a run: who, when, where.
package struct RunInfo: Equatable, Sendable {
    package var id: String
    package var experiment: Int64
    package var name: String
    package var user: String
    package var status: RunStatus
    package var startedAt: Instant
    package var endedAt: Instant?
    package var artifactURI: String
    package var isDeleted: Bool

    package init(
        id: String,
        experiment: Int64,
        name: String,
        user: String,
        status: RunStatus,
        startedAt: Instant,
        endedAt: Instant? = nil,
        artifactURI: String,
        isDeleted: Bool = false
    ) {
        self.id = id
        self.experiment = experiment
        self.name = name
        self.user = user
        self.status = status
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.artifactURI = artifactURI
        self.isDeleted = isDeleted
    }
}

/// A run with what was logged to it; of each metric only the latest point.
package struct Run: Equatable, Sendable {
    package var info: RunInfo
    /// Each sorted by key.
    package var metrics: [MetricPoint] = []
    package var params: [Tag] = []
    package var tags: [Tag] = []
    package var datasets: [DatasetInput] = []
    /// Identifiers of the logged models that the run read.
    package var modelInputs: [String] = []
    package var modelOutputs: [ModelOutput] = []

    package init(info: RunInfo) { self.info = info }
}

/// A data set as a run names it.
package struct DatasetInput: Equatable, Sendable {
    package var name: String
    package var digest: String
    package var sourceType: String
    package var source: String
    package var schema: String?
    package var profile: String?
    /// Sorted by key; `mlflow.data.context` says what the data was for.
    package var tags: [Tag]

    package init(
        name: String,
        digest: String,
        sourceType: String,
        source: String,
        schema: String? = nil,
        profile: String? = nil,
        tags: [Tag] = []
    ) {
        self.name = name
        self.digest = digest
        self.sourceType = sourceType
        self.source = source
        self.schema = schema
        self.profile = profile
        self.tags = tags
    }
}

/// A logged model that a run made, and at which step.
package struct ModelOutput: Hashable, Sendable {
    package var model: String
    package var step: Int64

    package init(model: String, step: Int64) {
        self.model = model
        self.step = step
    }
}
