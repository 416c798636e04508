internal import GRPCCore
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import SlipwayWire

/// Refuses a message by the length that stands before it, with a status that says so, before any of it is kept; and one
/// that comes too slowly, or while all that are on their way take too much memory.
///
/// gRPC's transport also has a limit, but resets the stream without a word. This handler stands before it in a stream's
/// pipeline, reads the messages' lengths and lets everything else pass. Where the transport gives up on a compressed
/// message, which it alone unpacks, the reset gets a status too.
final class MessageSizeGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let limit: Int
    private let patience: ConnectionPatience
    private let share = BodyMemory.Share()
    private var timer: Scheduled<Void>?
    /// What came since the timer was set.
    private var recent = 0
    /// Whether it is the client that is waited for.
    private var isWaiting = false
    private var lengths = MessageLengths()
    private var hasAnswered = false
    /// Whether the call has had its status.
    private var isOver = false

    init(limit: Int, patience: ConnectionPatience) {
        self.limit = limit
        self.patience = patience
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .data(let frame) = unwrapInboundIn(data), case .byteBuffer(let buffer) = frame.data else {
            context.fireChannelRead(data)
            return
        }
        guard !isOver else { return }
        isWaiting = false
        if let excess = lengths.firstOver(limit, in: buffer.readableBytesView) {
            let message = "the message has \(excess) bytes, over the limit of \(limit): send fewer rows in one call"
            return end(.resourceExhausted, message, context)
        }
        if lengths.isInside {
            guard share.grow(by: buffer.readableBytes) else {
                return end(
                    .unavailable,
                    "the server has its hands full of requests: send it again in a moment",
                    context
                )
            }
            recent += buffer.readableBytes
            if timer == nil { watch(context) }
        } else {
            share.clear()
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isWaiting = true
        context.read()
    }

    /// Looks again in a while whether the message that has begun goes on.
    private func watch(_ context: ChannelHandlerContext) {
        recent = 0
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: patience.window) {
            self.timer = nil
            guard self.lengths.isInside, !self.isOver else { return }
            guard self.recent < self.patience.bytesPerWindow, self.isWaiting else { return self.watch(context) }
            self.end(.deadlineExceeded, "the message comes too slowly: send it faster, or fewer rows", context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    /// Gives the call its status, and lets the client know that the rest of its message is not wanted: an answer, then a
    /// reset without an error (RFC 9113, section 8.1).
    private func end(_ code: RPCError.Code, _ message: String, _ context: ChannelHandlerContext) {
        isOver = true
        share.clear()
        var headers: HPACKHeaders = hasAnswered ? [:] : [":status": "200", "content-type": "application/grpc"]
        headers.add(name: "grpc-status", value: String(code.rawValue))
        headers.add(name: "grpc-message", value: message)
        context.write(wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The stream is over; what the call still wants to say has nobody to hear it.
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if case .headers(let headers) = unwrapOutboundIn(data) {
            hasAnswered = true
            isOver = headers.endStream
        }
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if !isOver, lengths.hasCompressed {
            let message = "a compressed message is broken, or over the limit of \(limit) bytes when unpacked"
            end(.resourceExhausted, message, context)
        }
        context.close(mode: mode, promise: promise)
    }
}
