internal import HTTPTypes
internal import Hummingbird
internal import SlipwayService
internal import SlipwayWire

/// What went wrong, as a status and a sentence. What is no error for people stays in the server's log.
struct ErrorPage {
    let status: HTTPResponse.Status
    let message: String

    init(_ error: any Error) {
        switch error {
        case let error as ServiceError:
            status = error.kind.httpStatus
            message = error.message
        case let error as WireError: (status, message) = Self.answer(to: error)
        case let error as HTTPError:
            status = error.status
            message = error.body ?? error.status.reasonPhrase
        default:
            status = .internalServerError
            message = "internal error: the server's log says more"
        }
    }

    func page(server: ModelReports.ServerState) -> Page {
        let title = "\(status.code) \(status.reasonPhrase)"
        return Page(
            title: title,
            server: server,
            content: """
                <section>
                <h1>\(title)</h1>
                <p>\(Self.sentence(message))</p>
                <p><a href="/">All models</a></p>
                </section>

                """
        )
    }

    /// Messages begin small, because elsewhere they stand behind a name.
    private static func sentence(_ message: String) -> String {
        let text = message.prefix(1).uppercased() + message.dropFirst()
        return text.hasSuffix(".") || text.hasSuffix("?") ? text : text + "."
    }

    private static func answer(to error: WireError) -> (HTTPResponse.Status, String) {
        switch error {
        case .bodyTooLarge(let limit): (.contentTooLarge, "the body is over the limit of \(limit) bytes")
        case .wrongContentType(let type): (.unsupportedMediaType, "pages take no body of the type '\(type.prefix(80))'")
        case .malformed(let text): (.badRequest, text)
        case .unauthenticated:
            (.unauthorized, "this server asks for a token: give it as the password, with any user name")
        case .foreignHost(let host): (.forbidden, "this server does not answer to the host '\(host.prefix(80))'")
        case .foreignOrigin(let origin): (.forbidden, "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignPreflight(let origin): (.badRequest, "calls from pages of '\(origin.prefix(80))' are refused")
        case .foreignWorkspace(let name): (.badRequest, "there is no workspace '\(name.prefix(80))' here")
        case .unknownPath(let path): (.notFound, "there is nothing at \(path.prefix(200))")
        }
    }
}
