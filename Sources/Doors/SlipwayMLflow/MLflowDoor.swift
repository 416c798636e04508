package import HTTPTypes
package import Hummingbird
package import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// A part of MLflow's API.
package protocol RouteGroup: Sendable {
    /// The group's routes, under every path that clients use.
    var routes: [Route] { get }
}

/// MLflow's REST API, as its unmodified client speaks it.
package struct MLflowDoor: Door {
    package let routes: [Route]

    package init(_ groups: [any RouteGroup]) {
        routes = groups.flatMap(\.routes)
    }

    /// The use cases behind the whole API.
    package struct Services: Sendable {
        let tracking: Tracking
        let registry: Registry
        let artifacts: Artifacts
        let traces: Traces
        let webhooks: Webhooks
        let scorers: Scorers
        let datasets: EvaluationDatasets

        package init(
            tracking: Tracking,
            registry: Registry,
            artifacts: Artifacts,
            traces: Traces,
            webhooks: Webhooks,
            scorers: Scorers,
            datasets: EvaluationDatasets
        ) {
            self.tracking = tracking
            self.registry = registry
            self.artifacts = artifacts
            self.traces = traces
            self.webhooks = webhooks
            self.scorers = scorers
            self.datasets = datasets
        }
    }

    /// The whole API.
    package init(_ services: Services) {
        let (tracking, registry, artifacts) = (services.tracking, services.registry, services.artifacts)
        let traces = services.traces
        self.init([
            ServerRoutes(), ExperimentRoutes(tracking: tracking), RunRoutes(tracking: tracking),
            MetricRoutes(tracking: tracking), LoggedModelRoutes(tracking: tracking, artifacts: artifacts),
            RegisteredModelRoutes(registry: registry), ModelVersionRoutes(registry: registry),
            ArtifactRoutes(artifacts: artifacts, registry: registry), MultipartRoutes(artifacts: artifacts),
            TraceRoutes(traces: traces), AssessmentRoutes(traces: traces), TraceMetricRoutes(traces: traces),
            DeprecatedTraceRoutes(traces: traces), WebhookRoutes(webhooks: services.webhooks),
            GraphQLRoutes(graph: MLflowGraph(tracking: tracking, registry: registry, artifacts: artifacts)),
            PageRoutes(), ScorerRoutes(scorers: services.scorers),
            EvaluationDatasetRoutes(datasets: services.datasets),
        ])
    }

    package func response(to error: any Error) -> Response { MLflowError(error).response }

    /// The largest body of an ordinary call.
    package static let bodyLimit = 16 << 20
}

extension Route {
    /// One MLflow call under `/api` and, for MLflow's own pages, `/ajax-api`; `path` starts after `/mlflow`.
    package static func mlflow(
        _ method: HTTPRequest.Method,
        _ path: String,
        versions: [String] = ["2.0"],
        access: Access = .caller,
        limit: Int = MLflowDoor.bodyLimit,
        answer: @escaping @Sendable (MLflowRequest, WireContext) async throws -> Response
    ) -> [Route] {
        versions.flatMap { version in
            ["/api", "/ajax-api"].map { root in
                Route(method, "\(root)/\(version)/mlflow\(path)", access: access) { request, context in
                    do {
                        return try await answer(MLflowRequest.read(request, context: context, limit: limit), context)
                    } catch {
                        return MLflowError(error).response
                    }
                }
            }
        }
    }
}

extension Response {
    /// An answer whose members `body` writes.
    package static func message(_ body: (inout JSONWriter) throws -> Void) rethrows -> Response {
        var writer = JSONWriter(capacity: 512)
        try writer.object(body)
        return .json(writer.bytes)
    }

    /// The answer of a call that has nothing to say.
    package static var emptyMessage: Response { .json(Array("{}".utf8)) }
}
