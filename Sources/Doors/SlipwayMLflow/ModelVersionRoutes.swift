internal import HTTPTypes
internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls on model versions.
package struct ModelVersionRoutes: RouteGroup {
    private let registry: Registry

    package init(registry: Registry) { self.registry = registry }

    package var routes: [Route] {
        let root = "/model-versions"
        return [
            Route.mlflow(.post, root + "/create", answer: create),
            Route.mlflow(.get, root + "/get", answer: get),
            Route.mlflow(.patch, root + "/update", answer: update),
            Route.mlflow(.delete, root + "/delete", answer: delete),
            Route.mlflow(.get, root + "/search", answer: search),
            Route.mlflow(.post, root + "/set-tag", answer: setTag),
            Route.mlflow(.delete, root + "/delete-tag", answer: deleteTag),
            Route.mlflow(.get, root + "/get-download-uri", answer: downloadURI),
            Route.mlflow(.post, root + "/transition-stage", answer: transitionStage),
        ].flatMap { $0 }
    }

    private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let new = try NewModelVersion(
            model: request.requiredText("name"),
            source: request.requiredText("source"),
            runID: request.text("run_id"),
            modelID: request.text("model_id"),
            runLink: request.text("run_link") ?? "",
            description: request.text("description") ?? "",
            tags: request.tags("tags")
        )
        return try await Self.answer(registry.createVersion(caller: context.caller, new))
    }

    private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let version = try await registry.version(
            caller: context.caller,
            request.modelVersion(),
            of: request.requiredText("name")
        )
        return Self.answer(version)
    }

    private func update(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let version = try await registry.updateVersion(
            caller: context.caller,
            request.modelVersion(),
            of: request.requiredText("name"),
            description: request.text("description")
        )
        return Self.answer(version)
    }

    private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.deleteVersion(
            caller: context.caller,
            request.modelVersion(),
            of: request.requiredText("name")
        )
        return .emptyMessage
    }

    private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let search = try request.registrySearch(defaultLimit: 10_000)
        let page = try await registry.searchVersions(caller: context.caller, search)
        return Response.message { writer in
            writer.member("model_versions", unlessEmpty: page.items) { $0.write($1) }
            writer.member("next_page_token", optional: page.nextToken(after: search))
        }
    }

    private func setTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.setVersionTag(
            caller: context.caller,
            request.modelVersion(),
            of: request.requiredText("name"),
            request.tag()
        )
        return .emptyMessage
    }

    private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.deleteVersionTag(
            caller: context.caller,
            request.modelVersion(),
            of: request.requiredText("name"),
            key: request.requiredText("key")
        )
        return .emptyMessage
    }

    private func downloadURI(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let uri = try await registry.downloadURI(
            caller: context.caller,
            ofVersion: request.modelVersion(),
            of: request.requiredText("name")
        )
        return Response.message { $0.member("artifact_uri", uri) }
    }

    private func transitionStage(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let version = try await registry.transitionStage(
            caller: context.caller,
            request.modelVersion(),
            of: request.requiredText("name"),
            to: request.requiredText("stage"),
            archivingOthers: request.flag("archive_existing_versions") ?? false
        )
        return Self.answer(version)
    }

    /// The answer that holds one version.
    static func answer(_ version: ModelVersion) -> Response {
        Response.message { writer in
            writer.name("model_version")
            writer.write(version)
        }
    }
}
