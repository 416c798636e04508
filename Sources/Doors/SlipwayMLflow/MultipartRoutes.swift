internal import HTTPTypes
internal import Hummingbird
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// MLflow's uploads in parts. The parts are sent to this server too, at addresses that only the uploader knows.
package struct MultipartRoutes: RouteGroup {
    private let artifacts: Artifacts

    package init(artifacts: Artifacts) { self.artifacts = artifacts }

    package var routes: [Route] {
        call("create", answer: create) + call("complete", answer: complete) + call("abort", answer: abort)
            + [Route(.put, "\(Self.root)/parts/:upload/:token/:part", handle: part)]
    }

    private static let root = "/api/2.0/mlflow-artifacts/mpu"

    @Sendable private func create(
        _ path: ArtifactPath,
        _ message: MLflowRequest,
        _ request: Request,
        _ context: WireContext
    ) async throws -> Response {
        guard let parts = try message.integer("num_parts") else { throw MLflowRequest.missing("num_parts") }
        let server = try Self.address(of: request)
        let upload = try await artifacts.beginUpload(caller: context.caller, path, parts: parts)
        // The client sends nothing of its own with a part: who it is goes along with the address, back to where it came
        // from.
        let authorization = request.headers[.authorization]
        return .message { writer in
            writer.member("upload_id", upload.id)
            writer.member("credentials", unlessEmpty: Array(1...parts)) { writer, number in
                writer.object { writer in
                    writer.member("url", "\(server)\(Self.root)/parts/\(upload.id)/\(upload.token)/\(number)")
                    writer.member("part_number", number)
                    guard let authorization else { return }
                    writer.name("headers")
                    writer.object { $0.member("Authorization", authorization) }
                }
            }
        }
    }

    @Sendable private func complete(
        _ path: ArtifactPath,
        _ message: MLflowRequest,
        _ request: Request,
        _ context: WireContext
    ) async throws -> Response {
        let parts = try message.messages("parts").map { part in
            guard let number = try part.integer("part_number") else { throw MLflowRequest.missing("part_number") }
            // An ETag is a quoted string; some clients take the quotes off.
            let tag = try part.requiredText("etag").filter { $0 != "\"" }
            return ArtifactPart(number: number, tag: tag)
        }
        guard parts.count <= ArtifactLimits.mostParts else {
            throw MLflowError.invalid("'parts' has more than \(ArtifactLimits.mostParts) entries")
        }
        try await artifacts.completeUpload(
            caller: context.caller,
            path,
            upload: message.requiredText("upload_id"),
            parts: parts
        )
        return .emptyMessage
    }

    @Sendable private func abort(
        _ path: ArtifactPath,
        _ message: MLflowRequest,
        _ request: Request,
        _ context: WireContext
    ) async throws -> Response {
        let id = try message.requiredText("upload_id")
        try await artifacts.abortUpload(caller: context.caller, path, upload: id)
        return .emptyMessage
    }

    @Sendable private func part(_ request: Request, _ context: WireContext) async throws -> Response {
        await RequestPieces(request).answered { body in
            guard let number = Int64(try context.pathPart("part")) else {
                throw MLflowError.invalid("the address of a part ends in its number: use it as it was given")
            }
            let tag = try await artifacts.writePart(
                caller: context.caller,
                number,
                of: context.pathPart("upload"),
                token: context.pathPart("token"),
                length: body.stated,
                pieces: body.next
            )
            return Response(status: .ok, headers: [.eTag: "\"\(tag)\""])
        } orTo: {
            MLflowError($0).response
        }
    }

    /// One of the three calls; the folder stands in the path and the file's name in the body.
    private func call(
        _ step: String,
        answer: @escaping @Sendable (ArtifactPath, MLflowRequest, Request, WireContext) async throws -> Response
    ) -> [Route] {
        ["/api/2.0", "/ajax-api/2.0"].flatMap { root in
            // A store's root is a folder too.
            ["", "/**"].map { rest in
                let prefix = "\(root)/mlflow-artifacts/mpu/\(step)"
                return Route(.post, prefix + rest) { request, context in
                    do {
                        let raw = request.uri.path
                        let folder = try raw == prefix ? .root : RawPath.folder(after: prefix + "/", in: raw)
                        let message = try await MLflowRequest.read(request, context: context)
                        let name = try UploadName.name(in: message.requiredText("path"))
                        return try await answer(folder.appending(name), message, request, context)
                    } catch {
                        return MLflowError(error).response
                    }
                }
            }
        }
    }

    /// This server as the client reached it, which may be through a proxy that speaks TLS for it.
    private static func address(of request: Request) throws -> String {
        guard let host = request.head.authority, !host.isEmpty, host.utf8.count <= 255,
            host.utf8.allSatisfy({ byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "-._:[]".utf8.contains(byte)
            })
        else { throw MLflowError.invalid("the Host field must name this server: the parts' addresses begin with it") }
        let forwarded = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] }
        let isSecure = (forwarded ?? request.head.scheme)?.lowercased() == "https"
        return "\(isSecure ? "https" : "http")://\(host)"
    }
}
