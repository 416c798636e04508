internal import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import Synchronization

/// The body of a request on a connection that closes after the answer, which nobody may ever read.
///
/// A client that sends all of a body before it reads the answer would wait for a server that reads no more. On
/// connections that stay open Hummingbird itself reads on to the next request.
package struct UnreadBody: Sendable {
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    /// The body as handlers get it: it remembers that one began to read.
    private struct Watched: AsyncSequence, Sendable {
        let body: RequestBody
        let isRead: Flag

        func makeAsyncIterator() -> RequestBody.AsyncIterator {
            isRead.isSet.store(true, ordering: .relaxed)
            return body.makeAsyncIterator()
        }
    }

    /// How much of a refused body is read and dropped.
    private static let mostDropped = 128 << 20

    private let body: RequestBody
    private let isRead = Flag()

    /// Nil when there is no such body.
    package init?(of request: Request) {
        guard request.headers[.connection]?.lowercased() == "close" else { return nil }
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length > 0 || request.headers[.transferEncoding] != nil else { return nil }
        body = request.body
    }

    package var watched: RequestBody { RequestBody(asyncSequence: Watched(body: body, isRead: isRead)) }

    /// An answer after which the body is read and dropped, unless a handler began to read it.
    package func dropped(after answer: ResponseBody) -> ResponseBody {
        guard !isRead.isSet.load(ordering: .relaxed) else { return answer }
        return ResponseBody(contentLength: answer.contentLength) { [body] writer in
            try await answer.write(writer)
            var dropped = 0
            for try await piece in body {
                dropped += piece.readableBytes
                if dropped > Self.mostDropped { break }
            }
        }
    }
}
