internal import HTTPTypes
internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about scorers.
package struct ScorerRoutes: RouteGroup {
    private let scorers: Scorers

    package init(scorers: Scorers) { self.scorers = scorers }

    package var routes: [Route] {
        call(.post, "/register", register) + call(.get, "/list", list) + call(.get, "/versions", versions)
            + call(.get, "/get", get) + call(.delete, "/delete", delete)
            + call(.get, "/online-configs", onlineConfigs) + call(.put, "/online-config", setOnlineConfig)
    }

    private func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ answer: @escaping @Sendable (MLflowRequest, WireContext) async throws -> Response
    ) -> [Route] {
        Route.mlflow(method, "/scorers" + path, versions: ["3.0"], answer: answer)
    }

    @Sendable private func register(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let version = try await scorers.register(
            caller: context.caller,
            experiment: request.requiredText("experiment_id"),
            name: request.requiredText("name"),
            body: request.requiredText("serialized_scorer")
        )
        return .message { writer in
            writer.member("version", version.version)
            writer.member("scorer_id", version.scorer)
            writer.member("experiment_id", String(version.experiment))
            writer.member("name", version.name)
            writer.member("serialized_scorer", version.body)
            writer.member("creation_time", version.createdAt.milliseconds)
        }
    }

    @Sendable private func list(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let several = try request.texts("experiment_ids")
        let found: [ScorerVersion]
        if let one = try request.text("experiment_id"), !one.isEmpty {
            guard several.isEmpty else {
                throw MLflowError.invalid("give experiment_id or experiment_ids, not both")
            }
            found = try await scorers.list(caller: context.caller, experiment: one)
        } else {
            found = try await scorers.list(caller: context.caller, experiments: several.isEmpty ? nil : several)
        }
        return Self.answer(found)
    }

    @Sendable private func versions(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(
            try await scorers.versions(
                caller: context.caller,
                experiment: request.requiredText("experiment_id"),
                name: request.requiredText("name")
            )
        )
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let version = try await scorers.get(
            caller: context.caller,
            experiment: request.requiredText("experiment_id"),
            name: request.requiredText("name"),
            version: request.integer("version")
        )
        return .message { writer in
            writer.name("scorer")
            writer.scorer(version)
        }
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await scorers.delete(
            caller: context.caller,
            experiment: request.requiredText("experiment_id"),
            name: request.requiredText("name"),
            version: request.integer("version")
        )
        return .emptyMessage
    }

    /// This server grades no traces by itself, so no scorer has a configuration for that.
    @Sendable private func onlineConfigs(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard try !request.texts("scorer_ids").isEmpty else { throw MLflowRequest.missing("scorer_ids") }
        return .message { writer in
            writer.name("configs")
            writer.array { _ in }
        }
    }

    @Sendable private func setOnlineConfig(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        _ = try await scorers.get(
            caller: context.caller,
            experiment: request.requiredText("experiment_id"),
            name: request.requiredText("name"),
            version: nil
        )
        throw MLflowError.invalid("this server grades no traces by itself: run the scorer in a client")
    }

    private static func answer(_ versions: [ScorerVersion]) -> Response {
        .message { writer in
            writer.member("scorers", unlessEmpty: versions) { $0.scorer($1) }
        }
    }
}

extension JSONWriter {
    /// Writes MLflow's Scorer, whose experiment is a number.
    fileprivate mutating func scorer(_ version: ScorerVersion) {
        object { writer in
            writer.member("experiment_id", version.experiment)
            writer.member("scorer_name", version.name)
            writer.member("scorer_version", version.version)
            writer.member("serialized_scorer", version.body)
            writer.member("creation_time", version.createdAt.milliseconds)
            writer.member("scorer_id", version.scorer)
        }
    }
}
