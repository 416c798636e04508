/// A data set that runs of an experiment read, and what they read it for.
package struct DatasetSummary: Hashable, Sendable {
    package let experiment: Int64
    package let name: String
    package let digest: String
    /// Such as `training`; nil when no run said it.
    package let context: String?

    package init(experiment: Int64, name: String, digest: String, context: String?) {
        self.experiment = experiment
        self.name = name
        self.digest = digest
        self.context = context
    }
}
