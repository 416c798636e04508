internal import HTTPTypes
internal import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
internal import SlipwayPolicy
internal import SlipwayRelease
internal import SlipwayService
internal import SlipwayWire

/// Problem details (RFC 9457) for everything that can go wrong behind this door.
enum NativeError {
    static func response(to error: any Error) -> Response {
        let (status, code, detail) = answer(to: error)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", "about:blank")
            writer.member("title", status.reasonPhrase)
            writer.member("status", status.code)
            writer.member("code", code)
            writer.member("detail", detail)
        }
        var response = Response.json(writer.bytes, status: status)
        response.headers[.contentType] = "application/problem+json"
        return response
    }

    private static func answer(to error: any Error) -> (HTTPResponse.Status, String, String) {
        switch error {
        case let error as ServiceError: (error.kind.httpStatus, "\(error.kind)", error.message)
        case let error as ManifestError: (.badRequest, "manifest", error.description)
        case let error as ReleaseError: (.badRequest, "release", "\(error)")
        case let error as JSONError: (.badRequest, "json", error.message)
        case let error as WireError: answer(to: error)
        case let error as HTTPError: (error.status, "http", error.body ?? error.status.reasonPhrase)
        default: (.internalServerError, "internal", "internal error: the server's log says more")
        }
    }

    private static func answer(to error: WireError) -> (HTTPResponse.Status, String, String) {
        switch error {
        case .bodyTooLarge(let limit): (.contentTooLarge, "tooLarge", "the body is over the limit of \(limit) bytes")
        case .wrongContentType(let type):
            (.unsupportedMediaType, "contentType", "send application/json, not '\(type.prefix(80))'")
        case .malformed(let text): (.badRequest, "malformed", text)
        case .unauthenticated:
            (
                .unauthorized, "unauthenticated",
                "send a token that this server knows (it may be wrong or revoked): set SLIPWAY_TOKEN"
            )
        case .foreignHost(let host):
            (.forbidden, "host", "this server does not answer to the host '\(host.prefix(80))'")
        case .foreignOrigin(let origin):
            (.forbidden, "origin", "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignPreflight(let origin):
            (.badRequest, "origin", "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignWorkspace(let name):
            (.badRequest, "workspace", "there is no workspace '\(name.prefix(80))' here, only 'default'")
        case .unknownPath(let path): (.notFound, "notFound", "there is nothing at \(path.prefix(200))")
        }
    }
}
