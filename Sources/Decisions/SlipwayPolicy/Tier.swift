/// How much harm a wrong prediction can do; it sets how much evidence a promotion needs.
package enum Tier: Int, Codable, Hashable, Sendable, CaseIterable {
    /// People or the business are hurt: two people approve.
    case critical = 1
    /// Customers notice: one person approves.
    case important = 2
    /// Only ourselves: no approval.
    case internalOnly = 3
}

/// Where a version can be released into.
package enum ReleaseEnvironment: String, Codable, Hashable, Sendable, CaseIterable {
    case dev, staging, production
}

/// What kind of answer a model gives.
package enum ModelTask: String, Codable, Hashable, Sendable, CaseIterable {
    case binaryClassification = "binary-classification"
    case multiclass, regression, ranking, llm
}
