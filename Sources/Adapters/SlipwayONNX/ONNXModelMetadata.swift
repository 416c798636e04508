/// What a model says about one of its inputs or outputs.
package struct ONNXValueInfo: Sendable, Equatable {
    /// The name by which the value is given or asked for.
    package var name: String
    /// The type of the elements.
    package var elementType: ONNXElementType
    /// The length of each dimension; -1 where it is free.
    package var shape: [Int]
    /// Whether the model gives a sequence of maps (scikit-learn's ZipMap), which is flattened to rows and columns.
    package var isSequenceOfMaps: Bool

    /// Describes a value.
    package init(name: String, elementType: ONNXElementType, shape: [Int], isSequenceOfMaps: Bool = false) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.isSequenceOfMaps = isSequenceOfMaps
    }
}

/// What a model says about itself.
package struct ONNXModelMetadata: Sendable, Equatable {
    /// The program that made the model, such as `skl2onnx`.
    package var producer: String
    /// The name of the graph.
    package var graphName: String
    /// The description, in the words of the model's author.
    package var description: String
    /// The version number in the model, which few tools set.
    package var version: Int64
    /// Free keys and values.
    package var custom: [String: String]
}

/// Reads descriptions out of a loaded session.
struct ONNXMetadataReader {
    let runtime: ONNXRuntime
    let session: OpaquePointer

    private var functions: ONNXFunctions { runtime.functions }

    private func refused(_ code: ONNXErrorCode, _ message: String) -> ONNXError {
        .modelRefused(code: code, message: message)
    }

    private func made(_ call: (ONNXHandleSlot) -> ONNXStatus) throws(ONNXError) -> OpaquePointer {
        var handle: OpaquePointer?
        try functions.check(call(&handle), refused)
        guard let handle else { throw refused(.fail, "a description is missing") }
        return handle
    }

