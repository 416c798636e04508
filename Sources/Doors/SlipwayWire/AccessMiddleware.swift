internal import HTTPTypes
package import Hummingbird
internal import SlipwayService

/// Guards every route: host and origin checks, credentials, safe headers.
package struct AccessMiddleware: RouterMiddleware {
    package typealias Context = WireContext

    private let rule: AccessRule
    /// Host names that requests may be addressed to; empty on a server that listens beyond loopback.
    private let allowedHosts: Set<String>
    /// `GET /health`: calls that need no credentials anywhere. HEAD counts as GET.
    private let openCalls: Set<String>
    private let refuse: @Sendable (_ path: String, _ error: any Error) -> Response

    package init(
        rule: AccessRule,
        allowedHosts: Set<String>,
        openCalls: Set<String>,
        refuse: @escaping @Sendable (String, any Error) -> Response
    ) {
        self.rule = rule
        self.allowedHosts = allowedHosts
        self.openCalls = openCalls
        self.refuse = refuse
    }

    // Hummingbird's protocol is compiled without NonisolatedNonsendingByDefault, so its functions are concurrent ones.
    @concurrent
    package func handle(
        _ request: Request,
        context: WireContext,
        next: @concurrent (Request, WireContext) async throws -> Response
    ) async throws -> Response {
        let rest = UnreadBody(of: request)
        var request = request
        if let rest { request.body = rest.watched }
        var response: Response
        if let error = foreign(request) {
            response = refuse(request.uri.path, error)
        } else {
            switch await caller(of: request) {
            case .success(let caller?):
                var context = context
                context.caller = caller
                response = try await next(request, context)
            case .success(nil):
                response = refuse(request.uri.path, WireError.unauthenticated)
                response.headers[.wwwAuthenticate] = #"Basic realm="slipway""#
            case .failure(let error): response = refuse(request.uri.path, error)
            }
        }
        response.headers[Self.contentTypeOptions] = "nosniff"
        response.headers[Self.frameOptions] = "SAMEORIGIN"
        if let rest, response.status.code >= 400 { response.body = rest.dropped(after: response.body) }
        return response
    }

    private func caller(of request: Request) async -> Result<Caller?, ServiceError> {
        let method = request.method == .head ? .get : request.method
        do throws(ServiceError) {
            return .success(
                try await rule.caller(
                    authorization: request.headers[.authorization],
                    isOpen: openCalls.contains("\(method) \(request.uri.path)")
                )
            )
        } catch {
            return .failure(error)
        }
    }

    /// DNS rebinding arrives with a foreign Host, cross-site requests with a foreign Origin.
    private func foreign(_ request: Request) -> WireError? {
        // RFC 9112, 3.2: whoever stands between may have looked at the other one. The first became the authority.
        if request.headers.contains(Self.host) {
            return .malformed("the request has more than one Host header: send one")
        }
        if let origin = request.headers[.origin], request.method != .get, request.method != .head {
            // A page may only change what its own server keeps, wherever this server listens.
            let host = origin.split(separator: "/").last.map(String.init) ?? origin
            if host.lowercased() != request.head.authority?.lowercased() {
                return request.method == .options ? .foreignPreflight(origin) : .foreignOrigin(origin)
            }
        }
        if let workspace = foreignWorkspace(request) { return .foreignWorkspace(workspace) }
        guard !allowedHosts.isEmpty else { return nil }
        if let authority = request.head.authority, !allowedHosts.contains(Self.hostName(authority)) {
            return .foreignHost(authority)
        }
        return nil
    }

    /// Whoever names another workspace believes to be kept apart from the others, so nothing is done for them here. Only
    /// the call that tells what a server can do is answered, as MLflow's server answers it.
    private func foreignWorkspace(_ request: Request) -> String? {
        guard let name = request.headers[Self.workspace], !name.allSatisfy({ $0 == " " }), name != "default",
            !request.uri.path.hasSuffix("/mlflow/server-info")
        else { return nil }
        return name
    }

    /// The host in an authority, without its port.
    package static func hostName(_ authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }.dropFirst()) }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }

    private static let host = Self.field("Host")
    private static let contentTypeOptions = Self.field("X-Content-Type-Options")
    private static let workspace = Self.field("X-MLFLOW-WORKSPACE")
    private static let frameOptions = Self.field("X-Frame-Options")

    private static func field(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is a valid field name") }
        return field
    }
}
