internal import SlipwayJSON
package import SlipwayService
internal import Synchronization

/// The service's model engine on ONNX Runtime. The library is opened when the first model is loaded.
package struct ONNXEngine: ModelEngine {
    package init() {}

    package func load(_ bytes: [UInt8]) throws(ServiceError) -> any LoadedModel {
        do throws(ONNXError) {
            let runtime = try ONNXRuntime.load()
            let (loaded, growth) = try ONNXMemory.measured { () throws(ONNXError) in
                let session = try ONNXSession(model: bytes, runtime: runtime)
                let labels = ONNXWarmUp.run(session)
                let trees = ONNXTrees(model: bytes, session: session, columnLabels: labels)
                return (session: session, labels: labels, trees: trees.flatMap { $0.agrees(with: session) ? $0 : nil })
            }
            // Freed memory is used again, so a process may grow less than the weights that it holds.
            return try ONNXModel(
                loaded.session,
                trees: loaded.trees,
                labels: loaded.labels,
                memoryBytes: max(growth, bytes.count)
            )
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
    let memoryBytes: Int
    private let session: ONNXSession
    /// The model as trees, when it is nothing else.
    private let trees: ONNXTrees?

    init(
        _ session: ONNXSession,
        trees: ONNXTrees?,
        labels: [String: [String]],
        memoryBytes: Int
    ) throws(ONNXError) {
        self.session = session
        self.trees = trees
        self.memoryBytes = memoryBytes
        inputs = try session.inputs.map { (value) throws(ONNXError) in try Self.signature(of: value) }
        // A sequence of maps comes out flattened to one FP32 column for each class.
        outputs = try session.outputs.map { (value) throws(ONNXError) in
            value.isSequenceOfMaps
                ? TensorSignature(name: value.name, type: .fp32, shape: [-1, labels[value.name]?.count ?? -1])
                : try Self.signature(of: value)
        }
        var metadata = session.metadata.custom
        for (output, classes) in labels where metadata[LoadedVersion.labelsPrefix + output] == nil {
            metadata[LoadedVersion.labelsPrefix + output] = Self.list(classes)
        }
        // Only where it is worth a word: all else runs on the processor.
        if session.isOnGPU { metadata["slipway.device"] = "gpu" }
        self.metadata = metadata
    }

    func run(
        _ tensors: [Tensor],
        outputs: [String]?,
        timeoutMilliseconds: Int
    ) throws(ServiceError) -> [Tensor] {
        do throws(ONNXError) {
            let inputs = try tensors.map { (tensor) throws(ONNXError) in
                ONNXTensor(name: tensor.name, shape: tensor.shape, data: try ONNXTensor.Data(tensor.data))
            }
            let answers: [ONNXTensor]
            if let walked = try trees?.run(inputs, outputs: outputs, timeoutMilliseconds: timeoutMilliseconds) {
                answers = walked
            } else {
                answers = try session.run(inputs: inputs, outputs: outputs, timeoutMilliseconds: timeoutMilliseconds)
            }
            return answers.map { Tensor(name: $0.name, shape: $0.shape, data: TensorData($0.data)) }
        } catch {
            throw error.serviceError
        }
    }

    private static func list(_ texts: [String]) -> String {
        var writer = JSONWriter()
        writer.array(texts) { $0.string($1) }
        return String(decoding: writer.bytes, as: UTF8.self)
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
    fileprivate init(_ data: TensorData) throws(ONNXError) {
        switch data {
        case .fp32(let values): self = .float(values)
        case .fp64(let values): self = .double(values)
        case .int32(let values): self = .int32(values)
        case .int64(let values): self = .int64(values)
        case .bool(let values): self = .bool(values)
        case .bytes(let values): self = .string(values)
        case .raw(let raw):
            guard let type = ONNXElementType(raw.type) else {
                throw .inputRefused(reason: "The model takes text: its BYTES must be UTF-8.")
            }
            self = .raw(type, raw.bytes)
        }
    }
}

extension ONNXElementType {
    /// The same type in ONNX's words; nil for BYTES, which have no fixed width.
    fileprivate init?(_ type: TensorType) {
        switch type {
        case .fp32: self = .float
        case .fp64: self = .double
        case .fp16: self = .float16
        case .bf16: self = .bfloat16
        case .int8: self = .int8
        case .int16: self = .int16
        case .int32: self = .int32
        case .int64: self = .int64
        case .uint8: self = .uint8
        case .uint16: self = .uint16
        case .uint32: self = .uint32
        case .uint64: self = .uint64
        case .bool: self = .bool
        case .bytes: return nil
        }
    }
}

extension TensorData {
    fileprivate init(_ data: ONNXTensor.Data) {
        switch data {
        case .float(let values): self = .fp32(values)
        case .double(let values): self = .fp64(values)
        case .int32(let values): self = .int32(values)
        case .int64(let values): self = .int64(values)
        case .bool(let values): self = .bool(values)
        case .string(let values): self = .bytes(values)
        case .int8(let values): self = .raw(TensorBytes(values, of: .int8))
        case .int16(let values): self = .raw(TensorBytes(values, of: .int16))
        case .uint8(let values): self = .raw(TensorBytes(values, of: .uint8))
        case .uint16(let values): self = .raw(TensorBytes(values, of: .uint16))
        case .uint32(let values): self = .raw(TensorBytes(values, of: .uint32))
        case .uint64(let values): self = .raw(TensorBytes(values, of: .uint64))
        case .raw(let type, let bytes):
            // Only 16-bit floats come out so.
            let bytes = Array(bytes)
            self = .raw(TensorBytes(bytes, of: type == .bfloat16 ? .bf16 : .fp16, count: bytes.count / type.width))
        }
    }
}

extension ONNXError {
    /// What a caller of the service is told.
    fileprivate var serviceError: ServiceError {
        switch self {
        case .libraryNotFound, .libraryUnusable: .unavailable(description)
        case .modelTooLarge, .modelRefused, .modelUnsupported, .inputRefused, .outputUnknown: .invalid(description)
        case .timedOut: .timedOut(description)
        case .runFailed: ServiceError(.internal, "the model failed on this input")
        }
    }
}
