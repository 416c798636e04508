package import SlipwayDomain
internal import SlipwayLedger
package import SlipwayPolicy
internal import SlipwayStore

/// A decision and where it stands in the ledger.
package struct RecordedDecision: Sendable {
    package let decision: Decision
    package let entry: EntryID
    /// The request that somebody may approve; nil when no approval is missing.
    package let approval: ApprovalID?
    /// Whether the version has all production traffic already.
    package let serves: Bool
}

extension Governance {
    /// Decides whether a version may enter an environment, and records the decision whatever it is.
    ///
    /// When an approval is missing, the request for it is made here, so that the answer can name it. Who `asks` for the
    /// version, and does not only look, has no say in its approval.
    package func check(
        model: String,
        version: Int,
        environment: ReleaseEnvironment,
        asks: Bool = false,
        caller: Caller
    ) async throws -> RecordedDecision {
        guard try await database.read({ try Self.registration(model: model, version: version, in: $0) }) != nil else {
            throw ServiceError.notFound(
                "there is no version \(version) of '\(model)': `slipway status \(model)` lists them"
            )
        }
        let manifest = try await requiredManifest(of: model)
        let digest = try await verify(model: model, version: version, caller: caller)
        let time = runtime.now()
        let request = runtime.newID()
        return try await database.write { connection in
            var evidence = try Self.evidence(
                model: model,
                version: version,
                environment: environment,
                digest: digest,
                in: connection
            )
            var decision = policy.decide(manifest: manifest, evidence: evidence, now: time)
            // Nobody can approve what was registered by nobody.
            let lacksApproval =
                evidence.registration?.source.actor != EvidenceSource.unknownActor
                && decision.obstacles.contains { $0.gate == Gate.approvals(1).id }
            // Who asks must be known: an anonymous request could be the approver's own.
            let isNews =
                evidence.requests.isEmpty || asks && !evidence.requests.contains { $0.source.actor == caller.actor }
            if lacksApproval, isNews, caller.user != nil {
                try self.request(ApprovalID(request), of: evidence, caller: caller, at: time, in: connection)
                evidence = try Self.evidence(
                    model: model,
                    version: version,
                    environment: environment,
                    digest: digest,
                    in: connection
                )
                decision = policy.decide(manifest: manifest, evidence: evidence, now: time)
            }
            let entry = try record(decision, caller: caller, in: connection)
            return RecordedDecision(
                decision: decision,
                entry: entry,
                approval: lacksApproval ? evidence.requests.last?.approval : nil,
                serves: try environment == .production && EndpointTable.row(model, in: connection)?.stable == version
                    && ReleaseTable.active(model: model, in: connection) == nil
            )
        }
    }

    /// The version that has all production traffic now.
    func champion(of model: String) async throws -> Int? {
        try await database.read { try EndpointTable.row(model, in: $0)?.stable }
    }

    private func record(_ decision: Decision, caller: Caller, in connection: any SQLWriter) throws -> EntryID {
        let json = try JSONValue(encoding: decision)
        let draft = EntryDraft(
            type: "decision.recorded",
            subject: "models/\(decision.model)",
            actor: caller.actor,
            data: json
        )
        let entry = try ledger.record(draft, at: decision.decidedAt, in: connection)
        try GovernanceTable.insertDecision(
            entry: entry,
            model: decision.model,
            version: decision.version,
            environment: decision.environment.rawValue,
            allowed: decision.allowed,
            at: decision.decidedAt,
            json: CanonicalJSON.text(of: json),
            in: connection
        )
        return entry
    }

    /// Everything recorded that the gates may rest on.
    static func evidence(
        model: String,
        version: Int,
        environment: ReleaseEnvironment,
        digest: String?,
        in connection: any SQLReader
    ) throws -> Evidence {
        let evaluations: [Evaluation] = try facts(.evaluation, model: model, version: version, in: connection)
        // What Slipway scored by itself, to compare a challenger with the champion, says nothing about the champion.
        let own = evaluations.filter { $0.source.actor != Caller.system.actor }
        let newest = digest.flatMap { Evaluation.newest(of: own, artifactDigest: $0) }
        let verifications: [Verification] = try facts(.verification, model: model, version: version, in: connection)
        let references: [ReferenceProfile] = try facts(.reference, model: model, version: version, in: connection)
        let validations: [DataValidation] = try facts(.validation, model: model, version: version, in: connection)
        let requests: [ApprovalRequest] = try facts(.approvalRequest, model: model, version: version, in: connection)
        let approvals: [Approval] = try facts(.approval, model: model, version: version, in: connection)
        let asked = try requests.filter {
            try GovernanceTable.approval($0.approval, in: connection)?.environment == environment.rawValue
        }
        return Evidence(
            model: model,
            version: version,
            environment: environment,
            artifactDigest: digest,
            requests: asked,
            manifestAppliedAt: try GovernanceTable.manifest(model, in: connection)?.appliedAt,
            champion: try champion(model: model, than: version, dataset: newest?.datasetDigest, in: connection),
            registration: try registration(model: model, version: version, in: connection),
            verification: verifications.last { $0.artifactDigest == digest },
            evaluation: newest,
            reference: references.last { $0.artifactDigest == digest },
            validation: validations.last { $0.artifactDigest == digest },
            approvals: approvals
        )
    }

    /// Who registered a version, read from the ledger itself.
    static func registration(
        model: String,
        version: Int,
        in connection: any SQLReader
    ) throws -> Registration? {
        func newest(_ name: String) throws -> Entry? {
            try LedgerTable.entries(about: "models/\(model)", type: Entry.typePrefix + name, in: connection)
                .map { try Entry(canonicalBytes: $0) }
                .last { $0.data["version"]?.integer == Int64(version) }
        }
        guard let entry = try newest("version.registered") else { return nil }
        return Registration(
            source: EvidenceSource(entry: entry.id, time: entry.time, actor: entry.actor),
            artifactDigest: try newest("version.sealed")?.data["digest"]?.string
        )
    }

    private static func champion(
        model: String,
        than version: Int,
        dataset: String?,
        in connection: any SQLReader
    ) throws -> Champion? {
        guard let stable = try EndpointTable.row(model, in: connection)?.stable, stable != version else { return nil }
        let verifications: [Verification] = try facts(.verification, model: model, version: stable, in: connection)
        guard let verification = verifications.last else { return nil }
        let digest = verification.artifactDigest
        let evaluations: [Evaluation] = try facts(.evaluation, model: model, version: stable, in: connection)
        return Champion(
            version: stable,
            artifactDigest: digest,
            evaluation: Evaluation.newest(of: evaluations, artifactDigest: digest, datasetDigest: dataset),
            columns: verification.columns
        )
    }
}
