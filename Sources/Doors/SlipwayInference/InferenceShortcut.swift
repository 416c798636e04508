package import NIOCore
package import NIOHTTP1
package import SlipwayWire

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
    private let watch: ConnectionWatch
    private var held: Held?
    /// Requests that went on and whose answers have not ended.
    private var owed = 0
    /// Answers to the requests of this read, one after the other.
    private var answers: ByteBuffer?
    /// Where bytes go that are HTTP already.
    private var wire: ChannelHandlerContext?

    /// Stands behind `watch`, and behind HTTP's encoder.
    package init(_ inference: ImmediateInference, behind watch: ConnectionWatch) {
        self.inference = inference
        self.watch = watch
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        // Without an encoder nothing is answered here.
        wire = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) { wire = nil }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // A client that does not read its answers is not asked for more questions here either.
            if owed == 0, wire != nil, context.channel.isWritable, let request = inference.takes(head) {
                held = Held(head: head, request: request)
                return
            }
            send()
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
                    gather(answer, context)
                    return
                }
                passOn(context)
            }
        }
        context.fireChannelRead(data)
    }

    private func answer(_ held: Held) -> ImmediateAnswer? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(held.body.reduce(0) { $0 + $1.readableBytes })
        for piece in held.body { bytes.append(contentsOf: piece.readableBytesView) }
        return inference.answer(held.request, path: held.head.uri, body: bytes)
    }

    private func gather(_ answer: ImmediateAnswer, _ context: ChannelHandlerContext) {
        var buffer = answers ?? context.channel.allocator.buffer(capacity: answer.body.count + 320)
        answers = nil
        answer.write(to: &buffer)
        answers = buffer
        watch.answered()
        // One read may hold very many questions.
        if buffer.readableBytes >= Self.mostGathered { send() }
    }

    private static let mostGathered = 64 << 10

    /// Sends what was gathered; it stands before everything that others answer.
    private func send() {
        guard let buffer = answers else { return }
        answers = nil
        wire?.writeAndFlush(NIOAny(buffer), promise: nil)
    }

    /// Lets what was held go the long way.
    private func passOn(_ context: ChannelHandlerContext) {
        send()
        guard let held else { return }
        self.held = nil
        owed += 1
        context.fireChannelRead(wrapInboundOut(.head(held.head)))
        for piece in held.body { context.fireChannelRead(wrapInboundOut(.body(piece))) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        passOn(context)
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
