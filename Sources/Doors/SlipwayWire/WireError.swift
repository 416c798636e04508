/// Why a request never reached its use case.
package enum WireError: Error, Equatable {
    case bodyTooLarge(limit: Int)
    case wrongContentType(String)
    case malformed(String)
    case unauthenticated
    case foreignHost(String)
    case foreignOrigin(String)
    /// A browser asks whether a page of somebody else may send something here.
    case foreignPreflight(String)
    /// The caller means a workspace of MLflow's, and this server has only the one named "default".
    case foreignWorkspace(String)
    /// No route takes the path with this method.
    case unknownPath(String)
}

extension WireError {
    /// A body that is no body: its client hung up, or sent what is none.
    static func brokenOff(after bytes: Int64) -> WireError {
        .malformed("the body broke off after \(bytes) bytes: send it again")
    }
}
