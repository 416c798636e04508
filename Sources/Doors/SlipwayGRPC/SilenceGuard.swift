internal import NIOCore

/// Hangs up on a peer from which no byte has come for a while, whatever the protocol above still waits for: the answer to
/// a ping, or the end of a connection that was asked to end.
final class SilenceGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// To be called before the connection is open.
    static func add(to channel: any Channel, seconds: Int) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(SilenceGuard(), position: .first)
        try pipeline.addHandler(IdleStateHandler(readTimeout: .seconds(Int64(seconds))), position: .first)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
