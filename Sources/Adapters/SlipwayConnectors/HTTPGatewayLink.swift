internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import SlipwayService

/// Reaches the control plane over HTTP, with the gateway's token.
package struct HTTPGatewayLink: GatewayLink {
    private let root: String
    private let token: String?
    private let client: HTTPClient

    /// Far more than a table of thousands of endpoints.
    private static let mostTableBytes = 256 << 20
    private static let mostFileBytes = 2 << 30
    private static let answerSeconds: Int64 = 10
    private static let fileMinutes: Int64 = 30

    /// `url` is the control plane's address, such as `http://127.0.0.1:5000`.
    package init(url: String, token: String?) {
        root = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/api/slipway/v1/gateway"
        self.token = token
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        // A refused connection is an answer: who asks will ask again.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }

    /// Closes the connections.
    package func close() async {
        do {
            try await client.shutdown()
        } catch {
            // The connections are gone already, which is all that was wanted.
        }
    }

    package func routes(after tag: String?, waitMilliseconds: Int) async throws -> (bytes: [UInt8], tag: String)? {
        let known = tag.map { "&after=\($0)" } ?? ""
        let answer = try await send(
            .GET,
            "/routes?wait=\(waitMilliseconds)\(known)",
            timeout: .milliseconds(Int64(waitMilliseconds)) + .seconds(Self.answerSeconds)
        )
        if answer.status == .notModified { return nil }
        let bytes = try await Self.bytes(of: answer, upTo: Self.mostTableBytes)
        guard let tag = answer.headers.first(name: "ETag") else {
            throw ServiceError.unavailable("the answer is no routing table: is that a Slipway server?")
        }
        return (bytes, tag.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))
    }

    package func file(model: String, version: Int, digest: String) async throws -> [UInt8] {
        let path = "/models/\(PercentEncoding.encoded(model))/versions/\(version)/file?digest=\(digest)"
        let answer = try await send(.GET, path, timeout: .minutes(Self.fileMinutes))
        return try await Self.bytes(of: answer, upTo: Self.mostFileBytes)
    }

    package func reference(model: String, version: Int) async throws -> [UInt8] {
        let path = "/models/\(PercentEncoding.encoded(model))/versions/\(version)/reference"
        return try await Self.bytes(of: send(.GET, path), upTo: Self.mostTableBytes)
    }

    package func deliver(_ report: [UInt8]) async throws {
        _ = try await send(.POST, "/reports", body: report)
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8]? = nil,
        timeout: TimeAmount = .seconds(HTTPGatewayLink.answerSeconds)
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: root + path)
        request.method = method
        request.headers.add(name: "User-Agent", value: "slipway-gateway")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(body)
        }
        let answer: HTTPClientResponse
        do {
            answer = try await client.execute(request, timeout: timeout)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ServiceError.unavailable("no answer from \(root)")
        }
        guard answer.status == .notModified || (200..<300).contains(answer.status.code) else {
            throw try await Self.refusal(answer)
        }
        return answer
    }

    /// What the control plane says, for the gateway's own log.
    private static func refusal(_ answer: HTTPClientResponse) async throws -> ServiceError {
        let body = try await bytes(of: answer, upTo: 64 << 10)
        let text = String(decoding: body.prefix(500), as: UTF8.self)
        let kind: ServiceError.Kind =
            switch answer.status.code {
            case 400, 413, 415, 422: .invalid
            case 401: .unauthenticated
            case 403: .forbidden
            case 404: .notFound
            case 409: .conflict
            default: .unavailable
            }
        return ServiceError(kind, "the control plane answered \(answer.status.code): \(text)")
    }

    private static func bytes(of answer: HTTPClientResponse, upTo limit: Int) async throws -> [UInt8] {
        do {
            return Array(try await answer.body.collect(upTo: limit).readableBytesView)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ServiceError.unavailable(
                "the answer of the control plane broke off, or is longer than \(limit) bytes"
            )
        }
    }
}
