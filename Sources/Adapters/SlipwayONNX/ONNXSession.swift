package import Foundation
import Glibc

/// A loaded model, ready to run from any number of threads at once.
///
/// A run blocks its thread for as long as the model computes, so call it on threads that may block and not on Swift's
/// cooperative pool. SAFETY: every member is immutable, and ONNX Runtime documents concurrent runs on one session. A
/// run holds the session, so it is released only after the last run has ended.
package final class ONNXSession: @unchecked Sendable {
    /// The largest model that is loaded unless the caller says otherwise.
    package static let defaultMaximumBytes = 512 << 20

    /// More inputs than this are refused: each takes a little stack during a run.
    static let maximumInputs = 512

    /// The inputs, in the model's order; every one must be given.
    package let inputs: [ONNXValueInfo]
    /// The outputs, in the model's order.
    package let outputs: [ONNXValueInfo]
    /// What the model says about itself.
    package let metadata: ONNXModelMetadata

    /// Whether the model runs on a GPU.
    package var isOnGPU: Bool { handle.isOnGPU }

    let runtime: ONNXRuntime
    let handle: ONNXSessionHandle
    let inputNames: ONNXNameTable
    let outputNames: ONNXNameTable
    let everyOutput: [Int]

    /// Loads a model from its bytes, which are not needed afterwards.
    ///
    /// A model that keeps tensors in other files is refused, because a stranger's model could so read any file that
    /// lies below the working directory.
    package init(
        model: [UInt8],
        runtime: ONNXRuntime,
        maximumBytes: Int = ONNXSession.defaultMaximumBytes
    ) throws(ONNXError) {
        guard model.count <= maximumBytes else {
            throw .modelTooLarge(bytes: model.count, limit: maximumBytes)
        }
        handle = try model.withUnsafeBufferPointer { (bytes) throws(ONNXError) in
            try ONNXSessionHandle(bytes: UnsafeRawBufferPointer(bytes), runtime: runtime)
        }
        let reader = ONNXMetadataReader(runtime: runtime, session: handle.pointer)
        inputs = try reader.inputs()
        outputs = try reader.outputs()
        metadata = try reader.model()
        guard inputs.count <= Self.maximumInputs else {
            throw .modelUnsupported(
                reason: "it has \(inputs.count) inputs and the limit is \(Self.maximumInputs). "
                    + "Combine them into tensors."
            )
        }
        if let input = inputs.first(where: \.isSequenceOfMaps) {
            throw .modelUnsupported(reason: "its input \"\(input.name)\" is a sequence of maps. Give it as a tensor.")
        }
        self.runtime = runtime
        inputNames = ONNXNameTable(inputs.map(\.name))
        outputNames = ONNXNameTable(outputs.map(\.name))
        everyOutput = Array(outputs.indices)
    }

    /// Loads a model from data.
    package convenience init(
        model: Data,
        runtime: ONNXRuntime,
        maximumBytes: Int = ONNXSession.defaultMaximumBytes
    ) throws(ONNXError) {
        guard model.count <= maximumBytes else {
            throw .modelTooLarge(bytes: model.count, limit: maximumBytes)
        }
        try self.init(model: [UInt8](model), runtime: runtime, maximumBytes: maximumBytes)
    }
}

/// Owns the library's session object.
final class ONNXSessionHandle {
    let pointer: OpaquePointer
    /// Whether the session was put on a GPU.
    let isOnGPU: Bool
    private let release: ONNXFunctions.Release

    init(bytes: UnsafeRawBufferPointer, runtime: ONNXRuntime) throws(ONNXError) {
        func refused(_ code: ONNXErrorCode, _ message: String) -> ONNXError {
            .modelRefused(code: code, message: message)
        }
        guard !bytes.isEmpty else { throw refused(.invalidArgument, "it is empty.") }
        switch ONNXModelScan.verdict(on: bytes) {
        case .selfContained: break
        case .malformed: throw refused(.invalidProtobuf, "it is no ONNX protobuf, or it is cut off.")
        case .refersToFiles:
            throw .modelUnsupported(
                reason: "it keeps tensors in other files. Save it as one file "
                    + "(onnx.save with save_as_external_data=False)."
            )
        }
        let functions = runtime.functions
        var options: OpaquePointer?
        try functions.check(functions.createSessionOptions(&options), refused)
        defer { functions.releaseSessionOptions(options) }
        try functions.check(functions.disablePerSessionThreads(options), refused)
        // 99 switches every optimisation on.
        try functions.check(functions.setSessionGraphOptimizationLevel(options, 99), refused)
        // The library's second format is not scanned above, so it is not accepted.
        try functions.check(functions.addSessionConfigEntry(options, "session.load_model_format", "ONNX"), refused)
        isOnGPU = runtime.accelerator.add(to: options, functions: functions)
        var session: OpaquePointer?
        try functions.check(
            functions.createSessionFromArray(runtime.environment, bytes.baseAddress, bytes.count, options, &session),
            refused
        )
        guard let session else { throw refused(.fail, "the library gave no session.") }
        pointer = session
        release = functions.releaseSession
    }

    deinit {
        release(pointer)
    }
}

/// Keeps names as C strings for as long as a session lives, so that no run has to make them.
final class ONNXNameTable {
    let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ names: [String]) {
        count = names.count
        pointers = .allocate(capacity: max(1, count))
        pointers.initialize(repeating: nil, count: max(1, count))
        for (index, name) in names.enumerated() {
            pointers[index] = strdup(name).map { UnsafePointer($0) }
        }
    }

    deinit {
        for index in 0..<count { free(UnsafeMutablePointer(mutating: pointers[index])) }
        pointers.deallocate()
    }
}
