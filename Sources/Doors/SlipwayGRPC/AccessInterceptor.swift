internal import GRPCCore
internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import SlipwayOpenInference
internal import SlipwayService
internal import SlipwayWire

/// Guards every call with the rule that guards the HTTP doors, and turns what went wrong into gRPC's status.
struct AccessInterceptor: ServerInterceptor {
    let access: AccessRule
    let log: Logger

    /// Calls that need no credentials anywhere, as their twins over HTTP.
    private static let open: Set<MethodDescriptor> = [
        Inference_GRPCInferenceService.Method.ServerLive.descriptor,
        Inference_GRPCInferenceService.Method.ServerReady.descriptor,
        Grpc_Health_V1_Health.Method.Check.descriptor, Grpc_Health_V1_Health.Method.Watch.descriptor,
    ]

    // gRPC's protocol is compiled without NonisolatedNonsendingByDefault, so its functions are concurrent ones.
    @concurrent
    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next:
            @concurrent @Sendable (
                StreamingServerRequest<Input>, ServerContext
            ) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let method = context.descriptor
        do {
            let caller = try await access.caller(
                authorization: request.metadata.firstText("authorization"),
                isOpen: Self.open.contains(method)
            )
            guard let caller, !caller.isGateway else {
                throw RPCError(
                    code: .unauthenticated,
                    message: "send a token as metadata: authorization: Bearer ..."
                )
            }
            return try await next(request, context)
        } catch {
            report(error, method)
            throw GRPCStatus.error(for: error, method: method.method)
        }
    }

    private func report(_ error: any Error, _ method: MethodDescriptor) {
        switch error {
        case let error as ServiceError where error.kind == .internal: log.error("\(method): \(error)")
        case is ServiceError, is RPCError, is CancellationError: log.debug("\(method): \(error)")
        // The client has gone.
        case is NIOHTTP2Errors.StreamClosed, is ChannelError: log.debug("\(method): \(error)")
        default: log.error("\(method): \(error)")
        }
    }
}
