/// A name that points at one version of a model.
package struct ModelAlias: Sendable, Equatable {
    package let alias: String
    package let version: Int64

    package init(alias: String, version: Int64) {
        self.alias = alias
        self.version = version
    }
}

/// A registered model, without its versions.
package struct RegisteredModelRecord: Sendable, Equatable {
    package let name: String
    /// Stays the same when the model is renamed.
    package let lineage: String
    package var description: String?
    package let createdAt: Instant
    package var updatedAt: Instant

    package init(name: String, lineage: String, description: String?, createdAt: Instant, updatedAt: Instant) {
        self.name = name
        self.lineage = lineage
        self.description = description
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One version of a registered model.
package struct ModelVersionRecord: Sendable, Equatable {
    package let model: String
    package let version: Int64
    package var description: String
    /// Where the model came from, as it was given.
    package let source: String
    /// Where its files are: the source, with `models:` references resolved.
    package let location: String
    /// The run that made it; empty when unknown.
    package let runID: String
    package let runLink: String
    package var stage: String
    package let createdAt: Instant
    package var updatedAt: Instant
    /// The user whose token registered it; nil for somebody without one.
    package let registeredBy: String?

    package init(
        model: String,
        version: Int64,
        description: String,
        source: String,
        location: String,
        runID: String,
        runLink: String,
        stage: String,
        createdAt: Instant,
        updatedAt: Instant,
        registeredBy: String?
    ) {
        self.model = model
        self.version = version
        self.description = description
        self.source = source
        self.location = location
        self.runID = runID
        self.runLink = runLink
        self.stage = stage
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.registeredBy = registeredBy
    }
}
