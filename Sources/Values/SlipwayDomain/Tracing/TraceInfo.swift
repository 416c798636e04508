/// How a trace stands.
package enum TraceState: String, CaseIterable, Sendable {
    case unspecified = "STATE_UNSPECIFIED"
    case ok = "OK"
    case error = "ERROR"
    case inProgress = "IN_PROGRESS"
}

/// The head of a trace: what is known of it without its spans.
package struct TraceInfo: Equatable, Sendable {
    package var id: String
    package var experiment: Int64
    package var startedAt: Instant
    package var durationMilliseconds: Int64?
    package var state: TraceState
    package var clientRequestID: String?
    package var requestPreview: String?
    package var responsePreview: String?
    /// What the tracer noted; sorted by key.
    package var metadata: [Tag]
    /// What people may change; sorted by key. The trace's name is the tag `mlflow.traceName`.
    package var tags: [Tag]
    package var assessments: [Assessment]

    package init(
        id: String,
        experiment: Int64,
        startedAt: Instant,
        durationMilliseconds: Int64? = nil,
        state: TraceState,
        clientRequestID: String? = nil,
        requestPreview: String? = nil,
        responsePreview: String? = nil,
        metadata: [Tag] = [],
        tags: [Tag] = [],
        assessments: [Assessment] = []
    ) {
        self.id = id
        self.experiment = experiment
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
        self.state = state
        self.clientRequestID = clientRequestID
        self.requestPreview = requestPreview
        self.responsePreview = responsePreview
        self.metadata = metadata
        self.tags = tags
        self.assessments = assessments
    }

    /// The tag's value.
    package func tag(_ key: String) -> String? { tags.first { $0.key == key }?.value }

    /// The metadata's value.
    package func metadata(_ key: String) -> String? { metadata.first { $0.key == key }?.value }
}

/// Keys of tags and metadata that MLflow's clients and pages give a meaning to.
package enum TraceKey {
    package static let name = "mlflow.traceName"
    package static let artifactLocation = "mlflow.artifactLocation"
    /// Where the spans are; `TRACKING_STORE` makes clients ask for them here instead of downloading a file.
    package static let spansLocation = "mlflow.trace.spansLocation"
    package static let spansInStore = "TRACKING_STORE"
    /// Tags that only the server sets.
    package static let fixed = [spansLocation, "mlflow.trace.archiveLocation", "mlflow.trace.archivalFailure"]
    package static let sourceRun = "mlflow.sourceRun"
    package static let session = "mlflow.trace.session"
    package static let user = "mlflow.trace.user"
    package static let tokenUsage = "mlflow.trace.tokenUsage"
    package static let cost = "mlflow.trace.cost"
    package static let sizeStatistics = "mlflow.trace.sizeStats"
    /// Says that the client has told all of the head, so that spans must not change it.
    package static let finalized = "mlflow.trace.infoFinalized"
}

/// A trace with its spans.
package struct Trace: Equatable, Sendable {
    package var info: TraceInfo
    /// The roots first, then by start.
    package var spans: [TraceSpan]

    package init(info: TraceInfo, spans: [TraceSpan]) {
        self.info = info
        self.spans = spans
    }
}
