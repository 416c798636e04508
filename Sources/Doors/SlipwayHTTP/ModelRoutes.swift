internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayPolicy
internal import SlipwayService
internal import SlipwayStatistics
internal import SlipwayWire

/// Manifests, evidence, approvals, decisions and reports of models.
struct ModelRoutes {
    let services: NativeDoor.Services

    private static let models = NativeDoor.root + "/models"
    private static let version = models + "/:model/versions/:version"
    /// The largest table that can be sent for an evaluation.
    private static let datasetLimit: Int64 = 2 << 30
    /// The largest reference profile.
    private static let profileLimit = 32 << 20

    var routes: [Route] {
        [
            Route(.post, NativeDoor.root + "/manifests", access: .person) { try await apply($0, $1) },
            Route(.get, Self.models) { _, _ in try await list() },
            Route(.get, Self.models + "/:model") { try await report($0, $1) },
            Route(.post, Self.version + "/evaluations", access: .person) { try await evaluate($0, $1) },
            Route(.put, Self.version + "/reference", access: .person) { try await setReference($0, $1) },
            Route(.post, Self.version + "/validations", access: .person) { try await validate($0, $1) },
            Route(.post, Self.version + "/check") { try await check($0, $1) },
            Route(.post, NativeDoor.root + "/approvals/:approval/grant") { try await answer($0, $1, granted: true) },
            Route(.post, NativeDoor.root + "/approvals/:approval/reject") { try await answer($0, $1, granted: false) },
        ]
    }

    private func apply(_ request: Request, _ context: WireContext) async throws -> Response {
        let bytes = try await request.bytes(upTo: 512 << 10)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ServiceError.invalid("the manifest is not UTF-8 text")
        }
        let file = request.uri.queryParameters.get("file") ?? "slipway.yaml"
        let applied = try await services.governance.apply(
            manifest: text,
            file: file,
            contract: request.uri.queryParameters.get("contract"),
            caller: context.caller
        )
        try await services.monitoring.settingsChanged(of: applied.manifest.metadata.name)
        return try .json([
            "model": .string(applied.manifest.metadata.name), "digest": .string(applied.digest),
            "tier": .integer(Int64(applied.manifest.metadata.tier.rawValue)),
            "owner": .string(applied.manifest.metadata.owner),
            "warnings": .array(try await services.governance.warnings(on: applied.manifest).map(JSONValue.string)),
        ])
    }

    private func list() async throws -> Response {
        try .json(["models": .array(try await services.reports.models().map(JSONValue.string))])
    }

    private func report(_ request: Request, _ context: WireContext) async throws -> Response {
        var instant: Instant?
        if let text = request.uri.queryParameters.get("asOf") {
            guard let parsed = Instant(text) else {
                throw ServiceError.invalid(
                    "asOf must be an instant such as 2026-03-03T12:00:00Z, not '\(text.prefix(40))'"
                )
            }
            instant = parsed
        }
        return try .json(try await services.reports.history(of: context.model, asOf: instant).json)
    }

    private func evaluate(_ request: Request, _ context: WireContext) async throws -> Response {
        let label = request.uri.queryParameters.get("label") ?? "label"
        let file = request.uri.queryParameters.get("file") ?? "data.parquet"
        let body = RequestPieces(request)
        let upload = try await services.uploads.receive(
            fileName: file,
            limit: Self.datasetLimit,
            pieces: { try await body.next() }
        )
        let (model, version) = (try context.model, try context.version)
        do {
            let evaluation = try await services.evaluations.evaluate(
                model: model,
                version: version,
                dataset: Dataset(path: upload.path, digest: upload.digest, label: label),
                caller: context.caller
            )
            await services.uploads.remove(upload)
            return try .json(encoding: evaluation)
        } catch {
            await services.uploads.remove(upload)
            throw error
        }
    }

    private func setReference(_ request: Request, _ context: WireContext) async throws -> Response {
        let digest = request.uri.queryParameters.get("dataset") ?? ""
        let document = try await request.json(upTo: Self.profileLimit)
        let recorded = try await services.governance.record(
            reference: JSONValue(document.root),
            datasetDigest: digest,
            model: context.model,
            version: context.version,
            caller: context.caller
        )
        try await services.monitoring.settingsChanged(of: context.model)
        var answer = try JSONValue(encoding: recorded.reference).object ?? [:]
        answer["warnings"] = .array(recorded.warnings.map(JSONValue.string))
        return try .json(.object(answer))
    }

    private func validate(_ request: Request, _ context: WireContext) async throws -> Response {
        return try .json(
            encoding: try await services.governance.record(
                validation: await request.object(),
                model: context.model,
                version: context.version,
                caller: context.caller
            )
        )
    }

    private func check(_ request: Request, _ context: WireContext) async throws -> Response {
        let environment = try Self.environment(await request.object())
        let recorded = try await services.governance.check(
            model: context.model,
            version: context.version,
            environment: environment,
            caller: context.caller
        )
        return try .json(Self.json(recorded))
    }

    private func answer(_ request: Request, _ context: WireContext, granted: Bool) async throws -> Response {
        let body = try await request.object()
        let id = ApprovalID(try context.pathPart("approval"))
        let answered = try await services.governance.answer(
            id,
            granted: granted,
            reason: body["reason"]?.string,
            caller: context.caller
        )
        var members = try JSONValue(encoding: answered.approval).object ?? [:]
        members["gate"] = try answered.gate.map { try JSONValue(encoding: $0) } ?? .null
        members["objection"] = answered.objection.map(JSONValue.string) ?? .null
        return try .json(.object(members))
    }

    static func environment(_ body: JSONValue) throws(ServiceError) -> ReleaseEnvironment {
        let text = body["environment"]?.string ?? "production"
        guard let environment = ReleaseEnvironment(rawValue: text) else {
            let known = ReleaseEnvironment.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("there is no environment '\(text.prefix(40))': use one of \(known)")
        }
        return environment
    }

    static func json(_ recorded: RecordedDecision) throws -> JSONValue {
        [
            "entry": .string(recorded.entry.text),
            "decision": try JSONValue(encoding: recorded.decision),
            "text": .string(recorded.decision.text),
            "approval": recorded.approval.map { .string($0.text) } ?? .null,
            "serves": .bool(recorded.serves),
        ]
    }
}
