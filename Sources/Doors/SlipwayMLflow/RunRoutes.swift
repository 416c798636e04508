internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about runs as wholes, and about what they read and made.
package struct RunRoutes: RouteGroup {
    private let tracking: Tracking

    package init(tracking: Tracking) { self.tracking = tracking }

    package var routes: [Route] {
        Route.mlflow(.post, "/runs/create", answer: create)
            + Route.mlflow(.get, "/runs/get", answer: get)
            + Route.mlflow(.post, "/runs/update", answer: update)
            + Route.mlflow(.post, "/runs/delete", answer: delete)
            + Route.mlflow(.post, "/runs/restore", answer: restore)
            + Route.mlflow(.post, "/runs/search", answer: search)
            + Route.mlflow(.post, "/runs/log-inputs", limit: 64 << 20, answer: logInputs)
            + Route.mlflow(.post, "/runs/outputs", answer: logOutputs)
            + Route.mlflow(.post, "/runs/log-model", answer: logModel)
    }

    @Sendable private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let experiment = try request.text("experiment_id"), !experiment.isEmpty else {
            // MLflow has another code for this than for other missing fields.
            throw MLflowError(.badRequest, "the field 'experiment_id' is missing: say which experiment the run is of")
        }
        let run = try await tracking.createRun(
            context.caller,
            experiment: experiment,
            user: request.text("user_id") ?? "",
            name: request.text("run_name"),
            startedAt: request.instant("start_time"),
            tags: request.tags("tags")
        )
        return .message { writer in
            writer.name("run")
            writer.run(run, withOutputs: false)
        }
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let run = try await tracking.run(context.caller, id: request.runID())
        return .message { writer in
            writer.name("run")
            writer.run(run)
        }
    }

    @Sendable private func update(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let info = try await tracking.updateRun(
            context.caller,
            id: request.runID(),
            status: request.choice(RunStatus.self, "status"),
            endedAt: request.instant("end_time"),
            name: request.text("run_name")
        )
        return .message { writer in
            writer.name("run_info")
            writer.runInfo(info)
        }
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.setRunDeleted(context.caller, id: request.runID(), true)
        return .emptyMessage
    }

    @Sendable private func restore(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.setRunDeleted(context.caller, id: request.runID(), false)
        return .emptyMessage
    }

    @Sendable private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let limit = try request.integer("max_results") ?? 1000
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await tracking.searchRuns(
            context.caller,
            experiments: request.texts("experiment_ids"),
            filter: request.text("filter") ?? "",
            orderBy: request.texts("order_by"),
            view: request.view("run_view_type"),
            limit: limit,
            offset: offset
        )
        return .message { writer in
            writer.member("runs", unlessEmpty: page.items) { $0.run($1) }
            if page.hasMore { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    @Sendable private func logInputs(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let datasets = try request.messages("datasets").map { input in
            guard let dataset = try input.message("dataset") else { throw MLflowRequest.missing("dataset") }
            return DatasetInput(
                name: try dataset.requiredText("name"),
                digest: try dataset.text("digest") ?? "",
                sourceType: try dataset.text("source_type") ?? "",
                source: try dataset.text("source") ?? "",
                schema: try dataset.text("schema"),
                profile: try dataset.text("profile"),
                tags: try input.tags("tags")
            )
        }
        let models = try request.messages("models").map { try $0.requiredText("model_id") }
        try await tracking.logInputs(context.caller, run: request.runID(), datasets: datasets, models: models)
        return .emptyMessage
    }

    @Sendable private func logModel(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let run = try request.runID()
        try await tracking.recordModel(context.caller, run: run, json: request.requiredText("model_json"))
        return .emptyMessage
    }

    @Sendable private func logOutputs(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let outputs = try request.messages("models").map { model in
            ModelOutput(model: try model.requiredText("model_id"), step: try model.integer("step") ?? 0)
        }
        try await tracking.logOutputs(context.caller, run: request.runID(), outputs)
        return .emptyMessage
    }
}
