package import SlipwayDomain
package import SlipwayPolicy
internal import SlipwayStore

/// What somebody found when they held data against a contract.
package struct ValidatedData: Sendable {
    package let contract: String
    package let contractVersion: String
    package let contractDigest: String
    package let dataset: String
    package let datasetDigest: String
    package let rows: Int
    package let checks: Int
    package let passed: Bool
    package let broken: [String]

    private static let longestText = 2000

    /// Reads the JSON that `slipway validate --for` sends.
    package init(_ json: JSONValue) throws(ServiceError) {
        func text(_ key: String) throws(ServiceError) -> String {
            guard let text = json[key]?.string, !text.isEmpty, text.utf8.count <= Self.longestText else {
                throw .invalid("a validation needs the text '\(key)', of at most \(Self.longestText) bytes")
            }
            return text
        }
        func count(_ key: String) throws(ServiceError) -> Int {
            guard let count = json[key]?.integer, count >= 0 else {
                throw .invalid("a validation needs the number '\(key)', 0 or more")
            }
            return Int(count)
        }
        contract = try text("contract")
        contractVersion = try text("contractVersion")
        contractDigest = try text("contractDigest")
        dataset = try text("dataset")
        datasetDigest = try text("datasetDigest")
        rows = try count("rows")
        checks = try count("checks")
        guard let passed = json["passed"]?.bool else { throw .invalid("a validation needs 'passed', true or false") }
        self.passed = passed
        broken = (json["broken"]?.array ?? []).prefix(100).compactMap(\.string).map {
            String($0.prefix(Self.longestText))
        }
        guard passed == broken.isEmpty else {
            throw .invalid("a validation has passed when 'broken' is empty, and only then")
        }
    }

    /// The same for the ledger.
    fileprivate func data(model: String, version: Int, artifactDigest: String) -> JSONValue {
        [
            "model": .string(model), "version": .integer(Int64(version)), "artifactDigest": .string(artifactDigest),
            "contract": .string(contract), "contractVersion": .string(contractVersion),
            "contractDigest": .string(contractDigest), "dataset": .string(dataset),
            "datasetDigest": .string(datasetDigest), "rows": .integer(Int64(rows)), "checks": .integer(Int64(checks)),
            "passed": .bool(passed), "broken": .array(broken.map(JSONValue.string)),
        ]
    }
}

extension Governance {
    /// Records that data of a version were held against a contract, whatever came out.
    package func record(
        validation: ValidatedData,
        model: String,
        version: Int,
        caller: Caller
    ) async throws -> DataValidation {
        guard let file = try await files.read(model: model, version: version) else {
            throw ServiceError.invalid(
                "version \(version) of '\(model)' has no model file, so nothing can be recorded about it"
            )
        }
        let time = runtime.now()
        return try await database.write { connection in
            try record(
                .validation,
                entryType: "validation.recorded",
                model: model,
                version: version,
                data: validation.data(model: model, version: version, artifactDigest: file.digest),
                caller: caller,
                at: time,
                in: connection
            ) { source in
                DataValidation(
                    source: source,
                    artifactDigest: file.digest,
                    contract: validation.contract,
                    contractVersion: validation.contractVersion,
                    contractDigest: validation.contractDigest,
                    dataset: validation.dataset,
                    datasetDigest: validation.datasetDigest,
                    rows: validation.rows,
                    checks: validation.checks,
                    passed: validation.passed,
                    broken: validation.broken
                )
            }
        }
    }
}
