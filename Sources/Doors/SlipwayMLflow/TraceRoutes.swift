internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about traces, version 3.
package struct TraceRoutes: RouteGroup {
    private let traces: Traces

    package init(traces: Traces) { self.traces = traces }

    package var routes: [Route] {
        let v3 = ["3.0"]
        return Route.mlflow(.post, "/traces", versions: v3, answer: start)
            + Route.mlflow(.get, "/traces/get", versions: v3, answer: get)
            + Route.mlflow(.get, "/traces/batchGet", versions: v3, answer: batchGet)
            + Route.mlflow(.post, "/traces/batchGetInfos", versions: v3, answer: batchGetInfos)
            + Route.mlflow(.post, "/traces/search", versions: v3, answer: search)
            + Route.mlflow(.get, "/traces/:trace_id", versions: v3, answer: getInfo)
            + Route.mlflow(.patch, "/traces/:trace_id/tags", versions: ["2.0", "3.0"], answer: setTag)
            + Route.mlflow(.delete, "/traces/:trace_id/tags", versions: ["2.0", "3.0"], answer: deleteTag)
            + Route.mlflow(.post, "/traces/delete-traces", versions: ["2.0", "3.0"], answer: delete)
            + Route.mlflow(.post, "/traces/link-to-run", answer: linkToRun)
            + Route.mlflow(.post, "/traces/link-prompts", answer: linkPrompts)
    }

    @Sendable private func start(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let info = try request.message("trace")?.message("trace_info") else {
            throw MLflowRequest.missing("trace.trace_info")
        }
        return Self.answer(try await traces.start(context.caller, TraceInfo(info)))
    }

    @Sendable private func getInfo(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(try await traces.info(context.caller, id: request.pathText("trace_id")))
    }

    @Sendable private func get(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let trace = try await traces.trace(
            context.caller,
            id: request.requiredText("trace_id"),
            allowsPartial: request.flag("allow_partial") ?? false
        )
        return .message { writer in
            writer.name("trace")
            writer.trace(trace.info, spans: trace.spans)
        }
    }

    @Sendable private func batchGet(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let found = try await traces.traces(
            context.caller,
            ids: request.texts("trace_ids"),
            experiments: request.experimentScope()
        )
        return .message { writer in
            writer.member("traces", unlessEmpty: found) { $0.trace($1.info, spans: $1.spans) }
        }
    }

    @Sendable private func batchGetInfos(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let found = try await traces.infos(
            context.caller,
            ids: request.texts("trace_ids"),
            experiments: request.experimentScope()
        )
        return .message { writer in
            writer.member("trace_infos", unlessEmpty: found) { $0.traceInfo($1) }
        }
    }

    @Sendable private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let limit = try request.integer("max_results") ?? 100
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await traces.search(
            context.caller,
            experiments: request.locationExperiments(),
            filter: request.text("filter") ?? "",
            orderBy: request.texts("order_by"),
            limit: limit,
            offset: offset
        )
        return .message { writer in
            writer.member("traces", unlessEmpty: page.items) { $0.traceInfo($1) }
            if page.hasMore { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    @Sendable private func setTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await traces.setTag(context.caller, trace: request.pathText("trace_id"), request.tag())
        return .emptyMessage
    }

    @Sendable private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await traces.removeTag(
            context.caller,
            trace: request.pathText("trace_id"),
            key: request.requiredText("key")
        )
        return .emptyMessage
    }

    @Sendable private func delete(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let count = try await traces.delete(
            context.caller,
            experiment: request.requiredText("experiment_id"),
            startedUntil: request.instant("max_timestamp_millis"),
            most: request.integer("max_traces"),
            ids: request.texts("request_ids")
        )
        return .message { $0.member("traces_deleted", count) }
    }

    @Sendable private func linkToRun(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let ids = try request.texts("trace_ids")
        guard !ids.isEmpty else { throw MLflowRequest.missing("trace_ids") }
        try await traces.link(context.caller, traces: ids, run: request.requiredText("run_id"))
        return .emptyMessage
    }

    @Sendable private func linkPrompts(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let prompts = try request.messages("prompt_versions").map { prompt in
            "\(try prompt.requiredText("name"))/\(try prompt.requiredText("version"))"
        }
        guard !prompts.isEmpty else { throw MLflowRequest.missing("prompt_versions") }
        try await traces.link(context.caller, trace: request.requiredText("trace_id"), prompts: prompts)
        return .emptyMessage
    }

    private static func answer(_ info: TraceInfo) -> Response {
        .message { writer in
            writer.name("trace")
            writer.trace(info)
        }
    }
}
