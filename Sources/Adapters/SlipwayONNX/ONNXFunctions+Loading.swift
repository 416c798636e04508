extension ONNXFunctions {
    /// Reads the typed functions out of the library's table.
    init(table: UnsafePointer<UnsafeRawPointer?>, libraryPath: String) throws(ONNXError) {
        func entry<Function>(_ index: ONNXFunctionIndex) throws(ONNXError) -> Function {
            guard let function = table[index.rawValue] else {
                throw .libraryUnusable(path: libraryPath, reason: "its function \(index) is missing")
            }
            return unsafeBitCast(function, to: Function.self)
        }
        getErrorCode = try entry(.getErrorCode)
        getErrorMessage = try entry(.getErrorMessage)
        releaseStatus = try entry(.releaseStatus)
        createThreadingOptions = try entry(.createThreadingOptions)
        setGlobalIntraOpNumThreads = try entry(.setGlobalIntraOpNumThreads)
        setGlobalInterOpNumThreads = try entry(.setGlobalInterOpNumThreads)
        setGlobalSpinControl = try entry(.setGlobalSpinControl)
        releaseThreadingOptions = try entry(.releaseThreadingOptions)
        createEnvWithGlobalThreadPools = try entry(.createEnvWithGlobalThreadPools)
        createCpuMemoryInfo = try entry(.createCpuMemoryInfo)
        releaseMemoryInfo = try entry(.releaseMemoryInfo)
        getAllocatorWithDefaultOptions = try entry(.getAllocatorWithDefaultOptions)
        allocatorFree = try entry(.allocatorFree)
        createSessionOptions = try entry(.createSessionOptions)
        setSessionGraphOptimizationLevel = try entry(.setSessionGraphOptimizationLevel)
        disablePerSessionThreads = try entry(.disablePerSessionThreads)
        addSessionConfigEntry = try entry(.addSessionConfigEntry)
        releaseSessionOptions = try entry(.releaseSessionOptions)
        createSessionFromArray = try entry(.createSessionFromArray)
        releaseSession = try entry(.releaseSession)
        sessionGetInputCount = try entry(.sessionGetInputCount)
        sessionGetOutputCount = try entry(.sessionGetOutputCount)
        sessionGetInputTypeInfo = try entry(.sessionGetInputTypeInfo)
        sessionGetOutputTypeInfo = try entry(.sessionGetOutputTypeInfo)
        sessionGetInputName = try entry(.sessionGetInputName)
        sessionGetOutputName = try entry(.sessionGetOutputName)
        getOnnxTypeFromTypeInfo = try entry(.getOnnxTypeFromTypeInfo)
        castTypeInfoToTensorInfo = try entry(.castTypeInfoToTensorInfo)
        castTypeInfoToSequenceTypeInfo = try entry(.castTypeInfoToSequenceTypeInfo)
        castTypeInfoToMapTypeInfo = try entry(.castTypeInfoToMapTypeInfo)
        getSequenceElementType = try entry(.getSequenceElementType)
        getMapKeyType = try entry(.getMapKeyType)
        getMapValueType = try entry(.getMapValueType)
        releaseTypeInfo = try entry(.releaseTypeInfo)
        getTensorElementType = try entry(.getTensorElementType)
        getDimensionsCount = try entry(.getDimensionsCount)
        getDimensions = try entry(.getDimensions)
        releaseTensorTypeAndShapeInfo = try entry(.releaseTensorTypeAndShapeInfo)
        sessionGetModelMetadata = try entry(.sessionGetModelMetadata)
        modelMetadataGetProducerName = try entry(.modelMetadataGetProducerName)
        modelMetadataGetGraphName = try entry(.modelMetadataGetGraphName)
        modelMetadataGetDescription = try entry(.modelMetadataGetDescription)
        modelMetadataGetVersion = try entry(.modelMetadataGetVersion)
        modelMetadataGetCustomMetadataMapKeys = try entry(.modelMetadataGetCustomMetadataMapKeys)
        modelMetadataLookupCustomMetadataMap = try entry(.modelMetadataLookupCustomMetadataMap)
        releaseModelMetadata = try entry(.releaseModelMetadata)
        createRunOptions = try entry(.createRunOptions)
        runOptionsSetTerminate = try entry(.runOptionsSetTerminate)
        releaseRunOptions = try entry(.releaseRunOptions)
        run = try entry(.run)
        createTensorAsOrtValue = try entry(.createTensorAsOrtValue)
        createTensorWithDataAsOrtValue = try entry(.createTensorWithDataAsOrtValue)
        getTensorMutableData = try entry(.getTensorMutableData)
        getTensorTypeAndShape = try entry(.getTensorTypeAndShape)
        fillStringTensor = try entry(.fillStringTensor)
        getStringTensorDataLength = try entry(.getStringTensorDataLength)
        getStringTensorContent = try entry(.getStringTensorContent)
        getValue = try entry(.getValue)
        getValueCount = try entry(.getValueCount)
        releaseValue = try entry(.releaseValue)
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
