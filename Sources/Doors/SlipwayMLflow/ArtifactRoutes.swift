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
            streaming(.put, "/artifacts/**", answer: put),
            streaming(.delete, "/artifacts/**", answer: delete),
        ].flatMap { $0 }
    }

    private func list(_ request: MLflowRequest, _ context: WireContext) async throws -> Response {
        let path = try ArtifactPath(request.text("path") ?? "")
        return Self.answer(files: try await artifacts.list(caller: context.caller, path), under: .root)
    }

    private func get(_ path: ArtifactPath, _ body: UploadBody, _ context: WireContext) async throws -> Response {
        try await Self.download(artifacts.read(caller: context.caller, path), path)
    }

    private func put(_ path: ArtifactPath, _ body: UploadBody, _ context: WireContext) async throws -> Response {
        try await artifacts.write(caller: context.caller, path, pieces: body.next)
        return Response(status: .ok)
    }

    private func delete(_ path: ArtifactPath, _ body: UploadBody, _ context: WireContext) async throws -> Response {
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
        [
            page(.get, "/get-artifact") { query, _, context in
                let path = try Self.filePath(query, "path")
                let reader = try await artifacts.read(caller: context.caller, run: query.runID(), path)
                return Self.download(reader, path)
            },
            page(.get, "/model-versions/get-artifact") { query, _, context in
                let path = try Self.filePath(query, "path")
                let folder = try await registry.artifact(
                    ofVersion: query.modelVersion(),
                    of: query.requiredText("name")
                )
                return Self.download(try await artifacts.read(caller: context.caller, folder.appending(path)), path)
            },
            page(.get, "/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files") { query, _, context in
                let path = try Self.filePath(query, "artifact_file_path")
                let reader = try await artifacts.read(
                    caller: context.caller,
                    loggedModel: query.pathText("model_id"),
                    path
                )
                return Self.download(reader, path)
            },
            page(.post, "/ajax-api/2.0/mlflow/upload-artifact", limit: Self.pageUploadLimit) { query, body, context in
                let path = try Self.filePath(query, "path")
                try await artifacts.write(caller: context.caller, run: query.runID(), path, pieces: body.next)
                return .emptyMessage
            },
        ]
    }

    // MARK: What a server that keeps its artifacts itself does not offer

    private var notOffered: [Route] {
        let parts = ["create", "complete", "abort"].flatMap { step in
            Route.mlflow(.post, "-artifacts/mpu/\(step)/**") { request, _ in
                let path = request.path.getCatchAll().joined(separator: "/")
                _ = try ArtifactPath(PercentText.decoded(path[...], plusIsSpace: false))
                _ = try ArtifactPath(request.text("path") ?? "")
                throw MLflowError(.notImplemented, "this server takes files whole: upload with one PUT")
            }
        }
        let presigned = streaming(.get, "/presigned/**") { _, _, _ in
            throw MLflowError(.notImplemented, "this server gives no presigned URLs: download through it")
        }
        let urls = ["upload", "download"].flatMap { direction in
            Route.mlflow(.post, "/artifacts/presigned-\(direction)-url") { request, _ in
                _ = try ArtifactPath(request.text("path") ?? "")
                throw MLflowError.invalid("this server gives no presigned URLs: \(direction) through mlflow-artifacts")
            }
        }
        return parts + presigned + urls
    }

    // MARK: Making routes

    /// A call below `/mlflow-artifacts` whose path ends in an artifact's path and whose body is not read beforehand.
    private func streaming(
        _ method: HTTPRequest.Method,
        _ path: String,
        answer: @escaping @Sendable (ArtifactPath, UploadBody, WireContext) async throws -> Response
    ) -> [Route] {
        let fixed = String(path.dropLast(2))
        return ["/api/2.0", "/ajax-api/2.0"].map { root in
            Route(method, "\(root)/mlflow-artifacts\(path)") { request, context in
                await UploadBody(request).answered { body in
                    let path = try RawPath.artifact(after: "\(root)/mlflow-artifacts\(fixed)", in: request.uri.path)
                    return try await answer(path, body, context)
                }
            }
        }
    }

    /// A call with its fields in the query, whatever its method.
    private func page(
        _ method: HTTPRequest.Method,
        _ path: String,
        limit: Int64 = .max,
        answer: @escaping @Sendable (MLflowRequest, UploadBody, WireContext) async throws -> Response
    ) -> Route {
        Route(method, path) { request, context in
            await UploadBody(request, limit: limit).answered { body in
                let items = try PercentText.items(request.uri.query ?? "")
                return try await answer(MLflowRequest(source: .query(items), path: context.parameters), body, context)
            }
        }
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

    private static func download(_ reader: any ArtifactReader, _ path: ArtifactPath) -> Response {
        Response.download(reader, name: path.parts.last ?? "artifact")
    }
}