    /// Takes a string that the library allocated, and frees it.
    private func text(_ call: (ONNXStringSlot) -> ONNXStatus) throws(ONNXError) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        try functions.check(call(&text), refused)
        guard let text else { return nil }
        let result = String(cString: text)
        try functions.check(functions.allocatorFree(runtime.allocator, text), refused)
        return result
    }

    /// Describes all inputs, in the model's order.
    func inputs() throws(ONNXError) -> [ONNXValueInfo] {
        try values(functions.sessionGetInputCount, functions.sessionGetInputName, functions.sessionGetInputTypeInfo)
    }

    /// Describes all outputs, in the model's order.
    func outputs() throws(ONNXError) -> [ONNXValueInfo] {
        try values(functions.sessionGetOutputCount, functions.sessionGetOutputName, functions.sessionGetOutputTypeInfo)
    }

    private func values(
        _ count: ONNXFunctions.Number,
        _ name: ONNXFunctions.ChildName,
        _ type: ONNXFunctions.Child
    ) throws(ONNXError) -> [ONNXValueInfo] {
        var number = 0
        try functions.check(count(session, &number), refused)
        var infos: [ONNXValueInfo] = []
        for index in 0..<number {
            let valueName = try text { name(session, index, runtime.allocator, $0) } ?? ""
            let typeInfo = try made { type(session, index, $0) }
            defer { functions.releaseTypeInfo(typeInfo) }
            infos.append(try describe(name: valueName, typeInfo: typeInfo))
        }
        return infos
    }

    private func describe(name: String, typeInfo: OpaquePointer) throws(ONNXError) -> ONNXValueInfo {
        switch try kind(of: typeInfo) {
        case .tensor:
            let (elementType, shape) = try tensor(typeInfo, name: name)
            return ONNXValueInfo(name: name, elementType: elementType, shape: shape)
        case .sequence:
            // Borrowed from `typeInfo`, as every result of a cast.
            let sequence = try made { functions.castTypeInfoToSequenceTypeInfo(typeInfo, $0) }
            let element = try made { functions.getSequenceElementType(sequence, $0) }
            defer { functions.releaseTypeInfo(element) }
            guard try kind(of: element) == .map else { break }
            let map = try made { functions.castTypeInfoToMapTypeInfo(element, $0) }
            let value = try made { functions.getMapValueType(map, $0) }
            defer { functions.releaseTypeInfo(value) }
            var key: Int32 = 0
            try functions.check(functions.getMapKeyType(map, &key), refused)
            guard try kind(of: value) == .tensor, try tensor(value, name: name).type == .float,
                key == ONNXElementType.int64.rawValue || key == ONNXElementType.string.rawValue
            else { break }
            return ONNXValueInfo(name: name, elementType: .float, shape: [-1, -1], isSequenceOfMaps: true)
        case .map, .opaque, .sparseTensor, .optional, nil:
            break
        }
        throw .modelUnsupported(
            reason: "\"\(name)\" is neither a tensor nor a sequence of class probabilities. Export it as a tensor."
        )
    }

    private func kind(of typeInfo: OpaquePointer) throws(ONNXError) -> ONNXValueKind? {
        var number: Int32 = 0
        try functions.check(functions.getOnnxTypeFromTypeInfo(typeInfo, &number), refused)
        return ONNXValueKind(rawValue: number)
    }

    private func tensor(
        _ typeInfo: OpaquePointer,
        name: String
    ) throws(ONNXError) -> (type: ONNXElementType, shape: [Int]) {
        let tensor = try made { functions.castTypeInfoToTensorInfo(typeInfo, $0) }
        var number: Int32 = 0
        var rank = 0
        try functions.check(functions.getTensorElementType(tensor, &number), refused)
        try functions.check(functions.getDimensionsCount(tensor, &rank), refused)
        guard let type = ONNXElementType(rawValue: number) else {
            throw .modelUnsupported(
                reason: "\"\(name)\" has elements of ONNX type \(number), such as an 8-bit float. "
                    + "Cast it to a 32-bit float in the model."
            )
        }
        var shape = [Int64](repeating: -1, count: rank)
        try functions.check(functions.getDimensions(tensor, &shape, rank), refused)
        return (type, shape.map { $0 < 0 ? -1 : Int($0) })
    }

    /// Reads what the model says about itself.
    func model() throws(ONNXError) -> ONNXModelMetadata {
        let metadata = try made { functions.metadata.sessionGetModelMetadata(session, $0) }
        defer { functions.metadata.releaseModelMetadata(metadata) }
        let allocator = runtime.allocator
        var version: Int64 = 0
        try functions.check(functions.metadata.modelMetadataGetVersion(metadata, &version), refused)
        return ONNXModelMetadata(
            producer: try text { functions.metadata.modelMetadataGetProducerName(metadata, allocator, $0) } ?? "",
            graphName: try text { functions.metadata.modelMetadataGetGraphName(metadata, allocator, $0) } ?? "",
            description: try text { functions.metadata.modelMetadataGetDescription(metadata, allocator, $0) } ?? "",
            version: version,
            custom: try custom(of: metadata)
        )
    }

    private func custom(of metadata: OpaquePointer) throws(ONNXError) -> [String: String] {
        let allocator = runtime.allocator
        var keys: ONNXStringSlot?
        var count: Int64 = 0
        try functions.check(
            functions.metadata.modelMetadataGetCustomMetadataMapKeys(metadata, allocator, &keys, &count),
            refused
        )
        guard let keys else { return [:] }
        defer {
            for index in 0..<Int(count) { _ = functions.allocatorFree(allocator, keys[index]) }
            _ = functions.allocatorFree(allocator, keys)
        }
        var custom: [String: String] = [:]
        for index in 0..<Int(count) {
            guard let key = keys[index] else { continue }
            custom[String(cString: key)] = try text {
                functions.metadata.modelMetadataLookupCustomMetadataMap(metadata, allocator, key, $0)
            }
        }
        return custom
    }
}
