internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about logged models.
package struct LoggedModelRoutes: RouteGroup {
    private let tracking: Tracking
    private let artifacts: Artifacts

    package init(tracking: Tracking, artifacts: Artifacts) {
        self.tracking = tracking
        self.artifacts = artifacts
    }

    package var routes: [Route] {
        Route.mlflow(.post, "/logged-models", answer: create)
            + Route.mlflow(.post, "/logged-models/search", answer: search)
            + Route.mlflow(.get, "/logged-models/:model_id", answer: get)
            + Route.mlflow(.patch, "/logged-models/:model_id", answer: finish)
            + Route.mlflow(.delete, "/logged-models/:model_id", answer: delete)
            + Route.mlflow(.post, "/logged-models/:model_id/params", answer: addParams)
            + Route.mlflow(.patch, "/logged-models/:model_id/tags", answer: setTags)
            + Route.mlflow(.delete, "/logged-models/:model_id/tags/:tag_key", answer: deleteTag)
            + Route.mlflow(.get, "/logged-models/:model_id/artifacts/directories", answer: listArtifacts)
    }

    @Sendable private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let sourceRun = try request.text("source_run_id").flatMap { $0.isEmpty ? nil : $0 }
        return Self.answer(
            try await tracking.createLoggedModel(
                context.caller,
                experiment: request.requiredText("experiment_id"),
                name: request.text("name"),
                type: request.text("model_type") ?? "",
                sourceRun: sourceRun,
                params: request.tags("params"),
                tags: request.tags("tags")
            )
        )
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(try await tracking.loggedModel(context.caller, id: request.pathText("model_id")))
    }

    @Sendable private func finish(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let status = try request.choice(LoggedModelStatus.self, "status") else {
            throw MLflowRequest.missing("status")
        }
        return Self.answer(
            try await tracking.finishLoggedModel(
                context.caller,
                id: request.pathText("model_id"),
                status: status
            )
        )
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.deleteLoggedModel(context.caller, id: request.pathText("model_id"))
        return .emptyMessage
    }

    @Sendable private func addParams(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        // MLflow wants the identifier in the body too.
        let id = try request.requiredText("model_id")
        guard try id == request.pathText("model_id") else {
            throw MLflowError.invalid("the model_id of the body is another than that of the path")
        }
        try await tracking.addLoggedModelParams(context.caller, id: id, request.tags("params"))
        return .emptyMessage
    }

    @Sendable private func setTags(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.setLoggedModelTags(
            context.caller,
            id: request.pathText("model_id"),
            request.tags("tags")
        )
        return .emptyMessage
    }

    @Sendable private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.removeLoggedModelTag(
            context.caller,
            id: request.pathText("model_id"),
            key: request.pathText("tag_key")
        )
        return .emptyMessage
    }

    @Sendable private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let experiments = try request.texts("experiment_ids")
        let filter = try request.text("filter") ?? ""
        let datasets = try request.messages("datasets").map {
            SearchDataset(
                name: try $0.requiredText("dataset_name"),
                digest: try $0.text("dataset_digest").flatMap { $0.isEmpty ? nil : $0 }
            )
        }
        let order = try request.messages("order_by").map(Self.order)
        // Like MLflow, 0 means the default.
        let asked = try request.integer("max_results") ?? 0
        let limit = asked == 0 ? 100 : asked
        let fingerprint = PageToken.fingerprint(
            experiments + [filter] + datasets.map { "\($0)" } + order.map { "\($0)" }
        )
        let offset = try PageToken.offset(request.text("page_token"), fingerprint: fingerprint)
        let page = try await tracking.searchLoggedModels(
            context.caller,
            experiments: experiments,
            filter: filter,
            datasets: datasets,
            orderBy: order,
            limit: limit,
            offset: offset
        )
        return .message { writer in
            writer.member("models", unlessEmpty: page.items) { $0.loggedModel($1) }
            if page.hasMore {
                let token = PageToken(offset: offset + limit, fingerprint: fingerprint)
                writer.member("next_page_token", token.text)
            }
        }
    }

    @Sendable private func listArtifacts(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let folder = try ArtifactPath(request.text("artifact_directory_path") ?? "")
        let id = try request.pathText("model_id")
        _ = try await tracking.loggedModel(context.caller, id: id)
        let listing = try await artifacts.list(caller: context.caller, loggedModel: id, folder)
        return .message { writer in
            writer.member("root_uri", listing.rootURI)
            writer.member("files", unlessEmpty: listing.files) { writer, file in
                writer.object { writer in
                    let path = listing.folder.isRoot ? file.name : "\(listing.folder)/\(file.name)"
                    writer.member("path", path)
                    writer.member("is_dir", file.isFolder)
                    writer.member("file_size", optional: file.size)
                }
            }
        }
    }

    private static func order(_ item: MLflowRequest) throws -> LoggedModelOrder {
        LoggedModelOrder(
            field: try item.requiredText("field_name"),
            isAscending: try item.flag("ascending") ?? true,
            datasetName: try item.text("dataset_name").flatMap { $0.isEmpty ? nil : $0 },
            datasetDigest: try item.text("dataset_digest").flatMap { $0.isEmpty ? nil : $0 }
        )
    }

    private static func answer(_ model: LoggedModel) -> Response {
        .message { writer in
            writer.name("model")
            writer.loggedModel(model)
        }
    }
}
