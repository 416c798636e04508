import CArrow
import Foundation
import Glibc

/// Finds and opens the DuckDB library.
enum DuckDBLibrary {
    /// The environment variable that names the library.
    static let environmentVariable = "SLIPWAY_DUCKDB"

    /// Where the library lies inside the folder that it was unpacked into: a wheel or an official archive.
    private static let folders = ["", "lib", "_duckdb", "duckdb"]

    /// The path of the library to use.
    static func locate(explicitPath: String?) throws(TabularError) -> String {
        if let path = explicitPath ?? getenv(environmentVariable).map({ String(cString: $0) }), !path.isEmpty {
            guard FileManager.default.fileExists(atPath: path) else { throw .libraryNotFound(searched: [path]) }
            return path
        }
        var searched: [String] = []
        for root in roots() {
            let unpacked = root + "/.deps/duckdb"
            searched.append(unpacked)
            for folder in folders {
                let path = folder.isEmpty ? unpacked : unpacked + "/" + folder
                if let name = libraryName(in: path) { return path + "/" + name }
            }
        }
        throw .libraryNotFound(searched: searched)
    }

    /// Opens the library and gives its ADBC driver.
    static func driver(path: String) throws(TabularError) -> AdbcDriver {
        let initialize = try open(path: path)
        do {
            return try AdbcDriver(initialize: initialize)
        } catch {
            throw .libraryUnusable(path: path, reason: EngineMessage.sentence(error.message))
        }
    }

    private static func open(path: String) throws(TabularError) -> SlipwayAdbcInitialize {
        if let python = pythonLibrary(for: path) {
            // The extension module leaves Python's symbols to its host. None is called: they only have to be there.
            guard dlopen(python, RTLD_NOW | RTLD_GLOBAL) != nil else {
                throw .libraryUnusable(
                    path: path,
                    reason: "it is a Python module and needs \(python), which Debian has in the package "
                        + "\(python.replacingOccurrences(of: ".so.1.0", with: "")) (\(lastError()))"
                )
            }
        }
        guard let library = dlopen(path, RTLD_LAZY | RTLD_LOCAL) else {
            throw .libraryUnusable(path: path, reason: lastError())
        }
        guard let symbol = dlsym(library, "duckdb_adbc_init") else {
            throw .libraryUnusable(path: path, reason: "it has no function duckdb_adbc_init")
        }
        return unsafeBitCast(symbol, to: SlipwayAdbcInitialize.self)
    }

    /// The Python library that a module named like `_duckdb.cpython-311-x86_64-linux-gnu.so` was built for.
    static func pythonLibrary(for path: String) -> String? {
        guard let name = path.split(separator: "/").last, let tag = name.range(of: ".cpython-3") else { return nil }
        let minor = name[tag.upperBound...].prefix(while: \.isNumber)
        return minor.isEmpty ? nil : "libpython3.\(minor).so.1.0"
    }

    private static func lastError() -> String {
        dlerror().map { String(cString: $0) } ?? "it cannot be opened"
    }

    /// The working directory, then the folders above the executable, nearest first.
    static func roots() -> [String] {
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

    /// An official library before a Python module.
    private static func libraryName(in folder: String) -> String? {
        // A folder that cannot be listed holds no library for us; the search goes on elsewhere.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.first { $0 == "libduckdb.so" }
            ?? names.filter { ($0.hasPrefix("_duckdb.") || $0.hasPrefix("duckdb.")) && $0.hasSuffix(".so") }.min()
    }
}
