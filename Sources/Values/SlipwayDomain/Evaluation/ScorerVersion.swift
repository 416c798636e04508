/// One version of a scorer: code or instructions that grade answers, kept as the client wrote them and never run here.
package struct ScorerVersion: Equatable, Sendable {
    package let scorer: String
    package let experiment: Int64
    package let name: String
    package let version: Int64
    /// The client's JSON text.
    package let body: String
    package let createdAt: Instant

    package init(scorer: String, experiment: Int64, name: String, version: Int64, body: String, createdAt: Instant) {
        self.scorer = scorer
        self.experiment = experiment
        self.name = name
        self.version = version
        self.body = body
        self.createdAt = createdAt
    }
}
