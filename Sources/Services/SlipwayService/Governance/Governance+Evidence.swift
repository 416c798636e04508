package import SlipwayDomain
internal import SlipwayLedger
internal import SlipwayMonitor
package import SlipwayPolicy
internal import SlipwayStatistics
internal import SlipwayStore

extension Governance {
    /// Writes one ledger entry and one evidence row, in one transaction.
    @discardableResult
    func record<Fact: Codable & Sendable>(
        _ kind: EvidenceKind,
        entryType: String,
        model: String,
        version: Int,
        data: JSONValue,
        caller: Caller,
        at time: Instant,
        in connection: any SQLWriter,
        fact: (EvidenceSource) throws -> Fact
    ) throws -> Fact {
        let draft = EntryDraft(type: entryType, subject: "models/\(model)", actor: caller.actor, data: data)
        let entry = try ledger.record(draft, at: time, in: connection)
        let fact = try fact(EvidenceSource(entry: entry, time: time, actor: caller.actor))
        try GovernanceTable.insertEvidence(
            entry: entry,
            model: model,
            version: version,
            kind: kind.rawValue,
            at: time,
            json: CanonicalJSON.text(of: JSONValue(encoding: fact)),
            in: connection
        )
        return fact
    }

    /// Records what an evaluation found.
    package func record(
        evaluation: ScoredDataset,
        model: String,
        version: Int,
        artifactDigest: String,
        caller: Caller
    ) async throws -> Evaluation {
        let slices = evaluation.slices.map { slice -> JSONValue in
            [
                "column": .string(slice.column), "value": .string(slice.value), "rows": .integer(Int64(slice.rows)),
                "metrics": .object(slice.metrics.mapValues(JSONValue.number)),
                "confusion": slice.confusion.map(Self.json) ?? .null,
            ]
        }
        let data: JSONValue = [
            "model": .string(model), "version": .integer(Int64(version)), "artifactDigest": .string(artifactDigest),
            "datasetDigest": .string(evaluation.datasetDigest), "rows": .integer(Int64(evaluation.rows)),
            "metrics": .object(evaluation.metrics.mapValues(JSONValue.number)), "slices": .array(slices),
        ]
        let reference = try CanonicalJSON.text(
            of: JSONValue(
                encoding: PerformanceReference(
                    artifactDigest: artifactDigest,
                    datasetDigest: evaluation.datasetDigest,
                    rows: evaluation.rows,
                    metrics: evaluation.metrics,
                    calibration: evaluation.calibration,
                    losses: evaluation.losses
                )
            )
        )
        return try await database.write { connection in
            let time = runtime.now()
            // A champion is scored again on the data of others: what it is estimated by stays its own.
            let isOwn = caller.actor != Caller.system.actor
            if try isOwn || PerformanceTable.reference(model: model, version: version, in: connection) == nil {
                try PerformanceTable.setReference(reference, model: model, version: version, in: connection)
            }
            return try record(
                .evaluation,
                entryType: "evaluation.recorded",
                model: model,
                version: version,
                data: data,
                caller: caller,
                at: time,
                in: connection
            ) { source in
                Evaluation(
                    source: source,
                    artifactDigest: artifactDigest,
                    datasetDigest: evaluation.datasetDigest,
                    rows: evaluation.rows,
                    metrics: evaluation.metrics,
                    slices: evaluation.slices
                )
            }
        }
    }

    private static func json(_ confusion: Confusion) -> JSONValue {
        [
            "truePositives": .integer(confusion.truePositives), "falsePositives": .integer(confusion.falsePositives),
            "trueNegatives": .integer(confusion.trueNegatives), "falseNegatives": .integer(confusion.falseNegatives),
        ]
    }

    /// What the newest evaluation taught about a version; nil when it was never evaluated.
    static func performanceReference(
        of model: String,
        version: Int,
        in connection: any SQLReader
    ) throws -> PerformanceReference? {
        try PerformanceTable.reference(model: model, version: version, in: connection)
            .map { try JSONValue(parsing: Array($0.utf8)).decode(PerformanceReference.self) }
    }

