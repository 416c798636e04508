/// What a use case answers when it cannot do what was asked. Each door has one table from `Kind` to its own status.
package struct ServiceError: Error, Equatable, CustomStringConvertible {
    /// The closed list of what can go wrong.
    package enum Kind: Equatable, Sendable {
        /// The request itself is wrong.
        case invalid
        /// There is no such thing.
        case notFound
        /// It exists already.
        case alreadyExists
        /// It is in a state where this cannot be done, or somebody else changed it.
        case conflict
        /// Nobody is known to ask.
        case unauthenticated
        /// This caller may not.
        case forbidden
        /// It cannot be done right now; asking again later may work.
        case unavailable
        /// It was not done within the time that it may take.
        case timedOut
        /// What stands behind an endpoint failed, or answered what it must not.
        case upstream
        /// Our own bug or a broken disk.
        case `internal`
    }

    package let kind: Kind
    /// A sentence for the person who asked; never internal text.
    package let message: String

    /// When asking again makes sense; nil when nobody knows.
    package let retryAfterSeconds: Int?

    package init(_ kind: Kind, _ message: String, retryAfterSeconds: Int? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var description: String { message }

    package static func invalid(_ message: String) -> ServiceError { ServiceError(.invalid, message) }
    package static func notFound(_ message: String) -> ServiceError { ServiceError(.notFound, message) }
    package static func alreadyExists(_ message: String) -> ServiceError { ServiceError(.alreadyExists, message) }
    package static func conflict(_ message: String) -> ServiceError { ServiceError(.conflict, message) }
    package static func forbidden(_ message: String) -> ServiceError { ServiceError(.forbidden, message) }
    /// What a gateway says until it knows what it serves, and to whom.
    static let gatewayWithoutTable = unavailable(
        "this gateway has no routing table yet: ask again in a moment",
        retryAfterSeconds: 1
    )

    package static func unavailable(_ message: String, retryAfterSeconds: Int? = nil) -> ServiceError {
        ServiceError(.unavailable, message, retryAfterSeconds: retryAfterSeconds)
    }
    package static func timedOut(_ message: String) -> ServiceError { ServiceError(.timedOut, message) }
}
