package import NIOCore
package import NIOHTTP1

/// What a request says of its connection: offers of another protocol, and that it is the last one.
///
/// This server takes no offer, which is its right (RFC 9110, section 7.8); Java's client makes one with its first request on a
/// connection. NIO's decoder stops behind such a request, for whoever is to speak the other protocol, and would never read the
/// next one: so a new decoder takes its place. A request of HTTP/1.0 that does not ask for more is the last one (RFC 9112,
/// section 9.3). Stands behind the decoder, which must forward the bytes that it has not read, and in front of whoever answers such
/// requests.
package final class ConnectionTerms: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

    private let newDecoder: () -> Decoder
    private var decoder: Decoder
    private var isOffered = false

    /// The decoders that `newDecoder` makes are all alike.
    package init(_ newDecoder: @escaping () -> Decoder) {
        self.newDecoder = newDecoder
        decoder = newDecoder()
    }

    /// Puts the first decoder in the place of one that has read nothing yet, and gives it.
    package func installDecoder(in pipeline: ChannelPipeline.SynchronousOperations) throws -> Decoder {
        let old = try pipeline.handler(type: Decoder.self)
        try pipeline.addHandler(decoder, position: .after(old))
        _ = pipeline.removeHandler(old)
        return decoder
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            let offer = Self.offer(head)
            isOffered = offer == .plain
            // Whether the decoder takes an odd one for an offer is not known: this is the connection's last request, too.
            if offer == .odd || offer == .none && head.version == .http1_0 && !head.isKeepAlive {
                head.headers.replaceOrAdd(name: "connection", value: "close")
                return context.fireChannelRead(wrapInboundOut(.head(head)))
            }
        case .body: break
        case .end:
            if isOffered {
                isOffered = false
                context.fireChannelRead(data)
                return replaceDecoder(context)
            }
        }
        context.fireChannelRead(data)
    }

    private func replaceDecoder(_ context: ChannelHandlerContext) {
        let (old, fresh) = (decoder, newDecoder())
        decoder = fresh
        // Not while the old one is at work.
        context.eventLoop.assumeIsolated().execute {
            do {
                let pipeline = context.pipeline.syncOperations
                try pipeline.addHandler(fresh, position: .after(old))
                _ = pipeline.removeHandler(old)
            } catch {
                // The connection has gone meanwhile.
                context.close(promise: nil)
            }
        }
    }

    private enum Offer { case none, plain, odd }

    /// Whether the decoder stops behind a request: when `Upgrade` is there and `Connection` names it, or for CONNECT.
    private static func offer(_ head: HTTPRequestHead) -> Offer {
        if head.method == .CONNECT { return .plain }
        guard head.headers.contains(name: "upgrade") else { return .none }
        guard head.headers["connection"].allSatisfy({ $0.utf8.allSatisfy(isPlain) }) else { return .odd }
        let words = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        return words.contains("upgrade") ? .plain : words.contains { $0.contains("upgrade") } ? .odd : .none
    }

    /// Letters, digits, hyphens, commas and blanks are read alike by everybody.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: ","), UInt8(ascii: " "):
            true
        default: false
        }
    }
}
