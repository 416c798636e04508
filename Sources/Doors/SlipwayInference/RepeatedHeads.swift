package import NIOCore
package import SlipwayWire

/// Gives the shortcut a request that came in one read and whose head is, byte for byte, that of one before, and lets HTTP's decoder
/// read everything else (ADR 33).
///
/// It never judges where a request ends: the decoder did, of the same bytes. So it takes a request only while it knows that the
/// decoder holds nothing back: what the decoder was given must be what it made of it. Once that is not sure, everything goes
/// through the decoder for as long as the connection lasts.
package final class RepeatedHeads: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// What the decoder has taken.
    private enum Decoder {
        /// Whole requests only.
        case isBetween
        /// Some of one more.
        case isReading(Reading)
        /// Nobody knows, or it is not worth knowing.
        case isLost
    }

    /// A request that the decoder reads.
    private struct Reading {
        let before: RequestParts
        let headLength: Int
        /// The head's bytes, if it may be one for the shortcut.
        let head: [UInt8]?
        var length = 0
    }

    private let shortcut: InferenceShortcut
    private let watch: ConnectionWatch
    private var decoder = Decoder.isBetween
    private var usual: (head: UsualHead, request: ImmediateRequest)?
    /// Questions in turn that had other heads than the one before.
    private var misses = 0

    /// A client whose heads are never the same is not looked at for ever.
    private static let mostMisses = 4
    private static let opening = Array("POST /v2/models/".utf8)

    private init(_ shortcut: InferenceShortcut, _ watch: ConnectionWatch) {
        self.shortcut = shortcut
        self.watch = watch
    }

    /// Puts a shortcut around a decoder that has read nothing yet: one of these before it, `watch` and the shortcut behind.
    package static func install(
        _ shortcut: InferenceShortcut,
        _ watch: ConnectionWatch,
        around decoder: some ChannelHandler,
        in pipeline: ChannelPipeline.SynchronousOperations
    ) throws {
        try pipeline.addHandler(RepeatedHeads(shortcut, watch), position: .before(decoder))
        try pipeline.addHandler(watch, position: .after(decoder))
        try pipeline.addHandler(shortcut, position: .after(watch))
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch decoder {
        case .isLost: context.fireChannelRead(data)
        case .isReading(let reading): pass(unwrapInboundIn(data), of: reading, context)
        case .isBetween:
            let bytes = unwrapInboundIn(data)
            if let usual, let body = Self.body(bytes, usual.head) {
                misses = 0
                if !shortcut.takes(usual.request, body) {
                    // From these bytes it makes one whole request again, and is between two as before.
                    context.fireChannelRead(data)
                }
            } else if let reading = begun(bytes) {
                pass(bytes, of: reading, context)
            } else {
                decoder = .isLost
                context.fireChannelRead(data)
            }
        }
    }

    /// The body, when the bytes are one request with this head.
    private static func body(_ bytes: ByteBuffer, _ usual: UsualHead) -> ByteBuffer? {
        guard let (head, body) = bytes.withUnsafeReadableBytes({ usual.lengths(in: $0) }),
            head + body == bytes.readableBytes, body <= ImmediateRequest.longestBody
        else { return nil }
        return bytes.getSlice(at: bytes.readerIndex + head, length: body)
    }

    /// A request that begins with these bytes; nil when its head is not whole.
    private func begun(_ bytes: ByteBuffer) -> Reading? {
        bytes.withUnsafeReadableBytes { bytes in
            guard let length = UsualHead.end(in: bytes) else { return nil }
            let isQuestion = bytes.starts(with: Self.opening)
            if isQuestion, usual != nil { misses += 1 }
            guard misses < Self.mostMisses else { return nil }
            let head = isQuestion ? Array(bytes.prefix(length)) : nil
            return Reading(before: watch.parts, headLength: length, head: head)
        }
    }

    private func pass(_ bytes: ByteBuffer, of reading: Reading, _ context: ChannelHandlerContext) {
        var reading = reading
        reading.length += bytes.readableBytes
        context.fireChannelRead(wrapInboundOut(bytes))
        let (heads, ends) = (watch.parts.heads - reading.before.heads, watch.parts.ends - reading.before.ends)
        switch (heads, ends) {
        case (1, 0): decoder = .isReading(reading)
        case (1, 1) where reading.headLength + watch.parts.bodyBytes - reading.before.bodyBytes == reading.length:
            decoder = .isBetween
            if let head = reading.head, let request = shortcut.newest {
                usual = UsualHead(head).map { ($0, request) }
            }
        default: decoder = .isLost
        }
    }
}
