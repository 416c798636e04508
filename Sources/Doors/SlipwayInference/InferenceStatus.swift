internal import HTTPTypes
internal import Hummingbird
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

/// From what went wrong to the protocol's status and sentence.
enum InferenceStatus {
    static func answer(to error: any Error) -> (HTTPResponse.Status, String) {
        switch error {
        case let error as JSONError: (.badRequest, error.message)
        case let error as WireError: answer(to: error)
        case let error as ServiceError: (error.kind.httpStatus, error.message)
        case let error as HTTPError: (error.status, error.body ?? error.status.reasonPhrase)
        default: (.internalServerError, "internal error: the server's log says more")
        }
    }

    private static func answer(to error: WireError) -> (HTTPResponse.Status, String) {
        switch error {
        case .bodyTooLarge(let limit):
            (.contentTooLarge, "the body is over the limit of \(limit) bytes: send fewer rows")
        case .wrongContentType(let type): (.unsupportedMediaType, "send application/json, not '\(type.prefix(80))'")
        case .malformed(let text): (.badRequest, text)
        case .unauthenticated: (.unauthorized, "send a token: Authorization: Bearer ...")
        case .foreignHost(let host): (.forbidden, "this server does not answer to the host '\(host.prefix(80))'")
        case .foreignOrigin(let origin): (.forbidden, "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignPreflight(let origin): (.badRequest, "calls from pages of '\(origin.prefix(80))' are refused")
        case .unknownPath(let path): (.notFound, "there is nothing at \(path.prefix(200))")
        }
    }
}

extension HTTPField.Name {
    /// Keeps one entity with one version while a release is under way.
    static var slipwayKey: HTTPField.Name {
        guard let name = HTTPField.Name("X-Slipway-Key") else { preconditionFailure("a valid field name") }
        return name
    }
}
