package import HTTPTypes
package import SlipwayService

extension ServiceError.Kind {
    /// The status that every door but MLflow's answers with; MLflow has a table of its own.
    package var httpStatus: HTTPResponse.Status {
        switch self {
        case .invalid: .badRequest
        case .notFound: .notFound
        case .alreadyExists, .conflict: .conflict
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .unavailable: .serviceUnavailable
        case .timedOut: .gatewayTimeout
        case .upstream: .badGateway
        case .internal: .internalServerError
        }
    }
}
