import NIOCore
import NIOEmbedded
import NIOHTTP1
import SlipwayWire
import Testing

@Suite("What a request says of its connection")
struct ConnectionTermsTests {
    /// A connection, and the requests that come through, with whether each is the last one.
    private final class Kept: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        var requests: [String] = []
        var errors = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): requests.append("\(head.method) \(head.uri)\(head.isKeepAlive ? "" : " last")")
            case .body(let piece): requests[requests.count - 1] += " \(String(buffer: piece))"
            case .end: requests[requests.count - 1] += "."
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { errors += 1 }
    }

    /// What comes through of bytes that come so many at a time.
    private func requests(_ text: String, step: Int = .max) throws -> [String] {
        let (channel, kept) = (EmbeddedChannel(), Kept())
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        let terms = ConnectionTerms { ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)) }
        _ = try terms.installDecoder(in: pipeline)
        try pipeline.addHandlers([terms, kept])
        channel.embeddedEventLoop.run()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try channel.writeInbound(ByteBuffer(bytes: rest.prefix(step)))
            rest = rest.dropFirst(step)
            channel.embeddedEventLoop.run()
        }
        #expect(kept.errors == 0)
        return kept.requests
    }

    @Test("behind an offer of another protocol the next requests are read, in whatever pieces they come")
    func offers() throws {
        let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
        let first = "GET /a HTTP/1.1\r\nHost: h\r\n\(offer)\r\n"
        let second = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\(offer)\r\nxyz"
        let third = "GET /c HTTP/1.1\r\nHost: h\r\n\r\n"
        for step in [1, 2, 7, 64, .max] {
            let found = try requests(first + second + third + third, step: step)
            let joined = found.joined().replacing(" x y z", with: " xyz").replacing(" xy z", with: " xyz")
                .replacing(" x yz", with: " xyz")
            #expect(joined == "GET /a.POST /b xyz.GET /c.GET /c.", "\(step): \(found)")
        }
        let tunnel = "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"
        #expect(try requests(tunnel + third) == ["CONNECT h:1.", "GET /c."])
    }

    @Test("what only looks like an offer changes nothing; what may be one ends the connection")
    func others() throws {
        let third = "GET /c HTTP/1.1\r\nHost: h\r\n\r\n"
        for (headers, isLast) in [
            ("Upgrade: h2c\r\n", false), ("Connection: upgrade\r\n", false),
            ("Connection: keep-alive\r\nUpgrade: h2c\r\n", false), ("Connection: a\tupgrade\r\nUpgrade: h2c\r\n", true),
            ("Connection: x;upgrade\r\nUpgrade: h2c\r\n", true), ("Connection: not-upgrade\r\nUpgrade: a\r\n", true),
        ] {
            let found = try requests("GET /a HTTP/1.1\r\nHost: h\r\n\(headers)\r\n" + third)
            #expect(found.first == (isLast ? "GET /a last." : "GET /a."), "\(headers): \(found)")
            #expect(isLast || found.count == 2, "\(headers): \(found)")
        }
    }

    @Test("HTTP/1.0 ends with its answer unless it asks for more")
    func old() throws {
        #expect(try requests("GET /a HTTP/1.0\r\n\r\n") == ["GET /a last."])
        #expect(try requests("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == ["GET /a."])
    }
}
