package import NIOCore
package import NIOHTTP1

/// How much the decoder of a connection has made of the bytes that it was given.
package struct RequestParts {
    package var heads = 0
    package var bodyBytes = 0
    package var ends = 0
    /// Whether a head said that its request is the last one, or offered another protocol: then the decoder reads none behind it.
    package var hasLast = false
}

/// Lets go of clients that are too slow: with a request's head, with its body, with taking the answer, or idle.
///
/// Stands right after HTTP's decoder, so that it does not matter who answers. What a request costs here is a few stores:
/// clocks are read by a timer only, so a limit may be kept a tick late.
package final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// How much of a request has come.
    private enum Reading { case nothing, partOfHead, body }

    private let patience: ConnectionPatience
    private var timer: Scheduled<Void>?
    private var reading = Reading.nothing
    /// Requests whose answers have not ended.
    private var owed = 0
    /// Whether the answer that is owed first has begun.
    private var isAnswering = false
    /// Whether the bytes that are coming in held a whole part of a request.
    private var hasSeenPart = false
    /// Whether it is the client that is waited for, and not a slow reader of ours.
    private var isWaiting = false
    /// All that came from the decoder.
    package private(set) var parts = RequestParts()
    private var bodyBytes = 0
    /// Since when the connection has been as it is; nil until a tick finds it so.
    private var since: NIODeadline?
    /// Bytes that waited to be taken by the client at the last tick, and since when they have been that many.
    private var unsent = 0
    private var stalledSince: NIODeadline?

    package init(_ patience: ConnectionPatience) { self.patience = patience }

    // MARK: What comes and goes

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasSeenPart = true
        isWaiting = false
        switch unwrapInboundIn(data) {
        case .head(let head):
            parts.heads += 1
            if !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "upgrade") {
                parts.hasLast = true
            }
            owed += 1
            bodyBytes = 0
            change(to: .body)
        case .body(let piece):
            parts.bodyBytes += piece.readableBytes
            bodyBytes += piece.readableBytes
        case .end:
            parts.ends += 1
            change(to: .nothing)
        }
        context.fireChannelRead(data)
    }

    /// A whole request went by, past this handler.
    package func asked() {
        hasSeenPart = true
        isWaiting = false
        owed += 1
        change(to: .nothing)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if !hasSeenPart, reading == .nothing { change(to: .partOfHead) }
        hasSeenPart = false
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        isWaiting = true
        context.read()
    }

    /// A whole answer went by, past this handler.
    package func answered() {
        owed -= 1
        since = nil
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isAnswering = !(100..<200).contains(head.status.code)
        case .body: break
        case .end:
            // A refusal of what was no request at all is owed to nobody.
            owed = max(0, owed - 1)
            isAnswering = false
            since = nil
        }
        context.write(data, promise: promise)
    }

    private func change(to reading: Reading) {
        self.reading = reading
        since = nil
    }

    // MARK: The timer

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { schedule(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        schedule(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        timer?.cancel()
        timer = nil
    }

    private func schedule(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: patience.tick) {
            self.timer = nil
            if self.isPatient(context) { self.schedule(context) }
        }
    }

    /// Whether there is no reason yet to let the connection go; where there is one, it is closed.
    private func isPatient(_ context: ChannelHandlerContext) -> Bool {
        let now = context.eventLoop.now
        if isStalled(context, now) {
            context.close(promise: nil)
            return false
        }
        // The clock stands still while it is our turn.
        guard isWaiting, let begun = since else {
            since = now
            bodyBytes = 0
            return true
        }
        switch reading {
        case .nothing:
            guard owed == 0, unsent == 0 else { since = now; return true }
            guard now - begun >= patience.idle else { return true }
            context.close(promise: nil)
        case .partOfHead:
            guard owed == 0 else { since = now; return true }
            guard now - begun >= patience.head else { return true }
            refuse("the head of the request did not come in time", context)
        case .body:
            guard now - begun >= patience.window else { return true }
            if bodyBytes >= patience.bytesPerWindow {
                (since, bodyBytes) = (now, 0)
                return true
            }
            refuse("the body of the request comes too slowly: send it faster, or in parts", context)
        }
        return false
    }

    private func isStalled(_ context: ChannelHandlerContext, _ now: NIODeadline) -> Bool {
        let pending = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        defer { unsent = pending }
        guard pending > 0, pending == unsent, let since = stalledSince else {
            stalledSince = pending > 0 ? now : nil
            return false
        }
        return now - since >= patience.stall
    }

    /// Says why, unless an answer has begun or is owed to somebody before, and hangs up.
    private func refuse(_ reason: String, _ context: ChannelHandlerContext) {
        guard !isAnswering, owed <= 1 else {
            context.close(promise: nil)
            return
        }
        let text = reason + "\n"
        let head = HTTPResponseHead(
            version: .http1_1,
            status: .requestTimeout,
            headers: [
                "connection": "close", "content-type": "text/plain; charset=utf-8",
                "content-length": String(text.utf8.count),
            ]
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
