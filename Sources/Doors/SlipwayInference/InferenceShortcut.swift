package import NIOCore
package import NIOHTTP1

/// Answers inference requests on the socket's own thread where that can be done at once, and lets everything else pass to
/// whoever stands behind it (ADR 29).
///
/// It holds a request only while the bytes of one read are taken apart: what has not come whole goes on, so nothing is kept here
/// that somebody would have to bound, to time or to finish. It takes none while answers of others are owed, since
/// answers go in the order of the requests.
package final class InferenceShortcut: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    private struct Held {
        let head: HTTPRequestHead
        let request: ImmediateRequest
        var body: [ByteBuffer] = []
    }

    private let inference: ImmediateInference
    private var held: Held?
    /// Requests that went on and whose answers have not ended.
    private var owed = 0
    private var hasAnswered = false

    package init(_ inference: ImmediateInference) { self.inference = inference }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if owed == 0, let request = inference.takes(head) {
                held = Held(head: head, request: request)
                return
            }
            owed += 1
        case .body(let piece):
            if held != nil {
                held?.body.append(piece)
                return
            }
        case .end(let trailers):
            if let held {
                if trailers == nil, let answer = answer(held) {
                    self.held = nil
                    write(answer, context)
                    return
                }
                passOn(context)
            }
        }
        context.fireChannelRead(data)
    }

    private func answer(_ held: Held) -> ImmediateInference.Answer? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(held.body.reduce(0) { $0 + $1.readableBytes })
        for piece in held.body { bytes.append(contentsOf: piece.readableBytesView) }
        return inference.answer(held.request, head: held.head, body: bytes)
    }

    private func write(_ answer: ImmediateInference.Answer, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        var body = context.channel.allocator.buffer(capacity: answer.body.count)
        body.writeBytes(answer.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        hasAnswered = true
    }

    /// Lets what was held go the long way.
    private func passOn(_ context: ChannelHandlerContext) {
        guard let held else { return }
        self.held = nil
        owed += 1
        context.fireChannelRead(wrapInboundOut(.head(held.head)))
        for piece in held.body { context.fireChannelRead(wrapInboundOut(.body(piece))) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        passOn(context)
        if hasAnswered {
            hasAnswered = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // A refusal of what was no request at all is owed to nobody.
        if case .end = unwrapOutboundIn(data) { owed = max(0, owed - 1) }
        context.write(data, promise: promise)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        passOn(context)
        context.fireErrorCaught(error)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        passOn(context)
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        passOn(context)
        context.fireChannelInactive()
    }
}
