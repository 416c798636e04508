/// Records of another MLflow server, with the identifiers that they have there.
///
/// Experiments are named by the other server's numbers. An empty artifact location or URI says that the files come to
/// this server too; any other is kept as it is.
package struct ImportBatch: Equatable, Sendable {
    package var experiments: [Experiment] = []
    /// Without metrics: every point comes in `points`.
    package var runs: [Run] = []
    package var points: [ImportedPoints] = []
    /// With the points that are about them, each with its run.
    package var loggedModels: [LoggedModel] = []
    package var registeredModels: [ImportedModel] = []
    package var versions: [ImportedVersion] = []
    package var traces: [ImportedTrace] = []
    /// What is complete once this batch is stored.
    package var marks: [ImportMark] = []

    package init() {}

    /// Whether nothing is in it.
    package var isEmpty: Bool { self == ImportBatch() }
}

/// Points of one metric of one run.
package struct ImportedPoints: Equatable, Sendable {
    package var run: String
    package var key: String
    package var points: [MetricPoint]

    package init(run: String, key: String, points: [MetricPoint]) {
        self.run = run
        self.key = key
        self.points = points
    }
}

/// A registered model of another server.
package struct ImportedModel: Equatable, Sendable {
    package var name: String
    package var description: String?
    package var createdAt: Instant
    package var updatedAt: Instant
    package var tags: [Tag]

    package init(name: String, description: String?, createdAt: Instant, updatedAt: Instant, tags: [Tag]) {
        self.name = name
        self.description = description
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.tags = tags
    }
}

/// The files of something that comes along, as a folder of the run or the logged model that holds them.
package struct ImportedFolder: Equatable, Sendable {
    package var owner: ImportedOwner
    /// Relative to the owner's artifacts; empty for all of them.
    package var path: String

    package init(owner: ImportedOwner, path: String) {
        self.owner = owner
        self.path = path
    }
}

/// What artifacts belong to.
package enum ImportedOwner: Hashable, Sendable {
    case run(String)
    case loggedModel(String)
    case trace(String)

    /// The word that the API uses for this kind of owner.
    package var kind: ImportKind {
        switch self {
        case .run: .run
        case .loggedModel: .loggedModel
        case .trace: .trace
        }
    }

    package var id: String {
        switch self {
        case .run(let id), .loggedModel(let id), .trace(let id): id
        }
    }

    package init?(kind: ImportKind, id: String) {
        switch kind {
        case .run: self = .run(id)
        case .loggedModel: self = .loggedModel(id)
        case .trace: self = .trace(id)
        default: return nil
        }
    }
}

/// A version of a registered model of another server, with the aliases that point at it.
package struct ImportedVersion: Equatable, Sendable {
    package var model: String
    package var version: Int64
    package var description: String
    package var source: String
    /// Where its files come to; nil when they are not in any run or logged model.
    package var folder: ImportedFolder?
    package var runID: String
    package var runLink: String
    package var stage: String
    package var createdAt: Instant
    package var updatedAt: Instant
    package var tags: [Tag]
    package var aliases: [String]

    package init(
        model: String,
        version: Int64,
        description: String,
        source: String,
        folder: ImportedFolder?,
        runID: String,
        runLink: String,
        stage: String,
        createdAt: Instant,
        updatedAt: Instant,
        tags: [Tag],
        aliases: [String]
    ) {
        self.model = model
        self.version = version
        self.description = description
        self.source = source
        self.folder = folder
        self.runID = runID
        self.runLink = runLink
        self.stage = stage
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.tags = tags
        self.aliases = aliases
    }
}

/// Says that a record and all that belongs to it were moved, as it was when its digest was `mark`.
package struct ImportMark: Hashable, Sendable {
    package var kind: ImportKind
    package var id: String
    package var mark: String

    package init(kind: ImportKind, id: String, mark: String) {
        self.kind = kind
        self.id = id
        self.mark = mark
    }
}
