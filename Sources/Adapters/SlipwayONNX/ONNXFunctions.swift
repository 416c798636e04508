/// A status object of ONNX Runtime; nil means success.
typealias ONNXStatus = OpaquePointer?

/// A place where the library writes the handle it made.
typealias ONNXHandleSlot = UnsafeMutablePointer<OpaquePointer?>

/// A place where the library writes a string it allocated.
typealias ONNXStringSlot = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// A list of C strings, as the library takes them.
typealias ONNXNameList = UnsafePointer<UnsafePointer<CChar>?>

/// The typed functions of one loaded ONNX Runtime library.
///
/// SAFETY: every member is an immutable C function pointer into a library that is never unloaded, so sharing is sound.
struct ONNXFunctions: @unchecked Sendable {
    typealias Make = @convention(c) (ONNXHandleSlot?) -> ONNXStatus
    typealias Release = @convention(c) (OpaquePointer?) -> Void
    typealias Number = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>?) -> ONNXStatus
    typealias Enumerator = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?) -> ONNXStatus
    typealias View = @convention(c) (OpaquePointer?, ONNXHandleSlot?) -> ONNXStatus
    typealias Child = @convention(c) (OpaquePointer?, Int, ONNXHandleSlot?) -> ONNXStatus
    typealias ChildName = @convention(c) (OpaquePointer?, Int, OpaquePointer?, ONNXStringSlot?) -> ONNXStatus
    typealias Text = @convention(c) (OpaquePointer?, OpaquePointer?, ONNXStringSlot?) -> ONNXStatus
    typealias Setting = @convention(c) (OpaquePointer?, Int32) -> ONNXStatus
    typealias Action = @convention(c) (OpaquePointer?) -> ONNXStatus

    let getErrorCode: @convention(c) (OpaquePointer?) -> Int32
    let getErrorMessage: @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
    let releaseStatus: Release

    let createThreadingOptions: Make
    let setGlobalIntraOpNumThreads: Setting
    let setGlobalInterOpNumThreads: Setting
    let setGlobalSpinControl: Setting
    let releaseThreadingOptions: Release
    let createEnvWithGlobalThreadPools:
        @convention(c) (Int32, UnsafePointer<CChar>?, OpaquePointer?, ONNXHandleSlot?) -> ONNXStatus
    let createCpuMemoryInfo: @convention(c) (Int32, Int32, ONNXHandleSlot?) -> ONNXStatus
    let releaseMemoryInfo: Release
    let getAllocatorWithDefaultOptions: Make
    let allocatorFree: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> ONNXStatus

    let getAvailableProviders:
        @convention(c) (UnsafeMutablePointer<ONNXStringSlot?>?, UnsafeMutablePointer<Int32>?) -> ONNXStatus
    let releaseAvailableProviders: @convention(c) (ONNXStringSlot?, Int32) -> ONNXStatus
    let createSessionOptions: Make
    let setSessionGraphOptimizationLevel: Setting
    let disablePerSessionThreads: Action
    let addSessionConfigEntry:
        @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> ONNXStatus
    let releaseSessionOptions: Release
    let createSessionFromArray:
        @convention(c) (OpaquePointer?, UnsafeRawPointer?, Int, OpaquePointer?, ONNXHandleSlot?) -> ONNXStatus
    let releaseSession: Release

    let sessionGetInputCount: Number
    let sessionGetOutputCount: Number
    let sessionGetInputTypeInfo: Child
    let sessionGetOutputTypeInfo: Child
    let sessionGetInputName: ChildName
    let sessionGetOutputName: ChildName
    let getOnnxTypeFromTypeInfo: Enumerator
    let castTypeInfoToTensorInfo: View
    let castTypeInfoToSequenceTypeInfo: View
    let castTypeInfoToMapTypeInfo: View
    let getSequenceElementType: View
    let getMapKeyType: Enumerator
    let getMapValueType: View
    let releaseTypeInfo: Release
    let getTensorElementType: Enumerator
    let getDimensionsCount: Number
    let getDimensions: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int64>?, Int) -> ONNXStatus
    let releaseTensorTypeAndShapeInfo: Release

    let metadata: ONNXMetadataFunctions

    let createRunOptions: Make
    let runOptionsSetTerminate: Action
    let releaseRunOptions: Release
    let run:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, ONNXNameList?, UnsafePointer<OpaquePointer?>?, Int, ONNXNameList?, Int,
            ONNXHandleSlot?
        ) -> ONNXStatus

    let createTensorAsOrtValue:
        @convention(c) (OpaquePointer?, UnsafePointer<Int64>?, Int, Int32, ONNXHandleSlot?) -> ONNXStatus
    let createTensorWithDataAsOrtValue:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafePointer<Int64>?, Int, Int32, ONNXHandleSlot?
        ) -> ONNXStatus
    let getTensorMutableData:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> ONNXStatus
    let getTensorTypeAndShape: View
    let fillStringTensor: @convention(c) (OpaquePointer?, ONNXNameList?, Int) -> ONNXStatus
    let getStringTensorDataLength: Number
    let getStringTensorContent:
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?, Int) -> ONNXStatus
    let getValue: @convention(c) (OpaquePointer?, Int32, OpaquePointer?, ONNXHandleSlot?) -> ONNXStatus
    let getValueCount: Number
    let releaseValue: Release
}

/// The functions that tell what a model says about itself.
///
/// SAFETY: as for ``ONNXFunctions``.
struct ONNXMetadataFunctions: @unchecked Sendable {
    typealias Release = ONNXFunctions.Release
    typealias Text = ONNXFunctions.Text
    typealias View = ONNXFunctions.View

    let sessionGetModelMetadata: View
    let modelMetadataGetProducerName: Text
    let modelMetadataGetGraphName: Text
    let modelMetadataGetDescription: Text
    let modelMetadataGetVersion: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int64>?) -> ONNXStatus
    let modelMetadataGetCustomMetadataMapKeys:
        @convention(c) (
            OpaquePointer?, OpaquePointer?, UnsafeMutablePointer<ONNXStringSlot?>?, UnsafeMutablePointer<Int64>?
        ) -> ONNXStatus
    let modelMetadataLookupCustomMetadataMap:
        @convention(c) (OpaquePointer?, OpaquePointer?, UnsafePointer<CChar>?, ONNXStringSlot?) -> ONNXStatus
    let releaseModelMetadata: Release
}
