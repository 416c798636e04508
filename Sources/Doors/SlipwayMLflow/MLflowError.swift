package import HTTPTypes
package import Hummingbird
internal import SlipwayJSON
package import SlipwayService
internal import SlipwayWire

/// An error as MLflow's clients know it: a code out of a closed list, and a sentence.
package struct MLflowError: Error, Equatable, CustomStringConvertible {
    /// MLflow's codes that Slipway uses.
    package enum Code: String, CaseIterable, Sendable {
        case invalidParameterValue = "INVALID_PARAMETER_VALUE"
        case badRequest = "BAD_REQUEST"
        case resourceAlreadyExists = "RESOURCE_ALREADY_EXISTS"
        case unauthenticated = "UNAUTHENTICATED"
        case permissionDenied = "PERMISSION_DENIED"
        case resourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST"
        /// No such call: clients then try an older one, or do without.
        case endpointNotFound = "ENDPOINT_NOT_FOUND"
        case resourceConflict = "RESOURCE_CONFLICT"
        case internalError = "INTERNAL_ERROR"
        case notImplemented = "NOT_IMPLEMENTED"
        case temporarilyUnavailable = "TEMPORARILY_UNAVAILABLE"

        /// The HTTP status that goes with the code.
        package var status: HTTPResponse.Status {
            switch self {
            case .invalidParameterValue, .badRequest, .resourceAlreadyExists: .badRequest
            case .unauthenticated: .unauthorized
            case .permissionDenied: .forbidden
            case .resourceDoesNotExist, .endpointNotFound: .notFound
            case .resourceConflict: .conflict
            case .internalError: .internalServerError
            case .notImplemented: .notImplemented
            case .temporarilyUnavailable: .serviceUnavailable
            }
        }

        /// The second name that newer clients print; it differs from the code for some of them.
        var errorClass: String {
            switch self {
            case .badRequest: Code.invalidParameterValue.rawValue
            case .resourceDoesNotExist, .endpointNotFound: "RESOURCE_NOT_FOUND"
            default: rawValue
            }
        }
    }

    package let code: Code
    package let message: String
    /// The code's own status, but for a body that is too large.
    package let status: HTTPResponse.Status

    package init(_ code: Code, _ message: String, status: HTTPResponse.Status? = nil) {
        self.code = code
        self.message = message
        self.status = status ?? code.status
    }

    package var description: String { message }

    /// The request itself is wrong.
    package static func invalid(_ message: String) -> MLflowError { MLflowError(.invalidParameterValue, message) }

    /// MLflow's form of any error that reaches the door. Text that only we should read stays here.
    package init(_ error: any Error) {
        switch error {
        case let error as MLflowError: self = error
        case let error as ServiceError: self.init(Self.code(for: error.kind), error.message)
        case let error as JSONError: self.init(.invalidParameterValue, error.message)
        case let error as WireError: self = Self.translated(error)
        case let error as any HTTPResponseError where (400..<500).contains(error.status.code):
            self.init(error.status == .notFound ? .endpointNotFound : .badRequest, error.status.reasonPhrase)
        default:
            self.init(.internalError, "Slipway could not do this because of a fault of its own: see the server's log")
        }
    }

    /// One code for each kind of service error.
    package static func code(for kind: ServiceError.Kind) -> Code {
        switch kind {
        case .invalid: .invalidParameterValue
        case .notFound: .resourceDoesNotExist
        case .alreadyExists: .resourceAlreadyExists
        case .conflict: .resourceConflict
        case .unauthenticated: .unauthenticated
        case .forbidden: .permissionDenied
        case .unavailable, .timedOut: .temporarilyUnavailable
        case .upstream, .internal: .internalError
        }
    }

    private static func translated(_ error: WireError) -> MLflowError {
        switch error {
        case .bodyTooLarge(let limit):
            MLflowError(
                .invalidParameterValue,
                "the body is over this call's limit of \(limit) bytes: send less at once",
                status: .contentTooLarge
            )
        case .wrongContentType(let type): .invalid("the content type must be application/json, not '\(type)'")
        case .malformed(let reason): .invalid(reason)
        case .unauthenticated:
            MLflowError(.unauthenticated, "no valid credentials: set MLFLOW_TRACKING_TOKEN to a token of this server")
        case .foreignHost(let host):
            MLflowError(.permissionDenied, "this server does not answer to the host name '\(host)'")
        case .foreignOrigin(let origin):
            MLflowError(.permissionDenied, "this server takes no requests from pages of '\(origin)'")
        case .foreignPreflight(let origin):
            MLflowError(.badRequest, "this server takes no requests from pages of '\(origin)'")
        case .foreignWorkspace(let name):
            .invalid(
                "there is no workspace '\(name.prefix(80))' here, only 'default': leave X-MLFLOW-WORKSPACE away"
                    + " (the client sends what MLFLOW_WORKSPACE says)"
            )
        case .unknownPath(let path):
            MLflowError(.endpointNotFound, "this server has no call at \(path.prefix(200)), or not by this method")
        }
    }

    /// The answer that MLflow's clients can read.
    package var response: Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("error_code", code.rawValue)
            writer.member("message", message)
            writer.member("sqlstate", "KAM00")
            writer.member("error_class", code.errorClass)
        }
        return .json(writer.bytes, status: status)
    }
}
