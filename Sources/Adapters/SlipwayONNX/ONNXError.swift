/// The code that ONNX Runtime gives to a failure.
package enum ONNXErrorCode: Int32, Sendable, Equatable {
    case fail = 1
    case invalidArgument = 2
    case noSuchFile = 3
    case noModel = 4
    case engineError = 5
    case runtimeException = 6
    case invalidProtobuf = 7
    case modelLoaded = 8
    case notImplemented = 9
    case invalidGraph = 10
    case executionProviderFailure = 11
    case modelLoadCanceled = 12
    case modelRequiresCompilation = 13
    case notFound = 14
}

/// Why a model could not be loaded or run.
package enum ONNXError: Error, Sendable, Equatable {
    /// No ONNX Runtime library was found in any of the places looked at.
    case libraryNotFound(searched: [String])
    /// The library was found and cannot be used.
    case libraryUnusable(path: String, reason: String)
    /// The model has more bytes than allowed.
    case modelTooLarge(bytes: Int, limit: Int)
    /// ONNX Runtime, or Slipway's own check, refused the model.
    case modelRefused(code: ONNXErrorCode, message: String)
    /// The model is valid, and uses something that Slipway does not serve.
    case modelUnsupported(reason: String)
    /// An input has a wrong name, type, shape or content.
    case inputRefused(reason: String)
    /// An output was asked for that the model does not have.
    case outputUnknown(name: String, known: [String])
    /// The model was stopped by an error while it ran.
    case runFailed(code: ONNXErrorCode, message: String)
    /// The model ran longer than it may.
    case timedOut(milliseconds: Int)
}

extension ONNXError: CustomStringConvertible {
    /// A sentence that says what happened and what to do.
    package var description: String {
        switch self {
        case .libraryNotFound(let searched):
            "ONNX Runtime was not found. Set SLIPWAY_ONNXRUNTIME to the path of libonnxruntime.so, or unpack the "
                + "onnxruntime wheel into .deps/onnxruntime. Looked at: \(searched.joined(separator: ", "))."
        case .libraryUnusable(let path, let reason):
            "The ONNX Runtime library \(path) cannot be used: \(reason). Slipway needs version 1.17 or newer."
        case .modelTooLarge(let bytes, let limit):
            "The model has \(bytes) bytes and the limit is \(limit). Make it smaller, or raise the limit."
        case .modelRefused(let code, let message):
            "The file is not a model that can be loaded (\(code)): \(message)"
        case .modelUnsupported(let reason):
            "The model cannot be served: \(reason)"
        case .inputRefused(let reason):
            reason
        case .outputUnknown(let name, let known):
            "The model has no output \"\(name)\". Its outputs are: \(known.joined(separator: ", "))."
        case .runFailed(let code, let message):
            "The model failed while it ran (\(code)): \(message)"
        case .timedOut(let milliseconds):
            "The model did not finish within \(milliseconds) ms and was stopped."
        }
    }
}
