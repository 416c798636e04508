import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SlipwayDomain
import SlipwayJSON
import SlipwayService

extension ServerSource {
    private static let mostFiles = 1_000_000
    private static let deepest = 64
    /// The longest file whose size nobody tells.
    private static let longestUnsized = 64 << 20

    func files(of owner: ImportedOwner, at uri: String) async throws -> [SourceFile] {
        var files: [SourceFile] = []
        try await collect(owner, uri, folder: "", depth: 0, into: &files)
        return files
    }

    private func collect(
        _ owner: ImportedOwner,
        _ uri: String,
        folder: String,
        depth: Int,
        into files: inout [SourceFile]
    ) async throws {
        guard depth <= Self.deepest else { throw CommandError("the artifact folders are nested too deep: \(folder)") }
        for item in try await list(owner, uri, folder) {
            // A server that names something outside the folder, or the folder itself, is not followed.
            guard item.path.utf8.starts(with: folder.isEmpty ? [] : Array((folder + "/").utf8)), item.path != folder,
                (try? ArtifactPath(item.path)) != nil
            else { throw CommandError("the server lists '\(item.path.prefix(100))', which is no path of an artifact") }
            if item.isFolder {
                try await collect(owner, uri, folder: item.path, depth: depth + 1, into: &files)
            } else {
                guard files.count < Self.mostFiles else { throw CommandError("it has over a million files") }
                files.append(SourceFile(path: item.path, size: item.size))
            }
        }
    }

    private typealias Item = (path: String, isFolder: Bool, size: Int64?)

    /// What stands in a folder, with paths from the owner's root.
    private func list(_ owner: ImportedOwner, _ uri: String, _ folder: String) async throws -> [Item] {
        let answer: JSONNode
        var prefix = ""
        switch (ArtifactPlace(uri), owner) {
        case (.served(let root), _):
            let path = folder.isEmpty ? root : root + "/" + folder
            answer = try await server.get("/api/2.0/mlflow-artifacts/artifacts", [("path", path)])
            // These are names, not paths.
            prefix = folder.isEmpty ? "" : folder + "/"
        case (_, .run(let id)):
            let query = [("run_id", id)] + (folder.isEmpty ? [] : [("path", folder)])
            answer = try await server.get("/api/2.0/mlflow/artifacts/list", query)
        case (_, .loggedModel(let id)):
            let query = folder.isEmpty ? [] : [("artifact_directory_path", folder)]
            let path = "/api/2.0/mlflow/logged-models/\(id.urlPart)/artifacts/directories"
            answer = try await server.get(path, query)
        case (_, .trace): return []
        }
        return answer["files"].elements.map { node in
            (prefix + (node["path"]?.string ?? ""), node["is_dir"]?.bool ?? false, node["file_size"]?.integer)
        }
    }

    func open(_ file: SourceFile, of owner: ImportedOwner, at uri: String) async throws -> (
        size: Int64, body: HTTPClientRequest.Body
    ) {
        let path: String
        switch (ArtifactPlace(uri), owner) {
        case (.served(let root), _):
            let parts = (root + "/" + file.path).parts(at: "/").map(\.urlPart)
            path = "/api/2.0/mlflow-artifacts/artifacts/" + parts.joined(separator: "/")
        case (_, .run(let id)):
            path = "/get-artifact" + MLflowServer.text([("run_id", id), ("path", file.path)])
        case (_, .loggedModel(let id)):
            path =
                "/ajax-api/2.0/mlflow/logged-models/\(id.urlPart)/artifacts/files"
                + MLflowServer.text([("artifact_file_path", file.path)])
        case (_, .trace(let id)):
            path = "/ajax-api/2.0/mlflow/get-trace-artifact" + MLflowServer.text([("request_id", id)])
        }
        let response = try await server.execute("GET", path)
        let told = response.headers.first(name: "Content-Length").flatMap { Int64($0) }
        guard let size = file.size ?? told else {
            // MLflow 2 leaves the size of an empty file out of its listing, and sends it without a length.
            let bytes = try await response.body.collect(upTo: Self.longestUnsized)
            return (Int64(bytes.readableBytes), .bytes(bytes))
        }
        if let told, told != size {
            throw CommandError("\(file.path.prefix(200)) has \(told) bytes, and its listing says \(size)")
        }
        return (size, .stream(response.body, length: .known(size)))
    }
}
