internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SlipwayJSON
internal import SlipwayService
internal import Synchronization

/// Requests to one upstream over HTTP/1.1: pooled connections, no redirects, TLS checked, answers bounded.
struct UpstreamHTTP: Sendable {
    private let root: String
    private let client: HTTPClient
    private let mostBytes: Int

    private static let connectMilliseconds: Int64 = 2000
    /// Shorter than the usual servers keep a silent connection, so that few questions meet one that is just closing.
    private static let idleSeconds: Int64 = 4
    /// What the system says when no connection is made.
    private static let unsent: Set<CInt> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH]
    /// Clients by what they differ in. They live as long as the process.
    private static let clients = Mutex<[Kind: HTTPClient]>([:])

    private struct Kind: Hashable {
        /// How many connections they may have to one host.
        let connections: Int
        /// The file of the authorities that they trust beside the machine's.
        let authorities: String?
    }

    init(_ upstream: UpstreamDeclaration, _ authorities: TrustedAuthorities?) {
        var root = upstream.url.text
        while root.hasSuffix("/") { root.removeLast() }
        self.root = root
        mostBytes = upstream.limits.answerBytes
        client = Self.client(connections: upstream.limits.connections, authorities)
    }

    private static func client(connections: Int, _ authorities: TrustedAuthorities?) -> HTTPClient {
        let kind = Kind(connections: connections, authorities: authorities?.file)
        return clients.withLock { clients in
            if let client = clients[kind] { return client }
            var configuration = HTTPClient.Configuration(
                tlsConfiguration: TrustedAuthorities.configuration(authorities),
                redirectConfiguration: .disallow,
                timeout: .init(connect: .milliseconds(connectMilliseconds))
            )
            configuration.httpVersion = .http1Only
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
            configuration.connectionPool.idleTimeout = .seconds(idleSeconds)
            let client = HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup,
                configuration: configuration
            )
            clients[kind] = client
            return client
        }
    }

    /// The body of a successful answer; `path` begins with a slash and is encoded.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]? = nil,
        timeoutMilliseconds: Int
    ) async throws(UpstreamFailure) -> [UInt8] {
        var request = HTTPClientRequest(url: root + path)
        request.method = method
        request.headers.add(name: "User-Agent", value: "slipway")
        request.headers.add(name: "Accept", value: "application/json")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let status: Int
        let bytes: [UInt8]
        do {
            let answer = try await client.execute(request, timeout: .milliseconds(Int64(timeoutMilliseconds)))
            status = Int(answer.status.code)
            if let length = answer.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > mostBytes {
                throw NIOTooManyBytesError(maxBytes: mostBytes)
            }
            bytes = Array(try await answer.body.collect(upTo: mostBytes).readableBytesView)
        } catch {
            throw failure(error)
        }
        if let failure = Self.failure(status: status, bytes) { throw failure }
        return bytes
    }

    private func failure(_ error: any Error) -> UpstreamFailure {
        switch error {
        case is CancellationError: return .cancelled
        case is NIOTooManyBytesError: return .wrong("the answer is over the limit of \(mostBytes) bytes")
        case is NIOConnectionError: return .unreachable("the connection was refused, or the host is not known")
        case let error as IOError where Self.unsent.contains(error.errnoCode):
            return .unreachable("the connection was refused, or the host is not known")
        case ChannelError.connectTimeout:
            return .unreachable("nobody answered in \(Self.connectMilliseconds) ms")
        case let error as HTTPClientError:
            switch error {
            case .cancelled: return .cancelled
            case .deadlineExceeded, .readTimeout, .writeTimeout: return .late
            case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
                return .unreachable("nobody answered in \(Self.connectMilliseconds) ms")
            case .remoteConnectionClosed: return .broken("it was closed by the other side")
            default: return .broken("the other side does not speak HTTP as servers do")
            }
        case is HTTPParserError: return .wrong("that is no HTTP")
        default: return .broken("it was reset, or TLS was refused")
        }
    }

    /// What a status means; nil for success.
    private static func failure(status: Int, _ body: [UInt8]) -> UpstreamFailure? {
        let text = "HTTP \(status)" + (words(body).map { ", " + $0 } ?? "")
        switch status {
        case 200..<300: return nil
        case 300..<400: return .wrong("HTTP \(status): redirects are not followed")
        case 400, 413, 422: return .refused(words(body) ?? text)
        case 429, 503: return .overloaded(text)
        default: return .failed(text)
        }
    }

    /// The sentence in a body that tells of an error, where servers usually put it.
    private static func words(_ body: [UInt8]) -> String? {
        guard let root = try? JSONDocument.parse(body, limits: JSONLimits(maxBytes: 1 << 20)).root else { return nil }
        for name in ["error", "message", "detail"] {
            if let text = root[name]?.string { return UpstreamFailure.words(text) }
        }
        return nil
    }
}
