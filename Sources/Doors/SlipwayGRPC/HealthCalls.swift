internal import GRPCCore
internal import SlipwayOpenInference
internal import SlipwayService
internal import SwiftProtobuf

/// `grpc.health.v1.Health`, which load balancers and Kubernetes ask.
struct HealthCalls: Grpc_Health_V1_Health.ServiceProtocol {
    let readiness: Readiness

    /// The empty name is the whole server.
    private static let services: Set<String> = [
        "", Inference_GRPCInferenceService.descriptor.fullyQualifiedService,
        Grpc_Health_V1_Health.descriptor.fullyQualifiedService,
    ]

    func check(
        request: ServerRequest<Grpc_Health_V1_HealthCheckRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Grpc_Health_V1_HealthCheckResponse> {
        guard Self.services.contains(request.message.service) else {
            throw RPCError(
                code: .notFound,
                message: "there is no service '\(request.message.service.prefix(80))' here: ask for '' or "
                    + "'\(Inference_GRPCInferenceService.descriptor.fullyQualifiedService)'"
            )
        }
        return ServerResponse(message: .with { $0.status = readiness.isReady ? .serving : .notServing })
    }

    /// Says how it is at once, and once more when the server drains.
    func watch(
        request: ServerRequest<Grpc_Health_V1_HealthCheckRequest>,
        context: ServerContext
    ) async throws -> StreamingServerResponse<Grpc_Health_V1_HealthCheckResponse> {
        let isKnown = Self.services.contains(request.message.service)
        return StreamingServerResponse { writer in
            try await writer.write(.with { $0.status = isKnown ? .serving : .serviceUnknown })
            try await context.cancellation.cancelled
            if isKnown { try await writer.write(.with { $0.status = .notServing }) }
            return [:]
        }
    }
}
