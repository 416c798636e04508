internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
package import SlipwayService

/// Asks the one Prometheus (or anything that speaks its query API) that the operator named.
package struct PrometheusServer: MetricSource {
    private let url: String

    /// How long a connection, and the whole of a question, may take.
    private static let connectSeconds: Int64 = 2
    private static let wholeSeconds: Int64 = 5
    /// One number needs no more.
    private static let mostBytes = 65_536

    /// A server at an http or https address, with or without a path before `/api/v1`; nil for anything else.
    package init?(_ address: String) {
        guard let url = try? WebhookURL(address), !url.path.contains("?") else { return nil }
        var text = url.text
        while text.hasSuffix("/") { text.removeLast() }
        self.url = text + "/api/v1/query"
    }

    package func ask(_ query: String) async -> MetricReply {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "User-Agent", value: "slipway")
        let form = "timeout=\(Self.wholeSeconds)s&query=\(PercentEncoding.encoded(query))"
        request.body = .bytes(ByteBuffer(string: form))
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: Self.configuration)
        let reply = await Self.ask(request, with: client)
        do {
            try await client.shutdown()
        } catch {
            // The connection is gone already, which is all that was wanted.
        }
        return reply
    }

    private static func ask(_ request: HTTPClientRequest, with client: HTTPClient) async -> MetricReply {
        do {
            let response = try await client.execute(request, timeout: .seconds(wholeSeconds))
            let body = try await response.body.collect(upTo: mostBytes)
            return .prometheus(status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            return .failure("the answer is longer than \(mostBytes) bytes: ask for one number")
        } catch let error as HTTPClientError {
            return .failure(sentence(error))
        } catch {
            return .failure("no connection to Prometheus, or it broke off")
        }
    }

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(connectSeconds), read: .seconds(wholeSeconds))
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private static func sentence(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no connection to Prometheus within \(connectSeconds) seconds"
        case .readTimeout, .deadlineExceeded: "no answer from Prometheus within \(wholeSeconds) seconds"
        default: "Prometheus did not answer as HTTP servers do"
        }
    }
}
