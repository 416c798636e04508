internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's calls for sums over many traces.
package struct TraceMetricRoutes: RouteGroup {
    private let traces: Traces

    package init(traces: Traces) { self.traces = traces }

    package var routes: [Route] {
        Route.mlflow(.post, "/traces/metrics", versions: ["3.0"], answer: metrics)
            + Route.mlflow(.post, "/traces/calculate-filter-correlation", versions: ["3.0"], answer: correlation)
    }

    @Sendable private func metrics(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        guard let view = try request.choice(TraceMetricQuery.View.self, "view_type") else {
            throw MLflowRequest.missing("view_type")
        }
        let metric = try request.requiredText("metric_name")
        let points = try await traces.metrics(
            context.caller,
            Traces.MetricRequest(
                experiments: request.texts("experiment_ids"),
                view: view,
                metric: metric,
                aggregations: request.messages("aggregations").map(Self.aggregation),
                dimensions: request.texts("dimensions"),
                filters: request.texts("filters"),
                intervalSeconds: request.integer("time_interval_seconds"),
                start: request.instant("start_time_ms"),
                end: request.instant("end_time_ms"),
                limit: request.integer("max_results") ?? 1000
            )
        )
        return .message { writer in
            writer.member("data_points", unlessEmpty: points) { writer, point in
                writer.object { writer in
                    writer.member("metric_name", metric)
                    writer.member("dimensions", map: point.dimensions)
                    writer.name("values")
                    writer.object { writer in
                        for (label, value) in point.values { writer.member(label, value) }
                    }
                }
            }
        }
    }

    private static func aggregation(_ item: MLflowRequest) throws -> TraceMetricQuery.Aggregation {
        let percent = try item.number("percentile_value")
        let kind = try item.oneOf(["COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"], "aggregation_type")
        guard (kind == "PERCENTILE") == (percent != nil) else {
            throw MLflowError.invalid("percentile_value goes with the aggregation_type PERCENTILE, and with no other")
        }
        switch kind {
        case "COUNT": return .count
        case "SUM": return .sum
        case "AVG": return .average
        case "MIN": return .least
        case "MAX": return .most
        case "PERCENTILE": return .percentile(percent ?? 50)
        default: throw MLflowRequest.missing("aggregation_type")
        }
    }

    @Sendable private func correlation(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let found = try await traces.correlation(
            context.caller,
            experiments: request.texts("experiment_ids"),
            first: request.requiredText("filter_string1"),
            second: request.requiredText("filter_string2"),
            base: request.text("base_filter") ?? ""
        )
        return .message { writer in
            writer.member("npmi", found.information)
            writer.member("npmi_smoothed", found.smoothedInformation)
            writer.member("filter1_count", found.first)
            writer.member("filter2_count", found.second)
            writer.member("joint_count", found.joint)
            writer.member("total_count", found.total)
        }
    }
}
