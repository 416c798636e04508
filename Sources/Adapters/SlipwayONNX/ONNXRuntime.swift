import Synchronization

/// The one ONNX Runtime of this process: library, environment and shared memory description.
///
/// SAFETY: the pointers are made once, never changed and never released, and ONNX Runtime documents all three objects
/// as usable from any thread.
package final class ONNXRuntime: @unchecked Sendable {
    /// The version of the function table that is asked for; a newer library still offers it.
    static let interfaceVersion: UInt32 = 17

    /// The version that the library states, such as `1.32.0`.
    package let version: String
    /// The file that the library was opened from.
    package let libraryPath: String

    let functions: ONNXFunctions
    let environment: OpaquePointer
    let memoryInfo: OpaquePointer
    let allocator: OpaquePointer
    let watchdog: ONNXWatchdog
    let accelerator: ONNXAccelerator

    /// The execution providers that the library was built with, best first, such as `CPUExecutionProvider`.
    package var providers: [String] { accelerator.providers }

    private static let loaded = Mutex<ONNXRuntime?>(nil)

    /// Opens the library at first use, tests it, and gives the same object ever after.
    ///
    /// The arguments count at the first successful call only. Without a path, `SLIPWAY_ONNXRUNTIME` is followed, and
    /// then `.deps/onnxruntime` is looked for. One thread per call is best when many requests run side by side; more
    /// shorten a single large call.
    package static func load(
        libraryPath: String? = nil,
        threadsPerCall: Int = 1
    ) throws(ONNXError) -> ONNXRuntime {
        try loaded.withLock { (current: inout ONNXRuntime?) throws(ONNXError) -> ONNXRuntime in
            if let current { return current }
            let path = try ONNXLibrary.locate(explicitPath: libraryPath)
            let runtime = try ONNXRuntime(path: path, threadsPerCall: max(1, threadsPerCall))
            try ONNXSelfTest.run(on: runtime)
            current = runtime
            return runtime
        }
    }

    private init(path: String, threadsPerCall: Int) throws(ONNXError) {
        let opened = try ONNXLibrary.open(path: path)
        let version = opened.version
        guard Self.parses(version: version) else {
            throw .libraryUnusable(path: path, reason: "its version \"\(version)\" is not understood")
        }
        let functions = try ONNXFunctions(table: opened.table, libraryPath: path)
        func unusable(_: ONNXErrorCode, _ message: String) -> ONNXError {
            .libraryUnusable(path: path, reason: message)
        }
        func made(_ call: (ONNXHandleSlot) -> ONNXStatus) throws(ONNXError) -> OpaquePointer {
            var handle: OpaquePointer?
            try functions.check(call(&handle), unusable)
            guard let handle else { throw unusable(.fail, "a call gave no handle") }
            return handle
        }
        let options = try made { functions.createThreadingOptions($0) }
        defer { functions.releaseThreadingOptions(options) }
        try functions.check(functions.setGlobalIntraOpNumThreads(options, Int32(clamping: threadsPerCall)), unusable)
        try functions.check(functions.setGlobalInterOpNumThreads(options, 1), unusable)
        try functions.check(functions.setGlobalSpinControl(options, 0), unusable)
        // Level 4 logs nothing but fatal errors: every other failure reaches the caller as an error.
        environment = try made { functions.createEnvWithGlobalThreadPools(4, "slipway", options, $0) }
        // A device allocator (0) with default memory (0): ordinary memory of this process.
        memoryInfo = try made { functions.createCpuMemoryInfo(0, 0, $0) }
        allocator = try made { functions.getAllocatorWithDefaultOptions($0) }
        self.version = version
        self.libraryPath = path
        self.functions = functions
        watchdog = ONNXWatchdog(functions: functions)
        accelerator = ONNXAccelerator(functions: functions, appendCUDA: opened.appendCUDA)
    }

    /// Whether a version is of the form major.minor, with more after it or not, and not older than 1.17.
    static func parses(version: String) -> Bool {
        let parts = version.split(separator: ".").map { Int($0.prefix(while: \.isNumber)) }
        guard parts.count >= 2, let major = parts[0], let minor = parts[1] else { return false }
        return major > 1 || (major == 1 && minor >= Int(interfaceVersion))
    }
}
