/// How far the files of a logged model have come.
package enum LoggedModelStatus: String, CaseIterable, Sendable {
    case pending = "LOGGED_MODEL_PENDING"
    case ready = "LOGGED_MODEL_READY"
    case uploadFailed = "LOGGED_MODEL_UPLOAD_FAILED"
}

/// A model as a training run logged it, before and beside any registration.
package struct LoggedModel: Equatable, Sendable {
    package var id: String
    package var experiment: Int64
    package var name: String
    package var type: String
    package var sourceRun: String?
    package var status: LoggedModelStatus
    package var artifactURI: String
    package var createdAt: Instant
    package var updatedAt: Instant
    package var isDeleted = false
    /// Each sorted by key.
    package var params: [Tag] = []
    package var tags: [Tag] = []
    /// All points that were logged about the model, by key, time and step.
    package var metrics: [MetricPoint] = []

    package init(
        id: String,
        experiment: Int64,
        name: String,
        type: String,
        sourceRun: String?,
        status: LoggedModelStatus,
        artifactURI: String,
        createdAt: Instant,
        updatedAt: Instant
    ) {
        self.id = id
        self.experiment = experiment
        self.name = name
        self.type = type
        self.sourceRun = sourceRun
        self.status = status
        self.artifactURI = artifactURI
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
