internal import GRPCCore
internal import GRPCProtobuf
internal import SlipwayOpenInference
internal import SlipwayService

extension InferenceCalls {
    func modelInfer(
        request: ServerRequest<Inference_ModelInferRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelInferResponse> {
        ServerResponse(message: try await answer(request.message, metadata: request.metadata))
    }

    /// Each question of the stream has one answer, in order; a bad question has an error in its place, and the next
    /// one is answered. Ends when the client says so, or when the server drains.
    func modelStreamInfer(
        request: StreamingServerRequest<Inference_ModelInferRequest>,
        context: ServerContext
    ) async throws -> StreamingServerResponse<Inference_ModelStreamInferResponse> {
        StreamingServerResponse { writer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await answerAll(of: request, into: writer) }
                group.addTask { try await context.cancellation.cancelled }
                try await group.next()
                group.cancelAll()
            }
            return [:]
        }
    }

    private func answerAll(
        of request: StreamingServerRequest<Inference_ModelInferRequest>,
        into writer: RPCWriter<Inference_ModelStreamInferResponse>
    ) async throws {
        for try await question in request.messages {
            var message = Inference_ModelStreamInferResponse()
            do {
                message.inferResponse = try await answer(question, metadata: request.metadata)
            } catch {
                message.errorMessage = GRPCStatus.error(for: error, method: "ModelStreamInfer").message
                // So that the client knows which of its questions failed.
                message.inferResponse.id = question.id
            }
            try await writer.write(message)
        }
    }

    private func answer(
        _ message: Inference_ModelInferRequest,
        metadata: Metadata
    ) async throws -> Inference_ModelInferResponse {
        guard !message.modelName.isEmpty else { throw RPCError.invalid("'model_name' is empty: name a model") }
        // An unknown model is said to be unknown, whatever the rest of the question looks like.
        _ = try inference.endpoint(message.modelName)
        var question = try ModelInferDecoder.request(
            message,
            headerKey: metadata.firstText("x-slipway-key"),
            timeoutNanoseconds: CallTimeout.nanoseconds(metadata)
        )
        try question.mark { metadata.firstText($0) }
        let answer = try await inference.infer(
            model: message.modelName,
            version: try ModelInferDecoder.version(message.modelVersion),
            request: question
        )
        return ModelInferEncoder.message(answer, isRaw: ModelInferDecoder.isRaw(message))
    }
}

extension Metadata {
    /// The first value of a key that is text.
    func firstText(_ key: String) -> String? {
        for text in self[stringValues: key] { return text }
        return nil
    }
}

/// Registers the calls that carry tensors once more, with a decoder that looks before it decodes; the later
/// registration counts.
struct BoundedInferCalls: RegistrableRPCService {
    let calls: InferenceCalls

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        let calls = calls
        router.registerHandler(
            forMethod: Inference_GRPCInferenceService.Method.ModelInfer.descriptor,
            deserializer: ModelInferDeserializer(),
            serializer: ProtobufSerializer<Inference_ModelInferResponse>(),
            handler: { request, context in
                let response = try await calls.modelInfer(
                    request: try await ServerRequest(stream: request),
                    context: context
                )
                return StreamingServerResponse(single: response)
            }
        )
        router.registerHandler(
            forMethod: Inference_GRPCInferenceService.Method.ModelStreamInfer.descriptor,
            deserializer: ModelInferDeserializer(),
            serializer: ProtobufSerializer<Inference_ModelStreamInferResponse>(),
            handler: { request, context in try await calls.modelStreamInfer(request: request, context: context) }
        )
    }
}
