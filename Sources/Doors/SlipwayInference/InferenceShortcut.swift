package import NIOCore
package import NIOHTTP1
package import SlipwayWire

/// Answers inference requests on the socket's own thread, or hands them to a model's and answers when that is done, and lets
/// everything else pass to whoever stands behind it (ADR 29).
///
/// It gathers a request only while the bytes of one read are taken apart: what has not come whole goes on, so nothing is kept here
/// that somebody would have to bound, to time or to finish. It takes none while answers of others are owed, and lets
/// nothing by while its own answer is, since answers go in the order of the requests.
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

    /// What comes while an answer is waited for, and has its turn after it.
    private enum Coming {
        case part(HTTPServerRequestPart)
        case readComplete
        case event(Any)
        case failure(any Error)
    }

    private let inference: ImmediateInference
    private let watch: ConnectionWatch
    private var held: Held?
    /// The request that was read last, because the next one's head is nearly always the same.
    private var usual: ImmediateRequest?
    /// What the head says that came last; nil when it is not for here, or has to wait for its turn.
    private(set) var newest: ImmediateRequest?
    /// Requests that went on and whose answers have not ended.
    private var owed = 0
    /// Whether a model's answer is waited for.
    private var isWaiting = false
    private var coming: [Coming] = []
    /// Whether more is to be read once the answer is there.
    private var wantsMore = false
    /// Whether something of this read went on.
    private var hasPassed = false
    /// Answers to the requests of this read, one after the other.
    private var answers: ByteBuffer?
    private var own: ChannelHandlerContext?
    /// Where bytes go that are HTTP already.
    private var wire: ChannelHandlerContext?

    /// Stands behind `watch`, and behind HTTP's encoder.
    package init(_ inference: ImmediateInference, behind watch: ConnectionWatch) {
        self.inference = inference
        self.watch = watch
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        own = context
        // Without an encoder nothing is answered here.
        wire = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        own = nil
        wire = nil
        coming = []
    }

    // MARK: Requests

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head = part { newest = nil }
        guard !isWaiting else { return coming.append(.part(part)) }
        take(part, context)
        if case .head = part { newest = held?.request }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            if isFree(context), let request = request(head) {
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
                if trailers == nil, answer(held.request, held.body, context) {
                    self.held = nil
                    return
                }
                passOn(context)
            }
        }
        hasPassed = true
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// Takes a request that came whole, past the decoder, and says what one before it said; false when it is for the long way.
    func takes(_ request: ImmediateRequest, _ body: ByteBuffer) -> Bool {
        guard let context = own, !isWaiting, held == nil, isFree(context), inference.admits(request),
            answer(request, [body], context)
        else { return false }
        watch.asked()
        return true
    }

    /// Whether a question may be answered here. A client that does not read its answers is not asked for more of them.
    private func isFree(_ context: ChannelHandlerContext) -> Bool {
        owed == 0 && wire != nil && context.channel.isWritable
    }

    private func request(_ head: HTTPRequestHead) -> ImmediateRequest? {
        let request = usual.flatMap { $0.says(head) ? $0 : nil } ?? inference.reads(head)
        guard let request, inference.admits(request) else { return nil }
        usual = request
        return request
    }

    /// Whether a request is answered here, now or later.
    private func answer(_ request: ImmediateRequest, _ body: [ByteBuffer], _ context: ChannelHandlerContext) -> Bool {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.reduce(0) { $0 + $1.readableBytes })
        for piece in body { piece.withUnsafeReadableBytes { bytes.append(contentsOf: $0) } }
        let (loop, bound) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        let outcome = inference.answer(request, body: bytes) { answer in
            loop.execute { bound.value.answerCame(answer) }
        }
        switch outcome {
        case .answer(let answer): gather(answer, context)
        case .later:
            isWaiting = true
            // What stands before it need not wait.
            send()
        case .elsewhere: return false
        }
        return true
    }

    private func answerCame(_ answer: ImmediateAnswer) {
        // The client may have gone.
        guard let context = own, let wire, context.channel.isActive else { return }
        var buffer = context.channel.allocator.buffer(capacity: answer.body.count + 320)
        answer.write(to: &buffer)
        watch.answered()
        guard !coming.isEmpty else {
            isWaiting = false
            return wire.writeAndFlush(NIOAny(buffer), promise: nil)
        }
        // What came meanwhile may close the connection, which must have taken all of the answer before.
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.resume() }
        wire.writeAndFlush(NIOAny(buffer), promise: sent)
    }

    /// Goes on with what came while an answer was waited for.
    private func resume() {
        isWaiting = false
        guard let context = own, context.channel.isActive else { return }
        var rest = coming[...]
        coming = []
        while !isWaiting, context.channel.isActive, let next = rest.popFirst() {
            switch next {
            case .part(let part): take(part, context)
            case .readComplete: readComplete(context)
            case .event(let event):
                passOn(context)
                context.fireUserInboundEventTriggered(event)
            case .failure(let error):
                passOn(context)
                context.fireErrorCaught(error)
            }
        }
        coming = Array(rest) + coming
        if wantsMore, coming.isEmpty {
            wantsMore = false
            context.read()
        }
    }

    // MARK: Answers

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
        hasPassed = true
        context.fireChannelRead(wrapInboundOut(.head(held.head)))
        for piece in held.body { context.fireChannelRead(wrapInboundOut(.body(piece))) }
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // A refusal of what was no request at all is owed to nobody.
        if case .end = unwrapOutboundIn(data) { owed = max(0, owed - 1) }
        context.write(data, promise: promise)
    }

    // MARK: What else comes and goes

    package func channelReadComplete(context: ChannelHandlerContext) {
        if isWaiting, !coming.isEmpty { coming.append(.readComplete) } else { readComplete(context) }
    }

    private func readComplete(_ context: ChannelHandlerContext) {
        passOn(context)
        // Who saw nothing of a read need not hear of its end.
        if hasPassed { context.fireChannelReadComplete() }
        hasPassed = false
    }

    package func read(context: ChannelHandlerContext) {
        // Most clients say nothing before they have their answer: to stop the socket for each would cost two calls of the
        // kernel. Whoever does is heard no further.
        if coming.isEmpty { context.read() } else { wantsMore = true }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isWaiting { return coming.append(.failure(error)) }
        passOn(context)
        context.fireErrorCaught(error)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that has said all may still listen, and a server that is going still owes this answer.
        if isWaiting { return coming.append(.event(event)) }
        passOn(context)
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        isWaiting = false
        coming = []
        passOn(context)
        context.fireChannelInactive()
    }
}
