package import SlipwayService
internal import Synchronization

/// The service's model engine on ONNX Runtime. The library is opened when the first model is loaded.
package struct ONNXEngine: ModelEngine {
    package init() {}

    package func load(_ bytes: [UInt8]) throws(ServiceError) -> any LoadedModel {
        do throws(ONNXError) {
            return try ONNXModel(ONNXSession(model: bytes, runtime: try ONNXRuntime.load()))
        } catch {
            throw error.serviceError
        }
    }
}

/// A loaded ONNX model as the service sees it.
struct ONNXModel: LoadedModel {
    let inputs: [TensorSignature]
    let outputs: [TensorSignature]
    let metadata: [String: String]
    private let session: ONNXSession

    init(_ session: ONNXSession) throws(ONNXError) {
        self.session = session
        inputs = try session.inputs.map { (value) throws(ONNXError) in try Self.signature(of: value) }
        // A sequence of maps comes out flattened to one FP32 column for each class.
        outputs = try session.outputs.map { (value) throws(ONNXError) in
            value.isSequenceOfMaps
                ? TensorSignature(name: value.name, type: .fp32, shape: [-1, -1]) : try Self.signature(of: value)
        }
        metadata = session.metadata.custom
    }

    func run(
        _ tensors: [Tensor],
        outputs: [String]?,
        timeoutMilliseconds: Int
    ) throws(ServiceError) -> [Tensor] {
        do throws(ONNXError) {
            let answers = try session.run(
                inputs: tensors.map { ONNXTensor(name: $0.name, shape: $0.shape, data: ONNXTensor.Data($0.data)) },
                outputs: outputs,
                timeoutMilliseconds: timeoutMilliseconds
            )
            return try answers.map { (answer) throws(ONNXError) in
                Tensor(name: answer.name, shape: answer.shape, data: try TensorData(answer.data))
            }
        } catch {
            throw error.serviceError
        }
    }

    /// A fixed dimension over this is a mistake or an attack: it would be allocated for each request.
    private static let mostInOneDimension = 1_000_000

    private static func signature(of value: ONNXValueInfo) throws(ONNXError) -> TensorSignature {
        guard let type = TensorType(rawValue: value.elementType.openInferenceName) else {
            throw .modelUnsupported(
                reason: "\"\(value.name)\" is of type \(value.elementType.openInferenceName), which is not served."
            )
        }
        guard value.shape.allSatisfy({ $0 <= mostInOneDimension }) else {
            throw .modelUnsupported(
                reason: "\"\(value.name)\" has a dimension over \(mostInOneDimension), which is not served."
            )
        }
        return TensorSignature(name: value.name, type: type, shape: value.shape)
    }
}

extension ONNXTensor.Data {
    fileprivate init(_ data: TensorData) {
        switch data {
        case .fp32(let values): self = .float(values)
        case .fp64(let values): self = .double(values)
        case .int32(let values): self = .int32(values)
        case .int64(let values): self = .int64(values)
        case .bool(let values): self = .bool(values)
        case .bytes(let values): self = .string(values)
        }
    }
}

extension TensorData {
    fileprivate init(_ data: ONNXTensor.Data) throws(ONNXError) {
        switch data {
        case .float(let values): self = .fp32(values)
        case .double(let values): self = .fp64(values)
        case .int32(let values): self = .int32(values)
        case .int64(let values): self = .int64(values)
        case .bool(let values): self = .bool(values)
        case .string(let values): self = .bytes(values)
        default: throw .modelUnsupported(reason: "it gives values of a type that is not served.")
        }
    }
}

extension ONNXError {
    /// What a caller of the service is told.
    fileprivate var serviceError: ServiceError {
        switch self {
        case .libraryNotFound, .libraryUnusable: .unavailable(description)
        case .modelTooLarge, .modelRefused, .modelUnsupported, .inputRefused, .outputUnknown: .invalid(description)
        case .timedOut: .unavailable(description)
        case .runFailed: ServiceError(.internal, "the model failed on this input")
        }
    }
}
