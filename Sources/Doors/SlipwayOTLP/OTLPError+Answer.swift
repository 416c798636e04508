package import HTTPTypes
package import Hummingbird
internal import SlipwayJSON
internal import SlipwayService
internal import SlipwayWire

extension OTLPError {
    /// Any error that reaches the door. Text that only we should read stays here.
    package init(_ error: any Error) {
        switch error {
        case let error as OTLPError: self = error
        case let error as ServiceError: self = .service(error.kind, error.message)
        case let error as WireError: self = Self.translated(error)
        case let error as Inflation.Failure: self = Self.translated(error)
        case let error as any HTTPResponseError where (400..<500).contains(error.status.code):
            self = .invalid(error.status.reasonPhrase)
        default: self = .service(.internal, "Slipway could not do this because of a fault of its own")
        }
    }

    private static func translated(_ error: WireError) -> OTLPError {
        switch error {
        case .bodyTooLarge(let limit): .tooLarge(limit)
        case .wrongContentType(let type): .invalid("Invalid Content-Type: \(type.prefix(80))")
        case .malformed(let reason): .invalid(reason)
        case .unauthenticated: .service(.unauthenticated, "no valid credentials: send a token of this server")
        case .foreignHost(let host): .service(.forbidden, "this server does not answer to the host name '\(host)'")
        case .foreignOrigin(let origin), .foreignPreflight(let origin):
            .service(.forbidden, "this server takes nothing from pages of '\(origin)'")
        case .foreignWorkspace(let name): .invalid("There is no workspace '\(name.prefix(80))' here, only 'default'")
        case .unknownPath(let path): .service(.notFound, "there is nothing at \(path.prefix(200))")
        }
    }

    private static func translated(_ failure: Inflation.Failure) -> OTLPError {
        switch failure {
        case .unknownEncoding(let name): .invalid("Unsupported Content-Encoding: \(name)")
        case .broken(let name): .invalid("Failed to decompress \(name) payload")
        case .tooLarge(let limit): .tooLarge(limit)
        }
    }

    package var status: HTTPResponse.Status {
        switch self {
        case .invalid: .badRequest
        case .tooLarge, .tooMany: .contentTooLarge
        case .noExperiment, .badSpan: .unprocessableContent
        case .service(let kind, _): kind.httpStatus
        }
    }

    package var response: Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("detail")
            switch self {
            case .invalid(let text): writer.string(text)
            case .tooLarge(let limit): writer.string("The payload is over \(limit) bytes: send fewer spans at once")
            case .tooMany: writer.string("The payload has too many fields: send fewer spans at once")
            case .badSpan(let reason):
                writer.string("Cannot convert OpenTelemetry span to MLflow span: \(reason)")
            case .service(_, let message):
                writer.string(message)
                writer.member("error_code", errorCode)
                writer.member("message", message)
            case .noExperiment:
                writer.array { writer in
                    writer.object { writer in
                        writer.member("type", "missing")
                        writer.name("loc")
                        writer.array(["header", OTLPDoor.experimentHeader]) { $0.string($1) }
                        writer.member("msg", "Field required")
                        writer.name("input")
                        writer.null()
                    }
                }
            }
        }
        return .json(writer.bytes, status: status)
    }

    /// The code by which MLflow's client knows the kind of error.
    private var errorCode: String {
        guard case .service(let kind, _) = self else { return "BAD_REQUEST" }
        return switch kind {
        case .invalid: "INVALID_PARAMETER_VALUE"
        case .notFound: "RESOURCE_DOES_NOT_EXIST"
        case .alreadyExists: "RESOURCE_ALREADY_EXISTS"
        case .conflict: "RESOURCE_CONFLICT"
        case .unauthenticated: "UNAUTHENTICATED"
        case .forbidden: "PERMISSION_DENIED"
        case .unavailable, .timedOut: "TEMPORARILY_UNAVAILABLE"
        case .upstream, .internal: "INTERNAL_ERROR"
        }
    }
}