    /// Freezes what live inputs of a version are compared with, in the stored form of `slipway profile`; columns that the
    /// model does not take are left out. Also tells which are to be watched and missing.
    package func record(
        reference stored: JSONValue,
        datasetDigest: String,
        model: String,
        version: Int,
        caller: Caller
    ) async throws -> (reference: ReferenceProfile, warnings: [String]) {
        let reference: WatchedReference
        do {
            reference = try WatchedReference(json: stored)
        } catch {
            throw ServiceError.invalid("the body is no profile of `slipway profile`: \(error)")
        }
        let file = try await files.load(model: model, version: version, engine: engine)
        let features = Set(file.loaded.features.columns.flatMap { $0.map(\.name) })
        let kept = reference.keeping { features.contains($0) }
        guard !kept.profile.columns.isEmpty else {
            let wanted = features.sorted().prefix(20).joined(separator: ", ")
            throw ServiceError.invalid(
                "the profile has none of the model's columns (\(wanted)): profile the training data"
            )
        }
        let json = try CanonicalJSON.text(of: kept.json())
        let digest = Digest32.sha256(json.utf8).prefixed
        let time = runtime.now()
        let rows = Int(kept.profile.rowCount)
        let data: JSONValue = [
            "model": .string(model), "version": .integer(Int64(version)), "artifactDigest": .string(file.digest),
            "datasetDigest": .string(datasetDigest), "profileDigest": .string(digest), "rows": .integer(Int64(rows)),
        ]
        let names = kept.profile.columns.map(\.name)
        let columns = file.loaded.columns
        return try await database.write { connection in
            try GovernanceTable.setReference(model: model, version: version, digest: digest, json: json, in: connection)
            let recorded = try record(
                .reference,
                entryType: "reference.recorded",
                model: model,
                version: version,
                data: data,
                caller: caller,
                at: time,
                in: connection
            ) { source in
                ReferenceProfile(
                    source: source,
                    artifactDigest: file.digest,
                    profileDigest: digest,
                    rows: rows,
                    columns: names
                )
            }
            let manifest = try Self.manifest(of: model, in: connection)
            return (recorded, manifest?.warnings(onReference: names, of: columns) ?? [])
        }
    }

    /// Reads the version's file back, and records whether it is a model that can be served; once for each digest.
    func verify(model: String, version: Int, caller: Caller) async throws -> String? {
        guard let file = try await files.read(model: model, version: version) else { return nil }
        let known: [Verification] = try await database.read {
            try Self.facts(.verification, model: model, version: version, in: $0)
        }
        let format = UpstreamDeclaration.isDeclaration(file.bytes) ? "upstream" : "onnx"
        let last = known.last { $0.artifactDigest == file.digest }
        if let last {
            // A file stays as bad as it is; what stands at an address may have been mended. The names of the columns are
            // new in this evidence.
            let isSettled = last.problem == nil ? last.columns != nil : format == "onnx"
            if isSettled { return file.digest }
        }
        let wasGood = last.map { $0.problem == nil } ?? false
        let problem: String?
        let columns: ModelColumns?
        do {
            switch try await files.inspect(file.bytes, engine: engine) {
            case .serves(let found): (problem, columns) = (nil, found)
            case .refused(let reason): (problem, columns) = (reason, nil)
            }
        } catch let error as ServiceError where error.kind == .unavailable && wasGood {
            // An upstream that does not answer now was found to be good before: only its columns stay unknown.
            return file.digest
        }
        let time = runtime.now()
        let data: JSONValue = [
            "model": .string(model), "version": .integer(Int64(version)), "artifactDigest": .string(file.digest),
            "format": .string(format), "problem": problem.map(JSONValue.string) ?? .null,
            "columns": try columns.map { try JSONValue(encoding: $0) } ?? .null,
        ]
        try await database.write { connection in
            _ = try record(
                .verification,
                entryType: "artifact.verified",
                model: model,
                version: version,
                data: data,
                caller: .system,
                at: time,
                in: connection
            ) { source in
                Verification(
                    source: source,
                    artifactDigest: file.digest,
                    format: format,
                    problem: problem,
                    columns: columns
                )
            }
        }
        return file.digest
    }

    /// All recorded facts of one kind, oldest first.
    static func facts<Fact: Decodable>(
        _ kind: EvidenceKind,
        model: String,
        version: Int,
        in connection: any SQLReader
    ) throws -> [Fact] {
        try GovernanceTable.evidence(model: model, version: version, kind: kind.rawValue, in: connection)
            .map { try JSONValue(parsing: Array($0.utf8)).decode(Fact.self) }
    }
}
