/// The library's function table, not typed yet.
struct ONNXFunctionTable {
    let table: UnsafePointer<UnsafeRawPointer?>
    let libraryPath: String

    /// The function at a place, as the type that the caller expects there.
    func entry<Function>(_ index: ONNXFunctionIndex) throws(ONNXError) -> Function {
        guard let function = table[index.rawValue] else {
            throw .libraryUnusable(path: libraryPath, reason: "its function \(index) is missing")
        }
        return unsafeBitCast(function, to: Function.self)
    }
}

extension ONNXMetadataFunctions {
    /// Reads the typed functions out of the library's table.
    init(_ source: ONNXFunctionTable) throws(ONNXError) {
        sessionGetModelMetadata = try source.entry(.sessionGetModelMetadata)
        modelMetadataGetProducerName = try source.entry(.modelMetadataGetProducerName)
        modelMetadataGetGraphName = try source.entry(.modelMetadataGetGraphName)
        modelMetadataGetDescription = try source.entry(.modelMetadataGetDescription)
        modelMetadataGetVersion = try source.entry(.modelMetadataGetVersion)
        modelMetadataGetCustomMetadataMapKeys = try source.entry(.modelMetadataGetCustomMetadataMapKeys)
        modelMetadataLookupCustomMetadataMap = try source.entry(.modelMetadataLookupCustomMetadataMap)
        releaseModelMetadata = try source.entry(.releaseModelMetadata)
    }
}

extension ONNXFunctions {
    /// Reads the typed functions out of the library's table.
    init(table: UnsafePointer<UnsafeRawPointer?>, libraryPath: String) throws(ONNXError) {
        let source = ONNXFunctionTable(table: table, libraryPath: libraryPath)
        getErrorCode = try source.entry(.getErrorCode)
        getErrorMessage = try source.entry(.getErrorMessage)
        releaseStatus = try source.entry(.releaseStatus)
        createThreadingOptions = try source.entry(.createThreadingOptions)
        setGlobalIntraOpNumThreads = try source.entry(.setGlobalIntraOpNumThreads)
        setGlobalInterOpNumThreads = try source.entry(.setGlobalInterOpNumThreads)
        setGlobalSpinControl = try source.entry(.setGlobalSpinControl)
        releaseThreadingOptions = try source.entry(.releaseThreadingOptions)
        createEnvWithGlobalThreadPools = try source.entry(.createEnvWithGlobalThreadPools)
        createCpuMemoryInfo = try source.entry(.createCpuMemoryInfo)
        releaseMemoryInfo = try source.entry(.releaseMemoryInfo)
        getAllocatorWithDefaultOptions = try source.entry(.getAllocatorWithDefaultOptions)
        allocatorFree = try source.entry(.allocatorFree)
        getAvailableProviders = try source.entry(.getAvailableProviders)
        releaseAvailableProviders = try source.entry(.releaseAvailableProviders)
        createSessionOptions = try source.entry(.createSessionOptions)
        setSessionGraphOptimizationLevel = try source.entry(.setSessionGraphOptimizationLevel)
        disablePerSessionThreads = try source.entry(.disablePerSessionThreads)
        addSessionConfigEntry = try source.entry(.addSessionConfigEntry)
        releaseSessionOptions = try source.entry(.releaseSessionOptions)
        createSessionFromArray = try source.entry(.createSessionFromArray)
        releaseSession = try source.entry(.releaseSession)
        sessionGetInputCount = try source.entry(.sessionGetInputCount)
        sessionGetOutputCount = try source.entry(.sessionGetOutputCount)
        sessionGetInputTypeInfo = try source.entry(.sessionGetInputTypeInfo)
        sessionGetOutputTypeInfo = try source.entry(.sessionGetOutputTypeInfo)
        sessionGetInputName = try source.entry(.sessionGetInputName)
        sessionGetOutputName = try source.entry(.sessionGetOutputName)
        getOnnxTypeFromTypeInfo = try source.entry(.getOnnxTypeFromTypeInfo)
        castTypeInfoToTensorInfo = try source.entry(.castTypeInfoToTensorInfo)
        castTypeInfoToSequenceTypeInfo = try source.entry(.castTypeInfoToSequenceTypeInfo)
        castTypeInfoToMapTypeInfo = try source.entry(.castTypeInfoToMapTypeInfo)
        getSequenceElementType = try source.entry(.getSequenceElementType)
        getMapKeyType = try source.entry(.getMapKeyType)
        getMapValueType = try source.entry(.getMapValueType)
        releaseTypeInfo = try source.entry(.releaseTypeInfo)
        getTensorElementType = try source.entry(.getTensorElementType)
        getDimensionsCount = try source.entry(.getDimensionsCount)
        getDimensions = try source.entry(.getDimensions)
        releaseTensorTypeAndShapeInfo = try source.entry(.releaseTensorTypeAndShapeInfo)
        metadata = try ONNXMetadataFunctions(source)
        createRunOptions = try source.entry(.createRunOptions)
        runOptionsSetTerminate = try source.entry(.runOptionsSetTerminate)
        releaseRunOptions = try source.entry(.releaseRunOptions)
        run = try source.entry(.run)
        createTensorAsOrtValue = try source.entry(.createTensorAsOrtValue)
        createTensorWithDataAsOrtValue = try source.entry(.createTensorWithDataAsOrtValue)
        getTensorMutableData = try source.entry(.getTensorMutableData)
        getTensorTypeAndShape = try source.entry(.getTensorTypeAndShape)
        fillStringTensor = try source.entry(.fillStringTensor)
        getStringTensorDataLength = try source.entry(.getStringTensorDataLength)
        getStringTensorContent = try source.entry(.getStringTensorContent)
        getValue = try source.entry(.getValue)
        getValueCount = try source.entry(.getValueCount)
        releaseValue = try source.entry(.releaseValue)
    }

    /// Turns a failed status into an error made by `convert`, and releases it.
    @inline(__always)
    func check(_ status: ONNXStatus, _ convert: (ONNXErrorCode, String) -> ONNXError) throws(ONNXError) {
        guard let status else { return }
        throw failure(status, convert)
    }

    /// The error behind a failed status, which is released.
    @inline(never)
    func failure(_ status: OpaquePointer, _ convert: (ONNXErrorCode, String) -> ONNXError) -> ONNXError {
        defer { releaseStatus(status) }
        let message = getErrorMessage(status).map { String(cString: $0) } ?? "no message"
        return convert(ONNXErrorCode(rawValue: getErrorCode(status)) ?? .fail, message)
    }
}
