internal import Logging
internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayStore

/// Telling gateways what this server itself goes by.
extension ReleaseController {
    /// The most tokens that gateways are told of.
    private static let mostCallers = 10_000

    /// Tells one endpoint as it is stored, with the files that decisions allow.
    func tell(_ endpoint: EndpointRow, release: ReleaseState?, _ rules: ToldRules) throws {
        let id = endpoint.release.map { ReleaseID($0) }
        let meter = id.flatMap { meters[$0] }
        let isJudged = release?.phase == .progressing || release?.phase == .paused
        // A version whose file nobody knows can be told to nobody; what was told of it before goes on.
        guard endpoint.stable == nil || version(endpoint.stable, of: endpoint.model) != nil else { return }
        try feed.set(
            GatewayEndpoint(
                model: endpoint.model,
                stable: version(endpoint.stable, of: endpoint.model),
                candidate: version(endpoint.candidate, of: endpoint.model),
                previous: endpoint.previous == endpoint.stable ? nil : version(endpoint.previous, of: endpoint.model),
                candidatePercent: endpoint.candidatePercent,
                salt: endpoint.release ?? "",
                plan: endpoint.release == nil ? nil : release?.plan,
                counted: meter.map { GatewayEndpoint.Step(step: $0.step, since: $0.since) },
                isMirrored: isJudged,
                slowAfter: rules.slowAfter,
                predictions: rules.predictions,
                reference: rules.reference,
                notes: rules.notes
            )
        )
    }

    /// What the manifest said when it was last read; nil when it cannot be, for then nobody knows what to leave out.
    func toldRules(of endpoint: EndpointRow) async -> ToldRules? {
        if let known = toldRules[endpoint.model], known.stable == endpoint.stable { return known }
        do {
            let rules = try await rules(of: endpoint)
            toldRules[endpoint.model] = rules
            return rules
        } catch {
            log.error("gateways hear nothing of \(endpoint.model), its manifest cannot be read: \(error)")
            return nil
        }
    }

    /// As long as gateways ask: manifests, references and tokens change without a release.
    func tellAgainAndAgain() async {
        while !Task.isCancelled {
            if feed.isWanted(at: runtime.monotonicNanoseconds()) {
                do {
                    try await tellGateways()
                } catch {
                    // Gateways hear nothing new until it works again.
                    log.error("gateways cannot be told what holds: \(error)")
                }
            }
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.tellMilliseconds)
        }
    }

    private static let tellMilliseconds: Int64 = 500

    /// Tells everything anew.
    package func tellGateways() async throws {
        let time = runtime.monotonicNanoseconds()
        let (rows, callers) = try await releases.database.read { connection in
            let rows = try EndpointTable.all(in: connection)
            let callers = try AccountTable.hashes(
                purpose: TokenPurpose.person.rawValue,
                limit: Self.mostCallers,
                in: connection
            )
            return (rows, callers)
        }
        try feed.set(callers: callers)
        for row in rows {
            toldRules[row.model] = try await rules(of: row)
            // A release may have moved on since the rows were read.
            try await refresh(row.model)
        }
        feed.refresh(at: time)
    }

    private func version(_ number: Int?, of model: String) -> GatewayEndpoint.Version? {
        guard let number, let digest = digests[model]?[number] else { return nil }
        return GatewayEndpoint.Version(version: number, digest: digest)
    }

    private func rules(of endpoint: EndpointRow) async throws -> ToldRules {
        try await releases.database.read { connection in
            let spec = try Governance.manifest(of: endpoint.model, in: connection)?.spec
            var reference: GatewayEndpoint.Reference?
            if spec?.monitors.drift != nil, let stable = endpoint.stable {
                reference = try GovernanceTable.referenceDigest(
                    model: endpoint.model,
                    version: stable,
                    in: connection
                ).map { GatewayEndpoint.Reference(version: stable, digest: $0) }
            }
            return ToldRules(
                stable: endpoint.stable,
                slowAfter: spec?.objectives?.latencyP95,
                predictions: spec?.predictions ?? .standard,
                reference: reference,
                notes: try Self.notes(spec, of: endpoint, in: connection)
            )
        }
    }
}

extension ReleaseController {
    /// What gateways are to note of predictions, as this server notes it of its own.
    private static func notes(
        _ spec: Manifest.Spec?,
        of endpoint: EndpointRow,
        in connection: any SQLReader
    ) throws -> GatewayEndpoint.Notes? {
        // Only regressions have losses, and this is read again and again.
        let versions = spec?.task == .regression ? [endpoint.stable, endpoint.candidate].compactMap(\.self) : []
        let losses = try versions.compactMap { version in
            try Governance.performanceReference(of: endpoint.model, version: version, in: connection).flatMap {
                $0.losses.isEmpty ? nil : GatewayEndpoint.Notes.Losses(version: version, estimators: $0.losses)
            }
        }
        return GatewayEndpoint.Notes(
            areClasses: spec?.task == .multiclass,
            columns: spec?.monitors.groupColumns ?? [],
            losses: losses
        )
    }
}

/// What gateways are told out of a model's manifest.
struct ToldRules {
    /// The version that the reference belongs to.
    let stable: Int?
    let slowAfter: Double?
    let predictions: PredictionRules
    let reference: GatewayEndpoint.Reference?
    let notes: GatewayEndpoint.Notes?
}
