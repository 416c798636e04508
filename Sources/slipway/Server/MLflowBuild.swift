import Foundation
import SlipwayObjects
import SlipwayService

/// Finds the static build of MLflow's web pages in an installed `mlflow` package.
enum MLflowBuild {
    /// The build of the package at `place`, or, when that is empty, of the package that a Python here would import.
    static func find(_ place: String) throws -> PageFolder {
        let folder = try place.isEmpty ? installed() : given(place)
        do {
            return try PageFolder(root: folder.path)
        } catch {
            throw CommandError("cannot read MLflow's pages in \(folder.path): \(error.message)")
        }
    }

    /// The build in a folder that somebody named: the build itself, the package, site-packages or an environment.
    private static func given(_ place: String) throws -> URL {
        let root = URL(filePath: place)
        var candidates = [
            root, root.appending(path: "server/js/build"), root.appending(path: "mlflow/server/js/build"),
        ]
        let library = root.appending(path: "lib")
        // An unreadable or absent lib folder only means that this is no Python environment.
        for python in (try? FileManager.default.contentsOfDirectory(atPath: library.path)) ?? [] {
            candidates.append(library.appending(path: "\(python)/site-packages/mlflow/server/js/build"))
        }
        guard let build = candidates.first(where: hasIndex) else {
            throw CommandError(
                "\(place) holds no pages of MLflow: name the folder of an installed mlflow package (pip install mlflow; "
                    + "mlflow-skinny has no pages)"
            )
        }
        return build
    }

    private static func installed() throws -> URL {
        var isSkinny = false
        for python in pythons() {
            guard let package = package(of: python) else { continue }
            let build = package.appending(path: "server/js/build")
            if hasIndex(build) { return build }
            isSkinny = true
        }
        throw CommandError(
            isSkinny
                ? "the mlflow package of this Python has no pages (mlflow-skinny has none): pip install mlflow"
                : "no Python here has the mlflow package, whose pages --mlflow-ui serves: pip install mlflow, "
                    + "or say where it is with --mlflow-ui DIR"
        )
    }

    private static func hasIndex(_ folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: "index.html").path)
    }

    /// The Pythons to ask, best first: of the active environment, of the project here, and those on the PATH.
    private static func pythons() -> [URL] {
        let environment = ProcessInfo.processInfo.environment
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let active = environment["VIRTUAL_ENV"].map { ["\($0)/bin"] } ?? []
        return (active + [".venv/bin"] + path)
            .flatMap { folder in ["python3", "python"].map { URL(filePath: folder).appending(path: $0) } }
            .filter { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Where `python` would import mlflow from. It is found, not imported, which takes a twentieth of a second; what lies
    /// in the current folder does not count.
    private static func package(of python: URL) -> URL? {
        let script = """
            import sys
            sys.path = [folder for folder in sys.path if folder]
            import importlib.util
            spec = importlib.util.find_spec("mlflow")
            print(list(spec.submodule_search_locations)[0] if spec and spec.submodule_search_locations else "")
            """
        let process = Process()
        let output = Pipe()
        process.executableURL = python
        process.arguments = ["-c", script]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            // A Python that cannot be started has no package for us; the next one is asked.
            return nil
        }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : URL(filePath: text)
    }
}
