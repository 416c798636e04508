/// Data of a version were held against a data contract.
package struct DataValidation: Recorded, Codable, Hashable, Sendable {
    package let source: EvidenceSource
    package let artifactDigest: String
    package let finding: Finding

    package init(source: EvidenceSource, artifactDigest: String, finding: Finding) {
        self.source = source
        self.artifactDigest = artifactDigest
        self.finding = finding
    }

    /// What came out, as `slipway validate --for` sends it.
    package struct Finding: Codable, Hashable, Sendable {
        /// The contract's name and version, and the digest of its file.
        package let contract: String
        package let contractVersion: String
        package let contractDigest: String
        /// What the data are called, and their digest.
        package let dataset: String
        package let datasetDigest: String
        package let rows: Int
        package let checks: Int
        /// What did not hold, a sentence each, the first of them; empty when every check held.
        package let broken: [String]

        /// More sentences than these say nothing new.
        package static let maxBroken = 100
        private static let longestText = 2000

        package init(
            contract: String,
            contractVersion: String,
            contractDigest: String,
            dataset: String,
            datasetDigest: String,
            rows: Int,
            checks: Int,
            broken: [String]
        ) {
            self.contract = contract
            self.contractVersion = contractVersion
            self.contractDigest = contractDigest
            self.dataset = dataset
            self.datasetDigest = datasetDigest
            self.rows = rows
            self.checks = checks
            self.broken = broken
        }

        /// Whether every check held.
        package var passed: Bool { broken.isEmpty }

        /// Why it cannot be kept; nil when it can.
        package var problem: String? {
            let texts = [contract, contractVersion, contractDigest, dataset, datasetDigest]
            if texts.contains(where: \.isEmpty) {
                return "its contract, contractVersion, dataset and digests must be named"
            }
            if ![contractDigest, datasetDigest].allSatisfy(ContentDigest.isValid) {
                return "contractDigest and datasetDigest must be \(ContentDigest.rule)"
            }
            if (texts + broken).contains(where: { $0.utf8.count > Self.longestText }) {
                return "its texts may have \(Self.longestText) bytes each"
            }
            if broken.count > Self.maxBroken { return "it may name \(Self.maxBroken) broken checks" }
            return rows < 0 || checks < 1 ? "it needs rows, and at least one check" : nil
        }
    }
}
