internal import HTTPTypes
package import Hummingbird
internal import NIOCore
package import SlipwayService
package import SlipwayWire

/// MLflow's own web pages under `/mlflow`, out of an installed `mlflow` wheel, with the calls that they make beside them.
///
/// The pages name everything relative to themselves, so a page at `/mlflow/` asks `/mlflow/ajax-api/...`. Those are the
/// API's own routes, mounted a second time.
package struct MLflowPages: Door {
    /// Where the pages stand.
    package static let root = "/mlflow"

    package let routes: [Route]

    /// Serves `files`, the wheel's `server/js/build`, and the routes of `api` that pages call.
    package init(files: any PageFiles, api: [Route]) {
        routes =
            [
                Route(.get, Self.root) { request, _ in
                    // Without the slash at its end the page would ask `/ajax-api` and `/static-files`.
                    guard request.uri.path.hasSuffix("/") else { return Self.redirect(to: Self.root + "/") }
                    return try await Self.answer("index.html", files)
                },
                Route(.get, "\(Self.root)/static-files/**") { request, _ in
                    let prefix = "\(Self.root)/static-files/"
                    // The raw path: the router drops doubled slashes, and a file has one name only.
                    guard request.uri.path.hasPrefix(prefix) else { throw Self.absent }
                    let path = try PercentText.decoded(request.uri.path.dropFirst(prefix.count), plusIsSpace: false)
                    return try await Self.answer(path, files)
                },
            ] + api.filter { Self.isCalled($0.path) }.map { $0.mounted(under: Self.root) }
    }

    package func response(to error: any Error) -> Response { MLflowError(error).response }

    /// Whether pages call a route: the twins that MLflow has for them, and what stands beside its API.
    private static func isCalled(_ path: String) -> Bool {
        path.hasPrefix("/ajax-api/") || ["/graphql", "/get-artifact", "/model-versions/get-artifact"].contains(path)
    }

    private static var absent: ServiceError { .notFound("MLflow's pages have no such file") }

    private static func redirect(to path: String) -> Response {
        Response(status: .permanentRedirect, headers: [.location: path])
    }

    private static func answer(_ path: String, _ files: any PageFiles) async throws -> Response {
        guard let reader = try await files.read(path) else { throw absent }
        let body = ResponseBody(contentLength: Int(reader.size)) { writer in
            while let piece = try await reader.next() { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
        let file = PageFile(path: path)
        return Response(
            status: .ok,
            headers: [
                .contentType: file.contentType, .cacheControl: file.cacheControl,
                .contentSecurityPolicy: PageFile.securityPolicy,
            ],
            body: body
        )
    }
}
