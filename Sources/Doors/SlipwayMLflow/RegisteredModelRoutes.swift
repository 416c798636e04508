internal import HTTPTypes
internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls on registered models and their aliases.
package struct RegisteredModelRoutes: RouteGroup {
    private let registry: Registry

    package init(registry: Registry) { self.registry = registry }

    package var routes: [Route] {
        let root = "/registered-models"
        return [
            Route.mlflow(.post, root + "/create", answer: create),
            Route.mlflow(.get, root + "/get", answer: get),
            Route.mlflow(.post, root + "/rename", answer: rename),
            Route.mlflow(.patch, root + "/update", answer: update),
            Route.mlflow(.delete, root + "/delete", answer: delete),
            Route.mlflow(.get, root + "/search", answer: search),
            Route.mlflow(.get, root + "/get-latest-versions", answer: latestVersions),
            Route.mlflow(.post, root + "/get-latest-versions", answer: latestVersions),
            Route.mlflow(.post, root + "/set-tag", answer: setTag),
            Route.mlflow(.delete, root + "/delete-tag", answer: deleteTag),
            Route.mlflow(.post, root + "/alias", answer: setAlias),
            Route.mlflow(.get, root + "/alias", answer: getAlias),
            Route.mlflow(.delete, root + "/alias", answer: deleteAlias),
        ].flatMap { $0 }
    }

    private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let model = try await registry.createModel(
            caller: context.caller,
            name: request.requiredText("name"),
            description: request.text("description"),
            tags: request.tags("tags")
        )
        return Self.answer(model)
    }

    private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await Self.answer(registry.model(caller: context.caller, request.requiredText("name")))
    }

    private func rename(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let model = try await registry.renameModel(
            caller: context.caller,
            request.requiredText("name"),
            to: request.requiredText("new_name")
        )
        return Self.answer(model)
    }

    private func update(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let model = try await registry.updateModel(
            caller: context.caller,
            request.requiredText("name"),
            description: request.text("description")
        )
        return Self.answer(model)
    }

    private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.deleteModel(caller: context.caller, request.requiredText("name"))
        return .emptyMessage
    }

    private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let search = try request.registrySearch(defaultLimit: 100)
        let page = try await registry.searchModels(caller: context.caller, search)
        return Response.message { writer in
            writer.member("registered_models", unlessEmpty: page.items) { $0.write($1) }
            writer.member("next_page_token", optional: page.nextToken(after: search))
        }
    }

    private func latestVersions(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let versions = try await registry.latestVersions(
            caller: context.caller,
            request.requiredText("name"),
            stages: request.texts("stages")
        )
        return Response.message { writer in
            writer.member("model_versions", unlessEmpty: versions) { $0.write($1) }
        }
    }

    private func setTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.setModelTag(caller: context.caller, request.requiredText("name"), request.tag())
        return .emptyMessage
    }

    private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.deleteModelTag(
            caller: context.caller,
            request.requiredText("name"),
            key: request.requiredText("key")
        )
        return .emptyMessage
    }

    private func setAlias(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.setAlias(
            caller: context.caller,
            request.requiredText("alias"),
            of: request.requiredText("name"),
            to: request.modelVersion()
        )
        return .emptyMessage
    }

    private func getAlias(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let version = try await registry.version(
            caller: context.caller,
            alias: request.requiredText("alias"),
            of: request.requiredText("name")
        )
        return ModelVersionRoutes.answer(version)
    }

    private func deleteAlias(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await registry.deleteAlias(
            caller: context.caller,
            request.requiredText("alias"),
            of: request.requiredText("name")
        )
        return .emptyMessage
    }

    private static func answer(_ model: RegisteredModel) -> Response {
        Response.message { writer in
            writer.name("registered_model")
            writer.write(model)
        }
    }
}
