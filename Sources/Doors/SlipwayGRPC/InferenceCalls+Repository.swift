internal import GRPCCore
internal import SlipwayOpenInference
internal import SlipwayService
internal import SwiftProtobuf

extension InferenceCalls {
    func repositoryIndex(
        request: ServerRequest<Inference_RepositoryIndexRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryIndexResponse> {
        let entries = try await repository.index()
        var message = Inference_RepositoryIndexResponse()
        message.models = entries.filter { !request.message.ready || $0.state == .ready }.map { entry in
            .with {
                $0.name = entry.name
                $0.version = String(entry.version)
                $0.state = entry.state.rawValue
                $0.reason = entry.reason
            }
        }
        return ServerResponse(message: message)
    }

    func repositoryModelLoad(
        request: ServerRequest<Inference_RepositoryModelLoadRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryModelLoadResponse> {
        let model = try Self.name(request.message.modelName, request.message.repositoryName)
        try await Self.asPrecondition { try await repository.load(model) }
        return ServerResponse(message: Inference_RepositoryModelLoadResponse())
    }

    func repositoryModelUnload(
        request: ServerRequest<Inference_RepositoryModelUnloadRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryModelUnloadResponse> {
        let model = try Self.name(request.message.modelName, request.message.repositoryName)
        try await Self.asPrecondition { try await repository.unload(model) }
        return ServerResponse(message: Inference_RepositoryModelUnloadResponse())
    }

    /// KServe's clients put the model's name where Triton's put the repository's.
    private static func name(_ model: String, _ repository: String) throws -> String {
        let name = model.isEmpty ? repository : model
        guard !name.isEmpty else { throw RPCError.invalid("'model_name' is empty: name a model") }
        return name
    }

    /// That releases decide is a state of this server, not a right that the caller lacks.
    private static func asPrecondition(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ServiceError where error.kind == .forbidden {
            throw RPCError(code: .failedPrecondition, message: error.message)
        }
    }
}
