internal import HTTPTypes
internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about evaluation datasets. Tags and records travel as JSON texts inside the JSON.
package struct EvaluationDatasetRoutes: RouteGroup {
    private let datasets: EvaluationDatasets

    package init(datasets: EvaluationDatasets) { self.datasets = datasets }

    package var routes: [Route] {
        call(.post, "/create", create) + call(.post, "/search", search) + call(.get, "/search", search)
            + call(.get, "/:dataset_id", get) + call(.delete, "/:dataset_id", delete)
            + call(.patch, "/:dataset_id/tags", setTags) + call(.delete, "/:dataset_id/tags/:key", deleteTag)
            + call(.post, "/:dataset_id/records", upsertRecords) + call(.get, "/:dataset_id/records", records)
            + call(.delete, "/:dataset_id/records", deleteRecords)
            + call(.get, "/:dataset_id/experiment-ids", experimentIDs)
            + call(.post, "/:dataset_id/add-experiments", addExperiments)
            + call(.post, "/:dataset_id/remove-experiments", removeExperiments)
    }

    private func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ answer: @escaping @Sendable (MLflowRequest, WireContext) async throws -> Response
    ) -> [Route] {
        Route.mlflow(method, "/datasets" + path, versions: ["3.0"], answer: answer)
    }

    @Sendable private func create(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(
            try await datasets.create(
                caller: context.caller,
                name: request.requiredText("name"),
                tags: Self.tags(request.text("tags") ?? "{}"),
                experiments: request.texts("experiment_ids")
            )
        )
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(try await datasets.dataset(caller: context.caller, id: request.pathText("dataset_id")))
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await datasets.delete(caller: context.caller, id: request.pathText("dataset_id"))
        return .emptyMessage
    }

    @Sendable private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let limit = try request.integer("max_results").flatMap { $0 == 0 ? nil : $0 } ?? 1000
        let search = RegistrySearch(
            filter: try request.text("filter_string") ?? "",
            order: try request.texts("order_by"),
            limit: limit,
            offset: try PageToken.offset(request.text("page_token"))
        )
        let page = try await datasets.search(
            caller: context.caller,
            experiments: request.texts("experiment_ids"),
            search
        )
        return .message { writer in
            writer.member("datasets", unlessEmpty: page.items) { $0.dataset($1) }
            writer.member("next_page_token", optional: page.nextToken(after: search))
        }
    }

    @Sendable private func setTags(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await datasets.setTags(
            caller: context.caller,
            id: request.pathText("dataset_id"),
            Self.tags(request.requiredText("tags"))
        )
        return .emptyMessage
    }

    @Sendable private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await datasets.removeTag(
            caller: context.caller,
            id: request.pathText("dataset_id"),
            key: request.pathText("key")
        )
        return .emptyMessage
    }

    @Sendable private func upsertRecords(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let text = try request.requiredText("records")
        guard let records = try JSONValue(parsing: Array(text.utf8)).array else {
            throw MLflowRequest.wrongType("records", "the text of a JSON list")
        }
        let counts = try await datasets.upsert(
            caller: context.caller,
            id: request.pathText("dataset_id"),
            records
        )
        return .message { writer in
            writer.member("inserted_count", counts.inserted)
            writer.member("updated_count", counts.updated)
        }
    }

    @Sendable private func records(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let id = try request.pathText("dataset_id")
        let limit = try request.integer("max_results").flatMap { $0 == 0 ? nil : $0 } ?? 1000
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await datasets.records(caller: context.caller, id: id, limit: limit, offset: offset)
        var list = JSONWriter(capacity: 4096)
        try list.array(page.items) { writer, record in try writer.record(record, of: id) }
        return .message { writer in
            writer.member("records", String(decoding: list.bytes, as: UTF8.self))
            if page.hasMore { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    @Sendable private func deleteRecords(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let count = try await datasets.deleteRecords(
            caller: context.caller,
            id: request.pathText("dataset_id"),
            request.texts("dataset_record_ids")
        )
        return .message { $0.member("deleted_count", count) }
    }

    @Sendable private func experimentIDs(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let dataset = try await datasets.dataset(caller: context.caller, id: request.pathText("dataset_id"))
        return .message { writer in
            writer.member("experiment_ids", unlessEmpty: dataset.experiments) { $0.string(String($1)) }
        }
    }

    @Sendable private func addExperiments(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(
            try await datasets.change(
                caller: context.caller,
                id: request.pathText("dataset_id"),
                adding: request.texts("experiment_ids")
            )
        )
    }

    @Sendable private func removeExperiments(
        _ request: MLflowRequest,
        _ context: WireContext
    ) async throws -> Response {
        Self.answer(
            try await datasets.change(
                caller: context.caller,
                id: request.pathText("dataset_id"),
                removing: request.texts("experiment_ids")
            )
        )
    }

    private static func answer(_ dataset: EvaluationDataset) -> Response {
        .message { writer in
            writer.name("dataset")
            writer.dataset(dataset)
        }
    }

    /// Tags out of the text of a JSON object; numbers are kept as text, null is left out.
    private static func tags(_ text: String) throws -> [Tag] {
        guard let members = try JSONValue(parsing: Array(text.utf8)).object else {
            throw MLflowRequest.wrongType("tags", "the text of a JSON object")
        }
        return try members.sorted { $0.key < $1.key }.compactMap { key, value in
            switch value {
            case .null: return nil
            case .string(let text): return Tag(key: key, value: text)
            case .integer(let number): return Tag(key: key, value: String(number))
            case .number(let number): return Tag(key: key, value: String(number))
            // As Python, whose clients send this, writes it.
            case .bool(let flag): return Tag(key: key, value: flag ? "True" : "False")
            case .array, .object: throw MLflowError.invalid("the tag '\(key.prefix(80))' must have a text as its value")
            }
        }
    }
}
