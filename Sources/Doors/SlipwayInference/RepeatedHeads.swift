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
            let known = usual.flatMap { usual in bytes.withUnsafeReadableBytes { usual.head.lengths(in: $0) } }
            if let usual, let (head, body) = known, head + body == bytes.readableBytes,
                body <= ImmediateRequest.longestBody,
                let content = bytes.getSlice(at: bytes.readerIndex + head, length: body)
            {
                misses = 0
                if shortcut.takes(usual.request, content) { return }
                pass(bytes, of: Reading(before: watch.parts, headLength: head, head: nil), context)
            } else if let reading = begun(bytes, isKnown: known != nil) {
                pass(bytes, of: reading, context)
            } else {
                decoder = .isLost
                context.fireChannelRead(data)
            }
        }
    }

    /// A request that begins with these bytes; nil when its head is not whole.
    private func begun(_ bytes: ByteBuffer, isKnown: Bool) -> Reading? {
        bytes.withUnsafeReadableBytes { bytes in
            guard let length = UsualHead.end(in: bytes) else { return nil }
            let isNew = !isKnown && bytes.starts(with: Self.opening)
            if isNew, usual != nil { misses += 1 }
            guard misses < Self.mostMisses else { return nil }
            return Reading(before: watch.parts, headLength: length, head: isNew ? Array(bytes.prefix(length)) : nil)
        }
    }

    private func pass(_ bytes: ByteBuffer, of reading: Reading, _ context: ChannelHandlerContext) {
        var reading = reading
        reading.length += bytes.readableBytes
        context.fireChannelRead(wrapInboundOut(bytes))
        let parts = watch.parts
        switch (parts.heads - reading.before.heads, parts.ends - reading.before.ends) {
        // Behind a last request there is none, whatever its bytes are.
        case _ where parts.hasLast: decoder = .isLost
        case (1, 0): decoder = .isReading(reading)
        case (1, 1) where reading.headLength + parts.bodyBytes - reading.before.bodyBytes == reading.length:
            decoder = .isBetween
            if let head = reading.head, let request = shortcut.newest {
                usual = UsualHead(head).map { ($0, request) }
            }
        default: decoder = .isLost
        }
    }
}
