package import Hummingbird
internal import NIOCore
internal import NIOHTTP1

/// Hands out a request's body piece by piece; a body that ends before its stated length is an error.
package final class RequestPieces {
    private var iterator: RequestBody.AsyncIterator
    /// The length that the request announced; nil for a body in chunks.
    package let stated: Int64?
    private let limit: Int64
    private var received: Int64 = 0

    /// How much of a refused upload is still read.
    private static let mostDropped: Int64 = 8 << 20

    package init(_ request: Request, limit: Int64 = .max) {
        iterator = request.body.makeAsyncIterator()
        stated = request.headers[.contentLength].flatMap { Int64($0) }
        self.limit = limit
    }

    /// The next piece, or nil at the end.
    package func next() async throws -> [UInt8]? {
        if let stated, stated > limit { throw WireError.bodyTooLarge(limit: Int(limit)) }
        guard let piece = try await arrived() else {
            guard stated == nil || stated == received else {
                throw WireError.malformed("the body ended after \(received) of \(stated ?? 0) bytes: send it again")
            }
            return nil
        }
        received += Int64(piece.readableBytes)
        guard received <= limit else { throw WireError.bodyTooLarge(limit: Int(limit)) }
        return Array(piece.readableBytesView)
    }

    private func arrived() async throws -> ByteBuffer? {
        do {
            return try await iterator.next(isolation: #isolation)
        } catch is HTTPParserError {
            throw WireError.brokenOff(after: received)
        }
    }

    /// The answer of `body`, or to its error. Some of the rest of a refused upload is read and dropped: a client that is
    /// still sending would otherwise not see why it was refused. One that never ends is not waited for.
    package func answered(
        _ body: (RequestPieces) async throws -> Response,
        orTo refusal: (any Error) -> Response
    ) async -> Response {
        do {
            return try await body(self)
        } catch {
            // A client that is gone needs no answer.
            var dropped: Int64 = 0
            while dropped < Self.mostDropped, let piece = try? await iterator.next(isolation: #isolation) {
                dropped += Int64(piece.readableBytes)
            }
            return refusal(error)
        }
    }
}
