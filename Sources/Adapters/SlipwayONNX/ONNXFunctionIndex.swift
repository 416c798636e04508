/// Names the places of the ONNX Runtime functions that Slipway calls in the library's function table.
///
/// The table only ever grows at its end, so these numbers hold for every library from 1.17 on. They are proved at start
/// by ``ONNXSelfTest``; `reference/onnxruntime-abi.md` says where they come from.
enum ONNXFunctionIndex: Int, CaseIterable {
    case getErrorCode = 1
    case getErrorMessage = 2
    case createSessionFromArray = 8
    case run = 9
    case createSessionOptions = 10
    case setSessionGraphOptimizationLevel = 23
    case sessionGetInputCount = 30
    case sessionGetOutputCount = 31
    case sessionGetInputTypeInfo = 33
    case sessionGetOutputTypeInfo = 34
    case sessionGetInputName = 36
    case sessionGetOutputName = 37
    case createRunOptions = 39
    case runOptionsSetTerminate = 46
    case createTensorAsOrtValue = 48
    case createTensorWithDataAsOrtValue = 49
    case getTensorMutableData = 51
    case fillStringTensor = 52
    case getStringTensorDataLength = 53
    case getStringTensorContent = 54
    case castTypeInfoToTensorInfo = 55
    case getOnnxTypeFromTypeInfo = 56
    case getTensorElementType = 60
    case getDimensionsCount = 61
    case getDimensions = 62
    case getTensorTypeAndShape = 65
    case createCpuMemoryInfo = 69
    case allocatorFree = 76
    case getAllocatorWithDefaultOptions = 78
    case getValue = 80
    case getValueCount = 81
    case releaseStatus = 93
    case releaseMemoryInfo = 94
    case releaseSession = 95
    case releaseValue = 96
    case releaseRunOptions = 97
    case releaseTypeInfo = 98
    case releaseTensorTypeAndShapeInfo = 99
    case releaseSessionOptions = 100
    case castTypeInfoToMapTypeInfo = 103
    case castTypeInfoToSequenceTypeInfo = 104
    case getMapKeyType = 105
    case getMapValueType = 106
    case getSequenceElementType = 107
    case sessionGetModelMetadata = 111
    case modelMetadataGetProducerName = 112
    case modelMetadataGetGraphName = 113
    case modelMetadataGetDescription = 115
    case modelMetadataLookupCustomMetadataMap = 116
    case modelMetadataGetVersion = 117
    case releaseModelMetadata = 118
    case createEnvWithGlobalThreadPools = 119
    case disablePerSessionThreads = 120
    case createThreadingOptions = 121
    case releaseThreadingOptions = 122
    case modelMetadataGetCustomMetadataMapKeys = 123
    case getAvailableProviders = 125
    case releaseAvailableProviders = 126
    case addSessionConfigEntry = 130
    case setGlobalIntraOpNumThreads = 147
    case setGlobalInterOpNumThreads = 148
    case setGlobalSpinControl = 149
}
