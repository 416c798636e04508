internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Refuses a message by the length that stands before it, with a status that says so, before any of it is kept.
///
/// gRPC's transport also has a limit, but resets the stream without a word. This handler stands before it in a stream's
/// pipeline, counts message lengths (5 bytes: a flag and a big-endian length) and lets everything else pass. Where the
/// transport gives up on a compressed message, which it alone unpacks, the reset gets a status too.
final class MessageSizeGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let limit: Int
    /// Bytes of the current message's head that came so far.
    private var head = 0
    private var length = 0
    /// Bytes of the current message that are still to come.
    private var rest = 0
    private var hasCompressed = false
    private var hasAnswered = false
    /// Whether the call has had its status.
    private var isOver = false

    init(limit: Int) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .data(let frame) = unwrapInboundIn(data), case .byteBuffer(let buffer) = frame.data else {
            context.fireChannelRead(data)
            return
        }
        guard !isOver else { return }
        guard let excess = firstTooLong(in: buffer) else {
            context.fireChannelRead(data)
            return
        }
        end("the message has \(excess) bytes, over the limit of \(limit): send fewer rows in one call", context)
    }

    private func firstTooLong(in buffer: ByteBuffer) -> Int? {
        let bytes = buffer.readableBytesView
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if rest > 0 {
                let step = min(rest, bytes.endIndex - index)
                rest -= step
                index += step
                continue
            }
            if head == 0 {
                hasCompressed = hasCompressed || bytes[index] != 0
            } else {
                length = length << 8 | Int(bytes[index])
            }
            head += 1
            index += 1
            guard head == 5 else { continue }
            guard length <= limit else { return length }
            (rest, head, length) = (length, 0, 0)
        }
        return nil
    }

    /// Gives the call its status, and lets the client know that the rest of its message is not wanted: an answer, then a
    /// reset without an error (RFC 9113, section 8.1).
    private func end(_ message: String, _ context: ChannelHandlerContext) {
        isOver = true
        var headers: HPACKHeaders = hasAnswered ? [:] : [":status": "200", "content-type": "application/grpc"]
        headers.add(name: "grpc-status", value: "8")
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
        if !isOver, hasCompressed {
            end("a compressed message is broken, or over the limit of \(limit) bytes when unpacked", context)
        }
        context.close(mode: mode, promise: promise)
    }
}
