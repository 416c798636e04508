import NIOCore
import NIOEmbedded
import NIOHTTP1
import SlipwayWire
import Synchronization
import Testing

@testable import SlipwayInference
@testable import SlipwayService

@Suite("Requests with the head of one before")
struct RepeatedHeadsTests {
    private typealias Connection = ShortcutConnection

    private static func question(_ left: Int, id: String = "q") -> String {
        Connection.question.replacing("[1,2]}", with: "[\(left),2]}").replacing(#""q""#, with: #""\#(id)""#)
    }

    @Test("are answered past the decoder, whatever the length of their bodies, and counted by who watches")
    func repeated() throws {
        let connection = try Connection()
        for left in [1, 20, 3, 12345, 7] {
            let answer = try connection.send(Connection.request(Self.question(left)))
            #expect(
                answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains(#""data":[\#(left + 2).0]"#),
                "\(answer)"
            )
        }
        #expect(connection.watch.parts.heads == 1, "the first one is decoded")
        #expect(connection.version.cost.totals.requests == 6)
        #expect(connection.passed.parts.isEmpty)
        let wrong = try connection.send(Connection.request(Self.question(13)))
        #expect(wrong.hasPrefix("HTTP/1.1 500"), "\(wrong)")
        #expect(connection.told.lines.withLock(\.self).map { $0.hasPrefix("/v2/models/m/infer: ") } == [true])
        #expect(connection.watch.parts.heads == 1)
    }

    @Test("are decoded when they come in pieces, in twos, or with another head, and known again after it")
    func others() throws {
        let connection = try Connection()
        let request = Connection.request()
        func heads(_ reads: String...) throws -> Int {
            let before = connection.watch.parts.heads
            for read in reads { _ = try connection.send(read) }
            let isOwed = connection.passed.parts.count { $0 == "end" } > ends
            if isOwed { connection.answerFromBehind() }
            ends = connection.passed.parts.count { $0 == "end" }
            return connection.watch.parts.heads - before
        }
        var ends = 0
        #expect(try heads(request) == 1)
        #expect(try heads(request) == 0)
        for cut in [1, 40, request.utf8.count - Connection.question.utf8.count, request.utf8.count - 1] {
            let isHeadWhole = cut >= request.utf8.count - Connection.question.utf8.count
            #expect(try heads(String(request.prefix(cut)), String(request.dropFirst(cut))) == 1)
            guard isHeadWhole else { break }
            #expect(try heads(request) == 0, "a head that is whole in its first read is known again")
        }
        // Its first bytes were no whole head: nobody looks any more.
        #expect(try heads(request) == 1)

        for (what, between) in [
            ("another header", Connection.request(headers: ["X-Any: 1"])),
            ("another call", "GET /v2 HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("a body of another length than is said", Connection.request(Self.question(123))),
        ] {
            let connection = try Connection()
            _ = try connection.send(request)
            _ = try connection.send(between)
            if !connection.passed.parts.isEmpty { connection.answerFromBehind() }
            let before = connection.watch.parts.heads
            // After another head that one is the known one.
            _ = try connection.send(between.hasPrefix("GET") ? request : between)
            #expect(connection.watch.parts.heads == before, "\(what)")
        }
        for (what, between, next) in [
            ("two at once", request + request, request), ("more than one", request + "P", String(request.dropFirst())),
            (
                "chunks",
                "POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n",
                request
            ),
        ] {
            let connection = try Connection()
            for _ in 0..<2 { _ = try connection.send(request) }
            #expect(connection.watch.parts.heads == 1)
            _ = try connection.send(between)
            let before = connection.watch.parts.heads
            _ = try connection.send(next)
            #expect(connection.watch.parts.heads == before + 1, "\(what): the decoder reads all from then on")
        }
    }

    @Test("are looked for no longer when the client's heads are never the same")
    func misses() throws {
        let connection = try Connection()
        for id in 0..<8 { _ = try connection.send(Connection.request(headers: ["X-Request-ID: \(id)"])) }
        let same = Connection.request(headers: ["X-Request-ID: 7"])
        for _ in 0..<2 { #expect(try connection.send(same).hasPrefix("HTTP/1.1 200")) }
        #expect(connection.watch.parts.heads == 10)
    }

    @Test("are for the long way once their token is none, or another's answer is owed")
    func refused() throws {
        let connection = try Connection(needsToken: true)
        let request = Connection.request(headers: ["Authorization: Bearer good"])
        for _ in 0..<2 { #expect(try connection.send(request).hasPrefix("HTTP/1.1 200")) }
        connection.tokens.good.withLock { $0 = [] }
        #expect(try connection.send(request) == "")
        #expect(connection.passed.parts.count == 3 && connection.watch.parts.heads == 2)
        connection.tokens.good.withLock { $0 = ["good"] }
        #expect(try connection.send(request) == "", "what is owed goes first")
        for _ in 0..<2 { connection.answerFromBehind() }
        #expect(try connection.send(request).contains("HTTP/1.1 200 OK\r\nContent-Type"))
        #expect(connection.watch.parts.heads == 3)
        #expect(connection.passed.parts.count == 6)
    }

    @Test(
        "are none behind a request that was the last one, however it said so",
        arguments: [
            "Connection: close", "Connection: Close", "Connection: close, foo", "Connection: keep-alive, close",
            "Connection: keep-alive\r\nConnection: close", "Connection: upgrade\r\nUpgrade: h2c", "Upgrade: h2c",
        ]
    )
    func last(_ header: String) throws {
        let connection = try Connection()
        for _ in 0..<2 { _ = try connection.send(Connection.request()) }
        _ = try connection.send(Connection.request(headers: [header]))
        connection.answerFromBehind()
        while try connection.channel.readOutbound(as: ByteBuffer.self) != nil {}
        let heads = connection.watch.parts.heads
        // The decoder says what becomes of what comes now: mostly that there is an error.
        let answer = (try? connection.send(Connection.request())) ?? ""
        #expect(answer == "" || connection.watch.parts.heads == heads + 1, "\(answer)")
    }

    @Test("are known again after one whose body came in a read of its own")
    func separateBody() throws {
        let connection = try Connection()
        let (request, body) = (Connection.request(), Connection.question)
        for _ in 0..<6 {
            _ = try connection.send(String(request.dropLast(body.utf8.count)))
            _ = try connection.send(body)
            connection.answerFromBehind()
        }
        let heads = connection.watch.parts.heads
        #expect(try connection.send(request).contains(#""data":[3.0]"#))
        #expect(connection.watch.parts.heads == heads)
    }

    @Test("say what the decoder would have read, however the bytes are cut")
    func differential() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("repeated heads: seed \(seed)")
        var random = SplitMix(seed)
        let heads = ["", "X-Slipway-Key: a", "X-Request-ID: r", "Connection: keep-alive", "Expect: 100-continue"]
        var past = 0
        for round in 0..<400 {
            let (known, plain) = (try Connection(), try Connection(remembersHeads: false))
            var bytes = ""
            var cuts: [Int] = []
            let usual = heads.randomElement(using: &random) ?? ""
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let header =
                    Int.random(in: 0..<6, using: &random) == 0 ? heads.randomElement(using: &random) ?? "" : usual
                let body = Self.question(Int.random(in: 0...3000, using: &random))
                switch Int.random(in: 0..<24, using: &random) {
                case 0: bytes += "GET /v2/models/m HTTP/1.1\r\nHost: a\r\n\r\n"
                case 1:
                    bytes +=
                        "POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
                case 2:
                    bytes += Connection.request(String(body.dropLast())).replacing(
                        "Content-Length: ",
                        with: "Content-Length: 0"
                    )
                case 3: bytes += "\r\n" + Connection.request(body)
                case 4 where Bool.random(using: &random):
                    let ends = [
                        "Connection: Close", "Connection: keep-alive, close", "Connection: upgrade\r\nUpgrade: x",
                    ]
                    bytes += Connection.request(body, headers: [ends.randomElement(using: &random) ?? ""])
                case 5 where Bool.random(using: &random): bytes += Connection.request(body, version: "HTTP/1.0")
                default: bytes += Connection.request(body, headers: header.isEmpty ? [] : [header])
                }
                // Mostly a read is a request; else one more or less, or any piece.
                if Int.random(in: 0..<8, using: &random) > 0 { cuts.append(bytes.utf8.count) }
                if Int.random(in: 0..<12, using: &random) == 0 {
                    cuts.append(Int.random(in: 0...bytes.utf8.count, using: &random))
                }
            }
            var answers = ["", ""]
            var start = 0
            for cut in Set(cuts + [bytes.utf8.count]).sorted() where cut > start {
                let read = String(decoding: Array(bytes.utf8)[start..<cut], as: UTF8.self)
                start = cut
                for (place, connection) in [known, plain].enumerated() {
                    answers[place] += (try? connection.send(read)) ?? "broken"
                }
            }
            #expect(answers[0] == answers[1], "seed \(seed), round \(round)")
            #expect(known.passed.parts == plain.passed.parts, "seed \(seed), round \(round)")
            #expect(
                known.version.cost.totals.requests == plain.version.cost.totals.requests,
                "seed \(seed), round \(round)"
            )
            past += plain.watch.parts.heads - known.watch.parts.heads
        }
        #expect(past > 100, "\(past) went past the decoder")
    }

    private struct SplitMix: RandomNumberGenerator {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
