import Foundation
import Glibc

/// Finds and opens the ONNX Runtime library.
enum ONNXLibrary {
    /// The environment variable that names the library.
    static let environmentVariable = "SLIPWAY_ONNXRUNTIME"

    /// Where the library lies inside the folder that it was unpacked into: a wheel or an official archive.
    private static let folders = ["onnxruntime/capi", "capi", "lib", ""]

    /// The path of the library to use.
    static func locate(explicitPath: String?) throws(ONNXError) -> String {
        if let path = explicitPath ?? getenv(environmentVariable).map({ String(cString: $0) }), !path.isEmpty {
            guard FileManager.default.fileExists(atPath: path) else { throw .libraryNotFound(searched: [path]) }
            return path
        }
        var searched: [String] = []
        for root in roots() {
            let unpacked = root + "/.deps/onnxruntime"
            searched.append(unpacked)
            for folder in folders {
                let path = folder.isEmpty ? unpacked : unpacked + "/" + folder
                if let name = libraryName(in: path) { return path + "/" + name }
            }
        }
        throw .libraryNotFound(searched: searched)
    }

    /// What an opened library offers.
    struct Opened {
        let version: String
        let table: UnsafePointer<UnsafeRawPointer?>
        /// Puts a session on a CUDA device; only builds for GPUs export it.
        let appendCUDA: ONNXAccelerator.Append?
    }

    /// Opens the library and gives its version and the function table for ``ONNXRuntime/interfaceVersion``.
    static func open(path: String) throws(ONNXError) -> Opened {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw .libraryUnusable(path: path, reason: dlerror().map { String(cString: $0) } ?? "it cannot be opened")
        }
        guard let symbol = dlsym(library, "OrtGetApiBase") else {
            throw .libraryUnusable(path: path, reason: "it has no function OrtGetApiBase")
        }
        typealias GetBase = @convention(c) () -> UnsafePointer<UnsafeRawPointer?>?
        typealias GetTable = @convention(c) (UInt32) -> UnsafePointer<UnsafeRawPointer?>?
        typealias GetVersion = @convention(c) () -> UnsafePointer<CChar>?
        guard let base = unsafeBitCast(symbol, to: GetBase.self)(), let first = base[0], let second = base[1] else {
            throw .libraryUnusable(path: path, reason: "its entry function gives nothing")
        }
        let version = unsafeBitCast(second, to: GetVersion.self)().map { String(cString: $0) } ?? ""
        guard let table = unsafeBitCast(first, to: GetTable.self)(ONNXRuntime.interfaceVersion) else {
            throw .libraryUnusable(
                path: path,
                reason: "version \"\(version)\" does not offer interface \(ONNXRuntime.interfaceVersion)"
            )
        }
        let cuda = dlsym(library, "OrtSessionOptionsAppendExecutionProvider_CUDA")
        return Opened(
            version: version,
            table: table,
            appendCUDA: cuda.map { unsafeBitCast($0, to: ONNXAccelerator.Append.self) }
        )
    }

    /// The working directory, then the folders above the executable, nearest first.
    private static func roots() -> [String] {
        var roots = [FileManager.default.currentDirectoryPath]
        // Where the link cannot be read, the working directory must do.
        guard var folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return roots
        }
        while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = String(folder[..<slash])
            if !roots.contains(folder) { roots.append(folder) }
        }
        return roots
    }

    /// The newest library file in a folder: `libonnxruntime.so`, or with a version after it.
    private static func libraryName(in folder: String) -> String? {
        // A folder that cannot be listed holds no library for us; the search goes on elsewhere.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0 == "libonnxruntime.so" || $0.hasPrefix("libonnxruntime.so.") }
            .max { $0.compare($1, options: .numeric) == .orderedAscending }
    }
}
