package import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import NIOHTTP1
package import SlipwayJSON
internal import SlipwayService

extension Request {
    /// The whole body, refused before it is read when its stated length is over `limit`.
    package func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let stated = headers[.contentLength], let length = Int(stated), length > limit {
            throw WireError.bodyTooLarge(limit: limit)
        }
        var bytes: [UInt8] = []
        let share = BodyMemory.Share()
        do {
            for try await piece in body {
                guard bytes.count + piece.readableBytes <= limit else { throw WireError.bodyTooLarge(limit: limit) }
                guard share.grow(by: piece.readableBytes) else { throw BodyMemory.full }
                bytes.append(contentsOf: piece.readableBytesView)
            }
        } catch is HTTPParserError {
            throw WireError.brokenOff(after: Int64(bytes.count))
        }
        return bytes
    }

    /// The body as strict JSON; `text/plain` and forms are refused, because a browser sends those across sites unasked.
    package func json(upTo limit: Int, maxDepth: Int = 64) async throws -> JSONDocument {
        if let type = headers[.contentType], !type.lowercased().hasPrefix("application/json") {
            throw WireError.wrongContentType(type)
        }
        let bytes = try await bytes(upTo: limit)
        return try JSONDocument.parse(bytes, limits: JSONLimits(maxBytes: limit, maxDepth: maxDepth))
    }
}

extension BodyMemory {
    /// What a request hears whose body finds no room.
    static let full = ServiceError.unavailable("the server has its hands full of requests: send it again in a moment")
}

extension Response {
    /// A JSON answer.
    package static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// A plain text answer.
    package static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// A web page that loads nothing from elsewhere and runs no script, unless it has one among this server's files.
    package static func html(
        _ text: String,
        status: HTTPResponse.Status = .ok,
        hasScript: Bool = false
    ) -> Response {
        let plain = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
        let policy = hasScript ? plain + "; script-src 'self'" : plain
        return Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .contentSecurityPolicy: policy],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
