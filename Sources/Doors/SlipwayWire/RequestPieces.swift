package import Hummingbird
internal import NIOCore

/// Hands out a request's body piece by piece; a body that ends before its stated length is an error.
package final class RequestPieces {
    private var iterator: RequestBody.AsyncIterator
    private let stated: Int64?
    private var received: Int64 = 0

    package init(_ request: Request) {
        iterator = request.body.makeAsyncIterator()
        stated = request.headers[.contentLength].flatMap { Int64($0) }
    }

    /// The next piece, or nil at the end.
    package func next() async throws -> [UInt8]? {
        guard let piece = try await iterator.next(isolation: #isolation) else {
            guard stated == nil || stated == received else {
                throw WireError.malformed("the body ended after \(received) of \(stated ?? 0) bytes: send it again")
            }
            return nil
        }
        received += Int64(piece.readableBytes)
        return Array(piece.readableBytesView)
    }
}
