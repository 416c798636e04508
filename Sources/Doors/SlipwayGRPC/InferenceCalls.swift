internal import GRPCCore
internal import GRPCProtobuf
internal import SlipwayOpenInference
internal import SlipwayService
internal import SwiftProtobuf

/// `inference.GRPCInferenceService`: what the server and its models are.
struct InferenceCalls: Inference_GRPCInferenceService.ServiceProtocol {
    let inference: Inference
    let repository: any ModelRepository
    /// The server's own version.
    let serverVersion: String
    let readiness: Readiness

    func serverLive(
        request: ServerRequest<Inference_ServerLiveRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ServerLiveResponse> {
        ServerResponse(message: .with { $0.live = true })
    }

    func serverReady(
        request: ServerRequest<Inference_ServerReadyRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ServerReadyResponse> {
        ServerResponse(message: .with { $0.ready = readiness.isReady })
    }

    func serverMetadata(
        request: ServerRequest<Inference_ServerMetadataRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ServerMetadataResponse> {
        ServerResponse(
            message: .with {
                $0.name = "slipway"
                $0.version = serverVersion
                $0.extensions = ["model_configuration", "model_repository", "parameters", "statistics"]
            }
        )
    }

    /// A model that nobody knows is not ready: clients ask this to find out, and an error would stop them.
    func modelReady(
        request: ServerRequest<Inference_ModelReadyRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelReadyResponse> {
        let question = request.message
        guard !question.name.isEmpty else { throw RPCError.invalid("'name' is empty: name a model") }
        var isReady = true
        do {
            let version = try ModelInferDecoder.version(question.version)
            isReady = try inference.version(version, of: try inference.endpoint(question.name)).isReady
        } catch let error as ServiceError where error.kind == .notFound || error.kind == .unavailable {
            isReady = false
        } catch let error as RPCError where error.code == .notFound {
            isReady = false
        }
        return ServerResponse(message: .with { $0.ready = isReady })
    }

    func modelMetadata(
        request: ServerRequest<Inference_ModelMetadataRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelMetadataResponse> {
        let (endpoint, loaded) = try model(request.message.name, version: request.message.version)
        var message = Inference_ModelMetadataResponse()
        message.name = endpoint.model
        message.versions = [endpoint.stable, endpoint.candidate].compactMap { $0 }.map { String($0.version) }
        message.platform = loaded.model.platform
        message.inputs = loaded.model.inputs.map(Self.signature)
        message.outputs = loaded.model.outputs.map(Self.signature)
        // What the columns of the inputs are called: without it nobody could make inputs from a table.
        message.properties = loaded.model.metadata
        return ServerResponse(message: message)
    }

    /// What clients read of Triton's configuration; with batches the first dimension is theirs, and is not listed.
    func modelConfig(
        request: ServerRequest<Inference_ModelConfigRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelConfigResponse> {
        let (endpoint, loaded) = try model(request.message.name, version: request.message.version)
        let batching = loaded.batching
        let dims: (TensorSignature) -> [Int64] = { $0.shape.dropFirst(batching == nil ? 0 : 1).map(Int64.init) }
        var config = Inference_ModelConfig()
        config.name = endpoint.model
        config.platform = loaded.model.platform
        config.backend = loaded.model.backend
        config.maxBatchSize = Int32(clamping: batching?.maxRows ?? 0)
        config.input = loaded.model.inputs.map { input in
            .with {
                $0.name = input.name
                $0.dataType = input.type.inConfiguration
                $0.dims = dims(input)
            }
        }
        config.output = loaded.model.outputs.map { output in
            .with {
                $0.name = output.name
                $0.dataType = output.type.inConfiguration
                $0.dims = dims(output)
            }
        }
        return ServerResponse(message: .with { $0.config = config })
    }

    private func model(_ name: String, version: String) throws -> (endpoint: Endpoint, loaded: LoadedVersion) {
        guard !name.isEmpty else { throw RPCError.invalid("'name' is empty: name a model") }
        let endpoint = try inference.endpoint(name)
        return (endpoint, try inference.version(try ModelInferDecoder.version(version), of: endpoint))
    }

    private static func signature(_ signature: TensorSignature) -> Inference_ModelMetadataResponse.TensorMetadata {
        .with {
            $0.name = signature.name
            $0.datatype = signature.type.rawValue
            $0.shape = signature.shape.map(Int64.init)
        }
    }
}

extension TensorType {
    /// The type's name in a model's configuration.
    var inConfiguration: Inference_DataType {
        switch self {
        case .fp32: .typeFp32
        case .fp64: .typeFp64
        case .fp16: .typeFp16
        case .bf16: .typeBf16
        case .int8: .typeInt8
        case .int16: .typeInt16
        case .int32: .typeInt32
        case .int64: .typeInt64
        case .uint8: .typeUint8
        case .uint16: .typeUint16
        case .uint32: .typeUint32
        case .uint64: .typeUint64
        case .bool: .typeBool
        case .bytes: .typeString
        }
    }
}
