internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls that read what metrics were over time, and which data sets runs read.
package struct HistoryRoutes: RouteGroup {
    private let tracking: Tracking

    package init(tracking: Tracking) { self.tracking = tracking }

    package var routes: [Route] {
        // The description of the API says 2.11, the server of MLflow says 2.0.
        Route.mlflow(.get, "/metrics/get-history", answer: history)
            + Route.mlflow(.get, "/metrics/get-history-bulk", answer: bulk)
            + Route.mlflow(.get, "/metrics/get-history-bulk-interval", versions: ["2.0", "2.11"], answer: sample)
            + Route.mlflow(.post, "/experiments/search-datasets", answer: datasets)
    }

    @Sendable private func history(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let limit = try request.integer("max_results")
        let offset = try PageToken.offset(request.text("page_token"))
        let page = try await tracking.metricHistory(
            context.caller,
            run: request.runID(),
            key: request.requiredText("metric_key"),
            limit: limit,
            offset: offset
        )
        return .message { writer in
            writer.member("metrics", unlessEmpty: page.items) { $0.metric($1) }
            if page.hasMore, let limit { writer.member("next_page_token", PageToken(offset: offset + limit).text) }
        }
    }

    /// Plain JSON rather than a protobuf message: the list is there even when it is empty.
    @Sendable private func bulk(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let points = try await tracking.metricHistories(
            context.caller,
            runs: request.texts("run_id"),
            key: request.requiredText("metric_key"),
            limit: request.integer("max_results")
        )
        return .message { writer in
            writer.name("metrics")
            writer.array(points) { $0.metric($1) }
        }
    }

    @Sendable private func sample(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let points = try await tracking.sampledHistories(
            context.caller,
            runs: request.texts("run_ids"),
            key: request.requiredText("metric_key"),
            steps: Self.steps(request.integer("start_step"), request.integer("end_step")),
            limit: request.integer("max_results") ?? Tracking.mostSampledPoints
        )
        return .message { writer in
            writer.member("metrics", unlessEmpty: points) { $0.metric($1) }
        }
    }

    private static func steps(_ start: Int64?, _ end: Int64?) throws -> ClosedRange<Int64>? {
        switch (start, end) {
        case (nil, nil): return nil
        case (let start?, let end?):
            guard start <= end else {
                throw MLflowError.invalid("start_step \(start) is behind end_step \(end): swap them")
            }
            return start...end
        default: throw MLflowError.invalid("give start_step and end_step, or neither of them")
        }
    }

    @Sendable private func datasets(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let found = try await tracking.datasets(context.caller, experiments: request.texts("experiment_ids"))
        return .message { writer in
            writer.member("dataset_summaries", unlessEmpty: found) { writer, summary in
                writer.object { writer in
                    writer.member("experiment_id", String(summary.experiment))
                    writer.member("name", summary.name)
                    writer.member("digest", summary.digest)
                    writer.member("context", optional: summary.context)
                }
            }
        }
    }
}
