import NIOCore
import NIOEmbedded
import NIOHTTP1
import SlipwayWire
import Testing

@Suite("Slow clients are let go")
struct ConnectionWatchTests {
    private static let post = "POST /v2 HTTP/1.1\r\nHost: a\r\n"

    /// A connection with HTTP's decoder and the watch, patient as by default: 15 s for a head, 20 s for 5 KiB of a body,
    /// 60 s for taking an answer, two minutes idle.
    private struct Connection {
        let channel = EmbeddedChannel()

        init() throws {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false,
                withErrorHandling: false
            )
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                ConnectionWatch(ConnectionPatience(idleSeconds: 120)),
                position: .after(decoder)
            )
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            channel.read()
        }

        func send(_ text: String) throws {
            try channel.writeInbound(ByteBuffer(string: text))
            channel.read()
        }

        func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

        func answer(_ body: String = "ok", isWhole: Bool = true) throws {
            let head = HTTPResponseHead(
                version: .http1_1,
                status: .ok,
                headers: ["content-length": "\(body.utf8.count)"]
            )
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
            if isWhole { channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil) }
        }

        /// Everything that was sent so far.
        func said() throws -> String {
            var text = ""
            while let piece = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: piece) }
            return text
        }

        var isOpen: Bool { channel.isActive }
    }

    @Test("a head that trickles is refused though bytes keep coming")
    func slowHead() throws {
        let connection = try Connection()
        try connection.send("GET / HTTP/1.1\r\nX: ")
        for _ in 0..<14 {
            connection.pass(1)
            try connection.send("t")
        }
        #expect(connection.isOpen)
        connection.pass(8)
        #expect(!connection.isOpen)
        #expect(try connection.said().hasPrefix("HTTP/1.1 408 Request Timeout"))
    }

    @Test("a body that trickles is refused, one that flows is not")
    func slowBody() throws {
        let connection = try Connection()
        try connection.send(Self.post + "Content-Length: 1000000\r\n\r\n")
        for _ in 0..<40 {
            connection.pass(5)
            try connection.send(String(repeating: "x", count: 2000))
        }
        #expect(connection.isOpen, "400 bytes a second are enough")
        for _ in 0..<12 {
            connection.pass(4)
            if connection.isOpen { try connection.send("x") }
        }
        #expect(!connection.isOpen)
        #expect(try connection.said().contains("too slowly"))
    }

    @Test("a body is not hurried while the server itself does not read")
    func ownSlowness() throws {
        let connection = try Connection()
        // No `read` after this: whoever takes the body is busy.
        try connection.channel.writeInbound(ByteBuffer(string: Self.post + "Content-Length: 9\r\n\r\nabc"))
        connection.pass(300)
        #expect(connection.isOpen)
        connection.channel.read()
        connection.pass(40)
        #expect(!connection.isOpen)
    }

    @Test("a slow answer is waited for, and an idle connection is let go without a word")
    func idle() throws {
        let connection = try Connection()
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.pass(1000)
        #expect(connection.isOpen)
        try connection.answer()
        #expect(try connection.said().hasPrefix("HTTP/1.1 200 OK"))
        connection.pass(115)
        #expect(connection.isOpen)
        connection.pass(15)
        #expect(!connection.isOpen)
        #expect(try connection.said().isEmpty)
    }

    @Test("who takes nothing of an answer is let go")
    func stalled() throws {
        let connection = try Connection()
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try connection.answer("part of it", isWhole: false)
        connection.pass(50)
        #expect(connection.isOpen)
        connection.pass(30)
        #expect(!connection.isOpen)
    }

    @Test("after the beginning of an answer no second one is sent")
    func answeredEarly() throws {
        let connection = try Connection()
        try connection.send(Self.post + "Content-Length: 9\r\n\r\nabc")
        try connection.answer("part of it", isWhole: false)
        connection.channel.flush()
        connection.pass(60)
        #expect(!connection.isOpen)
        #expect(try !connection.said().contains("408"))
    }

    @Test("one connection over the budget is told so and closed, and its place is free again")
    func budget() throws {
        let budget = ConnectionBudget(most: 1)
        func connection() throws -> EmbeddedChannel {
            let channel = EmbeddedChannel()
            try budget.admit(channel, farewell: ConnectionBudget.httpFarewell)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            return channel
        }
        let first = try connection()
        #expect(first.isActive)
        let second = try connection()
        #expect(!second.isActive)
        let words = try #require(try second.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: words).hasPrefix("HTTP/1.1 503 "))
        _ = try first.finish()
        for channel in [first, second] { channel.embeddedEventLoop.run() }
        let third = try connection()
        #expect(third.isActive)
        #expect(ConnectionBudget.forFiles(20_000).most == 17_500)
        #expect(ConnectionBudget.forFiles(1024).most == 896)
    }

    @Test("bodies share their memory and give it back")
    func memory() {
        let memory = BodyMemory(limit: 100)
        var one: BodyMemory.Share? = BodyMemory.Share(of: memory)
        let other = BodyMemory.Share(of: memory)
        #expect(one?.grow(by: 60) == true)
        #expect(!other.grow(by: 50))
        #expect(other.grow(by: 40))
        one = nil
        #expect(other.grow(by: 60))
        other.clear()
        #expect(other.grow(by: 100))
    }
}
