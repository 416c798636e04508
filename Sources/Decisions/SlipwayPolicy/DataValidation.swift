/// Data of a version were held against a data contract.
package struct DataValidation: Recorded, Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let artifactDigest: String
    /// The contract's name and version, and the digest of its file.
    package let contract: String
    package let contractVersion: String
    package let contractDigest: String
    /// What the data are called, and their digest.
    package let dataset: String
    package let datasetDigest: String
    package let rows: Int
    package let checks: Int
    /// Whether every check held.
    package let passed: Bool
    /// What did not hold, a sentence each; at most 100.
    package let broken: [String]

    package init(
        source: EvidenceSource,
        artifactDigest: String,
        contract: String,
        contractVersion: String,
        contractDigest: String,
        dataset: String,
        datasetDigest: String,
        rows: Int,
        checks: Int,
        passed: Bool,
        broken: [String]
    ) {
        self.source = source
        self.artifactDigest = artifactDigest
        self.contract = contract
        self.contractVersion = contractVersion
        self.contractDigest = contractDigest
        self.dataset = dataset
        self.datasetDigest = datasetDigest
        self.rows = rows
        self.checks = checks
        self.passed = passed
        self.broken = broken
    }
}
