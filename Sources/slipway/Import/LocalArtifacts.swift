import AsyncHTTPClient
import Foundation
import Glibc
import SlipwayDomain

/// Artifact folders on this machine, as an MLflow server wrote them.
struct LocalArtifacts: Sendable {
    /// The folder of the database: relative paths in it were meant from where its server was started.
    private let base: String
    /// What `mlflow-artifacts:/` stands for; nil when that is not known.
    private let served: String?

    private static let mostFiles = 1_000_000
    private static let deepest = 64

    init(database: String, served: String?) throws {
        base = URL(fileURLWithPath: database).deletingLastPathComponent().path
        if let served {
            let path = URL(fileURLWithPath: served).standardizedFileURL.path
            guard Self.isFolder(path) else { throw CommandError("--artifacts \(path) is no folder") }
            self.served = path
        } else {
            // Where `mlflow server` puts artifacts unless told otherwise.
            let usual = base + "/mlartifacts"
            self.served = Self.isFolder(usual) ? usual : nil
        }
    }

    /// All files under an artifact URI, sorted by path. Links are not followed, so that nothing outside is read.
    func files(at uri: String) throws -> [SourceFile] {
        let root = try folder(of: uri)
        var files: [SourceFile] = []
        try collect(root, "", depth: 0, into: &files)
        return files.sorted { $0.path < $1.path }
    }

    func open(_ file: SourceFile, at uri: String) throws -> (size: Int64, body: HTTPClientRequest.Body) {
        let path = try folder(of: uri) + "/" + file.path
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError("cannot read \(path): \(String(cString: strerror(errno)))") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        return (Int64(size), .stream(FilePieces(handle: handle), length: .known(Int64(size))))
    }

    /// The whole of a small file; nil when there is none.
    func text(_ path: String, at uri: String) throws -> Data? {
        let root = try folder(of: uri)
        let attributes = try? FileManager.default.attributesOfItem(atPath: root + "/" + path)  // nil for no file
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
        return try Data(contentsOf: URL(fileURLWithPath: root + "/" + path))
    }

    private func folder(of uri: String) throws -> String {
        switch ArtifactPlace(uri) {
        case .local(let path): return path.hasPrefix("/") ? path : base + "/" + path
        case .served(let path):
            guard let served else {
                throw CommandError(
                    "its files are behind the MLflow server: say where it keeps them with --artifacts DIR"
                )
            }
            guard !path.parts(at: "/").contains("..") else { throw CommandError("its artifact URI holds '..'") }
            return served + "/" + path
        case .remote: throw CommandError("its files are at \(uri.prefix(200))")
        }
    }

    private func collect(_ folder: String, _ prefix: String, depth: Int, into files: inout [SourceFile]) throws {
        guard depth <= Self.deepest else { throw CommandError("the artifact folders are nested too deep: \(prefix)") }
        guard Self.isFolder(folder) else { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            // These are of a link itself, not of what it points at.
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory?: try collect(folder + "/" + name, prefix + name + "/", depth: depth + 1, into: &files)
            case .typeRegular?:
                guard files.count < Self.mostFiles else { throw CommandError("it has over a million files") }
                let changed = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
                let size = (attributes[.size] as? NSNumber)?.int64Value
                files.append(SourceFile(path: prefix + name, size: size, changed: Int64(changed * 1000)))
            default: throw CommandError("\(folder)/\(name) is a link or a device, which is not followed")
            }
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
