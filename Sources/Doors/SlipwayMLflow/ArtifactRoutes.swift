internal import HTTPTypes
internal import Hummingbird
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's artifact calls: the proxy that streams files both ways, and the calls that find files by run or model.
package struct ArtifactRoutes: RouteGroup {
    private let artifacts: Artifacts
    private let registry: Registry

    /// The most bytes that a page of MLflow's own may upload at once.
    private static let pageUploadLimit: Int64 = 10 << 20

    package init(artifacts: Artifacts, registry: Registry) {
        self.artifacts = artifacts
        self.registry = registry
    }

    package var routes: [Route] { proxy + byRun + downloads + notOffered }

    // MARK: The proxy

    private var proxy: [Route] {
        [
            Route.mlflow(.get, "-artifacts/artifacts", answer: list),
            streaming(.get, "/artifacts/**", answer: get),
            streaming(.head, "/artifacts/**", answer: get),
            streaming(.delete, "/artifacts/**", answer: delete),
            uploading,
        ].flatMap { $0 }
    }

    private func list(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let path = try ArtifactPath(request.text("path") ?? "")
        return Self.answer(files: try await artifacts.list(caller: context.caller, path), under: .root)
    }

    private func get(_ path: ArtifactPath, _ request: Request, _ context: WireContext) async throws -> Response {
        try await Self.download(artifacts.read(caller: context.caller, path), path, request)
    }

    private func put(_ path: ArtifactPath, _ body: RequestPieces, _ context: WireContext) async throws -> Response {
        try await artifacts.write(caller: context.caller, path, length: body.stated, pieces: body.next)
        return Response(status: .ok)
    }

    private func delete(_ path: ArtifactPath, _ request: Request, _ context: WireContext) async throws -> Response {
        try await artifacts.delete(caller: context.caller, path)
        return .emptyMessage
    }

    // MARK: By run

    private var byRun: [Route] { Route.mlflow(.get, "/artifacts/list", answer: listOfRun) }

    private func listOfRun(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let listing = try await artifacts.list(
            caller: context.caller,
            run: request.runID(),
            ArtifactPath(request.text("path") ?? "")
        )
        return Self.answer(files: listing.files, under: listing.folder, rootURI: listing.rootURI)
    }

    // MARK: What MLflow's pages call

    private var downloads: [Route] {
        page("/get-artifact") { query, _ in (try .run(query.runID()), try Self.filePath(query, "path")) }
            + page("/model-versions/get-artifact") { query, _ in
                let path = try Self.filePath(query, "path")
                return (.version(try query.modelVersion(), of: try query.requiredText("name")), path)
            }
            + page("/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files") { query, context in
                let path = try Self.filePath(query, "artifact_file_path")
                return (.loggedModel(try query.pathText("model_id")), path)
            }
            + [Route(.post, "/ajax-api/2.0/mlflow/upload-artifact", handle: uploadFromPage)]
    }

    @Sendable private func uploadFromPage(_ request: Request, _ context: WireContext) async throws -> Response {
        await RequestPieces(request, limit: Self.pageUploadLimit).answered { body in
            let query = try Self.query(request, context)
            let path = try Self.filePath(query, "path")
            try await artifacts.write(
                caller: context.caller,
                run: query.runID(),
                path,
                length: body.stated,
                pieces: body.next
            )
            return .emptyMessage
        } orTo: {
            MLflowError($0).response
        }
    }

    /// Whose file a page asks for.
    private enum Owner {
        case run(String)
        case loggedModel(String)
        case version(Int64, of: String)
    }

    private func reader(_ owner: Owner, _ path: ArtifactPath, _ caller: Caller) async throws -> any ArtifactReader {
        switch owner {
        case .run(let id): return try await artifacts.read(caller: caller, run: id, path)
        case .loggedModel(let id): return try await artifacts.read(caller: caller, loggedModel: id, path)
        case .version(let version, let model):
            let folder = try await registry.artifact(ofVersion: version, of: model)
            return try await artifacts.read(caller: caller, folder.appending(path))
        }
    }

    // MARK: What a server that keeps its artifacts itself does not offer

    private var notOffered: [Route] {
        // An address that lets somebody pass the access rules of this server would save no way: the bytes are here.
        let presigned = streaming(.get, "/presigned/**") { _, _, _ in
            throw MLflowError(.notImplemented, "this server gives no presigned URLs: download through it")
        }
        let urls = ["upload", "download"].flatMap { direction in
            Route.mlflow(.post, "/artifacts/presigned-\(direction)-url") { request, _ in
                _ = try ArtifactPath(request.text("path") ?? "")
                throw MLflowError.invalid("this server gives no presigned URLs: \(direction) through mlflow-artifacts")
            }
        }
        return presigned + urls
    }

    // MARK: Making routes

    private static let roots = ["/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"]

    /// A call below `/mlflow-artifacts` whose path ends in an artifact's path.
    private func streaming(
        _ method: HTTPRequest.Method,
        _ path: String,
        answer: @escaping @Sendable (ArtifactPath, Request, WireContext) async throws -> Response
    ) -> [Route] {
        Self.roots.map { root in
            Route(method, root + path) { request, context in
                do {
                    let path = try RawPath.artifact(after: root + path.dropLast(2), in: request.uri.path)
                    return try await answer(path, request, context)
                } catch {
                    return MLflowError(error).response
                }
            }
        }
    }

    /// The one of them whose body is an artifact.
    private var uploading: [Route] {
        Self.roots.map { root in
            Route(.put, root + "/artifacts/**") { request, context in
                await RequestPieces(request).answered { body in
                    let path = try RawPath.artifact(after: root + "/artifacts/", in: request.uri.path)
                    guard request.uri.path.utf8.last != UInt8(ascii: "/") else {
                        throw MLflowError.invalid("Invalid path: it ends in a '/', and must end in a file's name")
                    }
                    return try await put(path, body, context)
                } orTo: {
                    MLflowError($0).response
                }
            }
        }
    }

    /// A download with its fields in the query.
    private func page(
        _ path: String,
        file: @escaping @Sendable (MLflowRequest, WireContext) throws -> (Owner, ArtifactPath)
    ) -> [Route] {
        [HTTPRequest.Method.get, .head].map { method in
            Route(method, path) { request, context in
                do {
                    let (owner, path) = try file(Self.query(request, context), context)
                    return Self.download(try await reader(owner, path, context.caller), path, request)
                } catch {
                    return MLflowError(error).response
                }
            }
        }
    }

    private static func query(_ request: Request, _ context: WireContext) throws -> MLflowRequest {
        MLflowRequest(source: .query(try PercentText.items(request.uri.query ?? "")), path: context.parameters)
    }

    private static func filePath(_ query: MLflowRequest, _ field: String) throws -> ArtifactPath {
        let path = try ArtifactPath(query.requiredText(field))
        guard !path.isRoot else { throw MLflowError.invalid("'\(field)' must name a file") }
        return path
    }

    private static func answer(files: [ArtifactInfo], under folder: ArtifactPath, rootURI: String? = nil) -> Response {
        Response.message { writer in
            writer.member("root_uri", optional: rootURI)
            writer.member("files", unlessEmpty: files) { writer, file in
                writer.object { writer in
                    writer.member("path", (folder.parts + [file.name]).joined(separator: "/"))
                    writer.member("is_dir", file.isFolder)
                    writer.member("file_size", optional: file.size)
                }
            }
        }
    }

    private static func download(_ reader: any ArtifactReader, _ path: ArtifactPath, _ request: Request) -> Response {
        Response.download(reader, name: path.parts.last ?? "artifact", for: request)
    }
}
