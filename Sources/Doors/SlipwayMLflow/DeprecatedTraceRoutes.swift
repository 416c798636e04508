internal import HTTPTypes
internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls about traces as version 2 clients make them, and the file that its pages read spans from.
package struct DeprecatedTraceRoutes: RouteGroup {
    private let traces: Traces

    package init(traces: Traces) { self.traces = traces }

    package var routes: [Route] {
        Route.mlflow(.post, "/traces", answer: begin)
            + Route.mlflow(.get, "/traces", answer: search)
            + Route.mlflow(.patch, "/traces/:trace_id", answer: end)
            + Route.mlflow(.get, "/traces/:trace_id/info", answer: info)
            + ["/ajax-api/2.0", "/ajax-api/3.0"].map { root in
                Route(.get, "\(root)/mlflow/get-trace-artifact") { request, context in
                    do {
                        return try await file(request, context)
                    } catch {
                        return MLflowError(error).response
                    }
                }
            }
    }

    @Sendable private func begin(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let started = try request.instant("timestamp_ms") else { throw MLflowRequest.missing("timestamp_ms") }
        return Self.answer(
            try await traces.begin(
                context.caller,
                experiment: request.requiredText("experiment_id"),
                startedAt: started,
                metadata: request.tags("request_metadata"),
                tags: request.tags("tags")
            )
        )
    }

    @Sendable private func end(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let ended = try request.instant("timestamp_ms") else { throw MLflowRequest.missing("timestamp_ms") }
        let state = try request.oneOf(["OK", "ERROR", "IN_PROGRESS", "TRACE_STATUS_UNSPECIFIED"], "status")
        return Self.answer(
            try await traces.end(
                context.caller,
                id: request.pathText("trace_id"),
                endedAt: ended,
                state: state.flatMap { TraceState(rawValue: $0) } ?? .unspecified,
                metadata: request.tags("request_metadata"),
                tags: request.tags("tags")
            )
        )
    }

    @Sendable private func info(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        Self.answer(try await traces.info(context.caller, id: request.pathText("trace_id")))
    }

    @Sendable private func search(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let experiments = try request.texts("experiment_ids")
        guard !experiments.isEmpty else { throw MLflowRequest.missing("experiment_ids") }
        let limit = try request.integer("max_results") ?? 100
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await traces.search(
            context.caller,
            experiments: experiments,
            filter: request.text("filter") ?? "",
            orderBy: request.texts("order_by"),
            limit: limit,
            offset: offset
        )
        return .message { writer in
            writer.member("traces", unlessEmpty: page.items) { $0.deprecatedTraceInfo($1) }
            if page.hasMore { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    /// The spans as the file `traces.json`, or a file that was attached to them.
    private func file(_ request: Request, _ context: WireContext) async throws -> Response {
        let query = try await MLflowRequest.read(request, context: context)
        guard let id = try query.filledText("request_id") else {
            throw MLflowError(.badRequest, "the query needs a request_id: say which trace")
        }
        if let attachment = try query.filledText("path") {
            let path = try ArtifactPath("attachments").appending(ArtifactPath(attachment))
            let reader = try await traces.file(context.caller, id: id, path)
            return .download(reader, name: path.parts.last ?? "attachment", for: request)
        }
        let name = "traces.json"
        if let text = try await traces.spanFile(context.caller, id: id) {
            var response = Response.json(Array(text.utf8))
            response.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
            response.headers[.contentType] = "application/octet-stream"
            return response
        }
        let reader = try await traces.file(context.caller, id: id, ArtifactPath(name))
        return .download(reader, name: name, for: request)
    }

    private static func answer(_ info: TraceInfo) -> Response {
        .message { writer in
            writer.name("trace_info")
            writer.deprecatedTraceInfo(info)
        }
    }
}
