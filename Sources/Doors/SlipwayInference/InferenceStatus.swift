internal import HTTPTypes
internal import Hummingbird
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

/// From what went wrong to the protocol's status, a word for programs and a sentence.
struct InferenceStatus {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    /// When asking again makes sense.
    private(set) var retryAfterSeconds: Int?

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    init(_ error: any Error) {
        switch error {
        case let error as JSONError: self.init(.badRequest, "json", error.message)
        case let error as WireError: self.init(error)
        case let error as Inflation.Failure: self.init(error)
        case let error as ServiceError:
            self.init(error.kind.httpStatus, "\(error.kind)", error.message)
            retryAfterSeconds = error.retryAfterSeconds
        case let error as HTTPError: self.init(error.status, "http", error.body ?? error.status.reasonPhrase)
        default: self.init(.internalServerError, "internal", "internal error: the server's log says more")
        }
    }

    private init(_ error: WireError) {
        switch error {
        case .bodyTooLarge(let limit):
            self.init(.contentTooLarge, "tooLarge", "the body is over the limit of \(limit) bytes: send fewer rows")
        case .wrongContentType(let type):
            self.init(.unsupportedMediaType, "contentType", "send application/json, not '\(type.prefix(80))'")
        case .malformed(let text): self.init(.badRequest, "malformed", text)
        case .unauthenticated:
            self.init(.unauthorized, "unauthenticated", "send a token: Authorization: Bearer ...")
        case .foreignHost(let host):
            self.init(.forbidden, "host", "this server does not answer to the host '\(host.prefix(80))'")
        case .foreignOrigin(let origin):
            self.init(.forbidden, "origin", "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignPreflight(let origin):
            self.init(.badRequest, "origin", "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignWorkspace(let name):
            self.init(.badRequest, "workspace", "there is no workspace '\(name.prefix(80))' here, only 'default'")
        case .unknownPath(let path):
            self.init(.notFound, "notFound", "there is nothing at \(path.prefix(200))")
        }
    }

    private init(_ failure: Inflation.Failure) {
        switch failure {
        case .unknownEncoding(let name):
            self.init(
                .unsupportedMediaType,
                "encoding",
                "the body is encoded as '\(name)': send gzip, deflate or neither"
            )
        case .broken(let name): self.init(.badRequest, "encoding", "the body is no whole \(name) stream")
        case .tooLarge(let limit):
            self.init(
                .contentTooLarge,
                "tooLarge",
                "the inflated body is over the limit of \(limit) bytes: send fewer rows"
            )
        }
    }

    /// What a client reads of it.
    func body(requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("error", message)
            writer.member("code", code)
            writer.member("request_id", requestID)
        }
        return writer.bytes
    }

    func response(requestID: String) -> Response {
        var response = Response.json(body(requestID: requestID), status: status)
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        return response
    }
}
