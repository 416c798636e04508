internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls that log metrics, params and tags to runs.
package struct MetricRoutes: RouteGroup {
    private let tracking: Tracking

    package init(tracking: Tracking) { self.tracking = tracking }

    package var routes: [Route] {
        Route.mlflow(.post, "/runs/log-metric", answer: logMetric)
            + Route.mlflow(.post, "/runs/log-parameter", answer: logParam)
            + Route.mlflow(.post, "/runs/set-tag", answer: setTag)
            + Route.mlflow(.post, "/runs/delete-tag", answer: deleteTag)
            + Route.mlflow(.post, "/runs/log-batch", answer: logBatch)
            + HistoryRoutes(tracking: tracking).routes
    }

    @Sendable private func logMetric(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let run = try request.runID()
        guard let body = request.body else { throw MLflowRequest.missing("key") }
        try await tracking.log(context.caller, run: run, LogBatch(metrics: [try MetricPoint(body)]))
        return .emptyMessage
    }

    @Sendable private func logParam(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.log(context.caller, run: request.runID(), LogBatch(params: [request.tag()]))
        return .emptyMessage
    }

    @Sendable private func setTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.log(context.caller, run: request.runID(), LogBatch(tags: [request.tag()]))
        return .emptyMessage
    }

    @Sendable private func deleteTag(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        try await tracking.removeTag(context.caller, run: request.runID(), key: request.requiredText("key"))
        return .emptyMessage
    }

    @Sendable private func logBatch(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let run = try request.runID()
        let batch = LogBatch(
            metrics: try request.elements("metrics").map { try MetricPoint($0) },
            params: try request.tags("params"),
            tags: try request.tags("tags")
        )
        try await tracking.log(context.caller, run: run, batch)
        return .emptyMessage
    }
}
