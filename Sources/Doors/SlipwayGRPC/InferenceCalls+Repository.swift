internal import GRPCCore
internal import SlipwayService

extension InferenceCalls {
    func repositoryIndex(
        request: ServerRequest<Inference_RepositoryIndexRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryIndexResponse> {
        var message = Inference_RepositoryIndexResponse()
        for name in inference.models {
            // A model that was taken away since the names were read is not listed.
            guard let endpoint = try? inference.endpoint(name) else { continue }
            for version in [endpoint.stable, endpoint.candidate].compactMap({ $0 }) {
                message.models.append(
                    .with {
                        $0.name = name
                        $0.version = String(version.version)
                        $0.state = "READY"
                    }
                )
            }
        }
        return ServerResponse(message: message)
    }

    func repositoryModelLoad(
        request: ServerRequest<Inference_RepositoryModelLoadRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryModelLoadResponse> {
        throw Self.governed(request.message.modelName, request.message.repositoryName, "loads")
    }

    func repositoryModelUnload(
        request: ServerRequest<Inference_RepositoryModelUnloadRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryModelUnloadResponse> {
        throw Self.governed(request.message.modelName, request.message.repositoryName, "unloads")
    }

    /// No version takes traffic without a decision in the ledger, and none stops by a client's word.
    private static func governed(_ model: String, _ repository: String, _ verb: String) -> RPCError {
        let name = String((model.isEmpty ? repository : model).prefix(80))
        return RPCError(
            code: .failedPrecondition,
            message: "no client \(verb) '\(name)' here: versions are moved by releases, with evidence. Use "
                + "`slipway ship \(name)@VERSION --to production` or `slipway rollback \(name)`"
        )
    }
}
