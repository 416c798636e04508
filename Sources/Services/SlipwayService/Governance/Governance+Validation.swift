package import SlipwayDomain
package import SlipwayPolicy
internal import SlipwayStore

extension Governance {
    /// Records that data of a version were held against a contract, whatever came out.
    package func record(
        validation json: JSONValue,
        model: String,
        version: Int,
        caller: Caller
    ) async throws -> DataValidation {
        let finding: DataValidation.Finding
        do {
            finding = try json.decode(DataValidation.Finding.self)
        } catch {
            throw ServiceError.invalid("the body is no result of `slipway validate`: \(error)")
        }
        if let problem = finding.problem { throw ServiceError.invalid("the validation cannot be kept: \(problem)") }
        guard let file = try await files.read(model: model, version: version) else {
            throw ServiceError.invalid(
                "version \(version) of '\(model)' has no model file, so nothing can be recorded about it"
            )
        }
        let time = runtime.now()
        let data: JSONValue = [
            "model": .string(model), "version": .integer(Int64(version)), "artifactDigest": .string(file.digest),
            "finding": try JSONValue(encoding: finding),
        ]
        return try await database.write { connection in
            try record(
                .validation,
                entryType: "validation.recorded",
                model: model,
                version: version,
                data: data,
                caller: caller,
                at: time,
                in: connection
            ) { DataValidation(source: $0, artifactDigest: file.digest, finding: finding) }
        }
    }
}
