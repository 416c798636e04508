package import NIOCore
internal import Synchronization

/// How many connections a server has open at once, over all its ports. One more is told so and closed, so that those that
/// are there go on being served, and files can still be opened.
package final class ConnectionBudget: Sendable {
    package let most: Int
    private let open = Atomic(0)

    package init(most: Int) { self.most = most }

    /// The budget of a process that may open so many files: some are left for files that are none.
    package static func forFiles(_ files: Int) -> ConnectionBudget {
        ConnectionBudget(most: max(16, files - max(128, files / 8)))
    }

    /// Counts a connection until it closes. One that is over the budget gets `farewell` and is closed as soon as it is
    /// open; to be called before it is.
    package func admit(_ channel: any Channel, farewell: String) throws {
        if open.add(1, ordering: .relaxed).newValue > most {
            try channel.pipeline.syncOperations.addHandler(Farewell(farewell), position: .first)
        }
        channel.closeFuture.whenComplete { _ in self.open.subtract(1, ordering: .relaxed) }
    }

    /// What the connection over the budget hears by HTTP.
    package static let httpFarewell: String = {
        let text = "{\"error\":\"the server has all the connections that it can have: try again in a moment\"}"
        return "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }()
}

/// Says something to a new connection and hangs up.
private final class Farewell: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let text: String

    init(_ text: String) { self.text = text }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if !text.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil) }
        context.close(promise: nil)
    }

    /// Nobody listens.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
