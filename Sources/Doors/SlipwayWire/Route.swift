package import HTTPTypes
package import Hummingbird

/// One route of a door, as data: a test can walk all of them.
package struct Route: Sendable {
    /// Who may call it at all; the use case behind it decides the rest.
    package enum Access: Sendable, Equatable {
        /// Anybody, even without credentials on a server that asks for them: health and version.
        case open
        /// Whoever the server accepts.
        case caller
        /// Somebody whom a token names, as soon as the server knows any users: what steers production or is evidence.
        case person
        /// A gateway, and nobody else; a gateway's token opens nothing but these.
        case gateway
    }

    package let method: HTTPRequest.Method
    /// Hummingbird's form: `/runs/:id`, `/artifacts/**`.
    package let path: String
    package let access: Access
    package let handle: @Sendable (Request, WireContext) async throws -> Response

    package init(
        _ method: HTTPRequest.Method,
        _ path: String,
        access: Access = .caller,
        handle: @escaping @Sendable (Request, WireContext) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.handle = handle
    }
}

extension Route {
    /// The same route under a prefix; its handler sees the address without it.
    package func mounted(under prefix: String) -> Route {
        Route(method, prefix + path, access: access) { request, context in
            var head = request.head
            head.path = head.path.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
            return try await handle(Request(head: head, body: request.body), context)
        }
    }
}

/// A set of routes that speak one dialect, errors included.
package protocol Door: Sendable {
    var routes: [Route] { get }
    /// The dialect's answer to an error that a handler threw, or that stopped the request before it.
    func response(to error: any Error) -> Response
}
