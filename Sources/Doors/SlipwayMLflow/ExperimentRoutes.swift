internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about experiments.
package struct ExperimentRoutes: RouteGroup {
    private let tracking: Tracking

    package init(tracking: Tracking) { self.tracking = tracking }

    package var routes: [Route] {
        Route.mlflow(.post, "/experiments/create", answer: create)
            + Route.mlflow(.get, "/experiments/get", answer: get)
            + Route.mlflow(.get, "/experiments/get-by-name", answer: getByName)
            + Route.mlflow(.post, "/experiments/search", answer: search)
            + Route.mlflow(.get, "/experiments/search", answer: search)
            + Route.mlflow(.post, "/experiments/update", answer: update)
            + Route.mlflow(.post, "/experiments/delete", answer: delete)
            + Route.mlflow(.post, "/experiments/restore", answer: restore)
            + Route.mlflow(.post, "/experiments/set-experiment-tag", answer: setTag)
            + Route.mlflow(.post, "/experiments/delete-experiment-tag", answer: deleteTag)
    }

    @Sendable private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let location = try request.text("artifact_location").flatMap { $0.isEmpty ? nil : $0 }
        let id = try await tracking.createExperiment(
            context.caller,
            name: request.requiredText("name"),
            artifactLocation: location,
            tags: request.tags("tags")
        )
        return .message { $0.member("experiment_id", String(id)) }
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let experiment = try await tracking.experiment(context.caller, id: request.requiredText("experiment_id"))
        return .message { writer in
            writer.name("experiment")
            writer.experiment(experiment)
        }
    }

    @Sendable private func getByName(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let experiment = try await tracking.experiment(context.caller, name: request.requiredText("experiment_name"))
        return .message { writer in
            writer.name("experiment")
            writer.experiment(experiment)
        }
    }

    @Sendable private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        // Unset reads as 0, which is out of range: MLflow's clients always send it.
        let limit = try request.integer("max_results") ?? 0
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await tracking.searchExperiments(
            context.caller,
            filter: request.text("filter") ?? "",
            orderBy: request.texts("order_by"),
            view: request.view("view_type"),
            limit: limit,
            offset: offset
        )
        return .message { writer in
            writer.member("experiments", unlessEmpty: page.items) { $0.experiment($1) }
            if page.hasMore { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    @Sendable private func update(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        do {
            try await tracking.renameExperiment(
                context.caller,
                id: request.requiredText("experiment_id"),
                to: request.requiredText("new_name")
            )
        } catch let error as ServiceError where error.kind == .alreadyExists {
            // MLflow has another code for a taken name here than at creation.
            throw MLflowError(.badRequest, error.message)
        }
        return .emptyMessage
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.setExperimentDeleted(context.caller, id: request.requiredText("experiment_id"), true)
        return .emptyMessage
    }

    @Sendable private func restore(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.setExperimentDeleted(context.caller, id: request.requiredText("experiment_id"), false)
        return .emptyMessage
    }

    @Sendable private func setTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.setExperimentTag(
            context.caller,
            id: request.requiredText("experiment_id"),
            request.tag()
        )
        return .emptyMessage
    }

    @Sendable private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.removeExperimentTag(
            context.caller,
            id: request.requiredText("experiment_id"),
            key: request.requiredText("key")
        )
        return .emptyMessage
    }
}
