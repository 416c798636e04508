package import SlipwayDomain
internal import SlipwayLedger
package import SlipwayPolicy
internal import SlipwayStore

extension Governance {
    /// Opens a request for approval, or records that somebody else asks for the one that is open.
    func request(
        _ new: ApprovalID,
        of evidence: Evidence,
        caller: Caller,
        at time: Instant,
        in connection: any SQLWriter
    ) throws {
        let (model, version) = (evidence.model, evidence.version)
        let open = evidence.requests.last?.approval
        let id = open ?? new
        if open == nil {
            try GovernanceTable.insertApproval(
                id,
                model: model,
                version: version,
                environment: evidence.environment.rawValue,
                by: caller.user,
                at: time,
                in: connection
            )
        }
        let data: JSONValue = [
            "approval": .string(id.text), "model": .string(model), "version": .integer(Int64(version)),
            "environment": .string(evidence.environment.rawValue), "requestedBy": .string(caller.actor),
        ]
        _ = try record(
            .approvalRequest,
            entryType: "approval.requested",
            model: model,
            version: version,
            data: data,
            caller: caller,
            at: time,
            in: connection
        ) { ApprovalRequest(source: $0, approval: id) }
    }

    /// What an answer to a request came to.
    package struct Answer: Sendable {
        package let approval: Approval
        /// How the gate of approvals stands now; nil when the model's manifest sets none.
        package let gate: GateResult?
        /// Why this very answer does not count as an approval; nil when it does, and for a refusal.
        package let objection: String?
    }

    /// Answers a request. Only a person with a token can: an approval must name who gave it.
    package func answer(
        _ id: ApprovalID,
        granted: Bool,
        reason: String?,
        caller: Caller
    ) async throws -> Answer {
        guard let user = caller.user else {
            throw ServiceError(
                .unauthenticated,
                "an approval must name who gives it: set SLIPWAY_TOKEN (`slipway user create NAME`)"
            )
        }
        let found = try await database.read { try GovernanceTable.approval(id, in: $0) }
        guard let found, let environment = ReleaseEnvironment(rawValue: found.environment) else {
            throw ServiceError.notFound(
                "there is no approval request \(id): `slipway check` makes one and prints its id"
            )
        }
        guard let file = try await files.read(model: found.model, version: found.version) else {
            throw ServiceError.conflict(
                "\(found.model)@\(found.version) has no model file any more: nothing to approve"
            )
        }
        let data: JSONValue = [
            "approval": .string(id.text), "model": .string(found.model), "version": .integer(Int64(found.version)),
            "environment": .string(found.environment), "by": .string(user), "artifactDigest": .string(file.digest),
            "reason": reason.map(JSONValue.string) ?? .null,
        ]
        return try await database.write { connection in
            // Read where nothing else is written meanwhile: what came before and after decides what counts.
            let time = runtime.now()
            let approval = try record(
                .approval,
                entryType: granted ? "approval.granted" : "approval.rejected",
                model: found.model,
                version: found.version,
                data: data,
                caller: caller,
                at: time,
                in: connection
            ) { source in
                Approval(
                    source: source,
                    approval: id,
                    artifactDigest: file.digest,
                    environment: environment,
                    granted: granted,
                    reason: reason
                )
            }
            guard let manifest = try Self.manifest(of: found.model, in: connection) else {
                return Answer(approval: approval, gate: nil, objection: nil)
            }
            let evidence = try Self.evidence(
                model: found.model,
                version: found.version,
                environment: environment,
                digest: file.digest,
                in: connection
            )
            let decision = policy.decide(manifest: manifest, evidence: evidence, now: time)
            let gate = decision.gates.first { $0.gate == Gate.approvals(1).id }
            let objection =
                granted && gate != nil
                ? policy.objection(to: approval, manifest: manifest, evidence: evidence, now: time) : nil
            return Answer(approval: approval, gate: gate, objection: objection)
        }
    }
}
