/// A name with a text that belongs to it: a tag or a param.
package struct Tag: Hashable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A folder of runs.
package struct Experiment: Equatable, Sendable {
    package var id: Int64
    package var name: String
    /// Where the artifacts of its runs are kept, as a URI.
    package var artifactLocation: String
    package var isDeleted: Bool
    package var createdAt: Instant
    package var updatedAt: Instant
    /// Sorted by key.
    package var tags: [Tag]

    package init(
        id: Int64,
        name: String,
        artifactLocation: String,
        isDeleted: Bool = false,
        createdAt: Instant,
        updatedAt: Instant,
        tags: [Tag] = []
    ) {
        self.id = id
        self.name = name
        self.artifactLocation = artifactLocation
        self.isDeleted = isDeleted
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.tags = tags
    }
}

/// Which of the active and the deleted things a search looks at.
package enum LifecycleView: Sendable, Equatable {
    case active
    case deleted
    case all
}
