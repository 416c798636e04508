import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SlipwayDomain

extension Client {
    /// What a server says of a model that it serves (`GET /v2/models/MODEL`), or its refusal.
    func description(of model: String) async throws -> (isServed: Bool, value: JSONValue) {
        var request = HTTPClientRequest(url: "\(url)/v2/models/\(model.urlPart)")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await Self.http.execute(request, timeout: .seconds(30))
        let value = try JSONValue(parsing: Array(try await response.body.collect(upTo: 1 << 20).readableBytesView))
        return (response.status == .ok, value)
    }
}
