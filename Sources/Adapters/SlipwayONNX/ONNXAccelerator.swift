import Glibc

/// The GPU that sessions run on when the library was built for one and the machine has it.
///
/// SAFETY: as for ``ONNXFunctions``: C function pointers into a library that is never unloaded.
struct ONNXAccelerator: @unchecked Sendable {
    /// Adds a device to a session's options, by the device's number.
    typealias Append = @convention(c) (OpaquePointer?, Int32) -> ONNXStatus

    /// `cpu` keeps all models off the GPU.
    static let environmentVariable = "SLIPWAY_ONNX_DEVICE"

    /// What the library was built with, best first.
    let providers: [String]
    private let append: Append?

    init(functions: ONNXFunctions, appendCUDA: Append?) {
        providers = Self.available(functions)
        let isOff = getenv(Self.environmentVariable).map { String(cString: $0) } == "cpu"
        append = providers.contains("CUDAExecutionProvider") && !isOff ? appendCUDA : nil
    }

    private static func available(_ functions: ONNXFunctions) -> [String] {
        var names: ONNXStringSlot?
        var count: Int32 = 0
        // A library that cannot say has none but the processor.
        if let status = functions.getAvailableProviders(&names, &count) {
            functions.releaseStatus(status)
            return []
        }
        guard let names else { return [] }
        let providers = (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
        if let status = functions.releaseAvailableProviders(names, count) { functions.releaseStatus(status) }
        return providers
    }

    /// Puts a session on the first GPU; false where there is none, and then the processor does all.
    func add(to options: OpaquePointer?, functions: ONNXFunctions) -> Bool {
        guard let append else { return false }
        // A library for GPUs on a machine without one, or without its drivers: the processor serves as well.
        guard let status = append(options, 0) else { return true }
        functions.releaseStatus(status)
        return false
    }
}
