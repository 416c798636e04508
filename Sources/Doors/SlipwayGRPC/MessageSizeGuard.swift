internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Refuses a message by the length that stands before it, with a status that says so, before any of it is kept.
///
/// gRPC's transport also has a limit, but resets the stream without a word. This handler stands before it in a stream's
/// pipeline, counts message lengths (5 bytes: a flag and a big-endian length) and lets everything else pass.
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
    private var hasAnswered = false
    private var isRefused = false

    init(limit: Int) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if case .data(let frame) = unwrapInboundIn(data), case .byteBuffer(let buffer) = frame.data,
            let excess = firstTooLong(in: buffer)
        {
            isRefused = true
            refuse(length: excess, context: context)
            return
        }
        context.fireChannelRead(data)
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
            if head > 0 { length = length << 8 | Int(bytes[index]) }
            head += 1
            index += 1
            guard head == 5 else { continue }
            guard length <= limit else { return length }
            (rest, head, length) = (length, 0, 0)
        }
        return nil
    }

    private func refuse(length: Int, context: ChannelHandlerContext) {
        var headers: HPACKHeaders = hasAnswered ? [:] : [":status": "200", "content-type": "application/grpc"]
        headers.add(name: "grpc-status", value: "8")
        headers.add(
            name: "grpc-message",
            value: "the message has \(length) bytes, over the limit of \(limit): send fewer rows in one call"
        )
        let trailers = HTTP2Frame.FramePayload.Headers(headers: headers, endStream: true)
        let closed = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        closed.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.headers(trailers)), promise: closed)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The stream is over; what the call still wants to say has nobody to hear it.
        guard !isRefused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if case .headers = unwrapOutboundIn(data) { hasAnswered = true }
        context.write(data, promise: promise)
    }
}
