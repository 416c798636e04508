import NIOCore
import NIOEmbedded
import NIOHTTP1
import SlipwayWire
import Synchronization
import Testing

@testable import SlipwayInference
@testable import SlipwayService

@Suite("Questions that are answered on the socket's own thread")
struct InferenceShortcutTests {
    private typealias Connection = ShortcutConnection

    @Test("the answer is that of the protocol, and nobody behind hears of it")
    func answered() throws {
        let connection = try Connection()
        for path in ["/v2/models/m/infer", "/v2/models/m/versions/3/infer"] {
            let answer = try connection.send(Connection.request(path: path, headers: ["Connection: keep-alive"]))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(answer)")
            for field in [
                "Content-Type: application/json", "X-Content-Type-Options: nosniff", "X-Frame-Options: SAMEORIGIN",
                "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Server: slipway",
            ] {
                #expect(answer.contains("\r\n\(field)\r\n"), "\(field) in \(answer)")
            }
            #expect(answer.contains(#""model_name":"m","model_version":"3","id":"q""#), "\(answer)")
            #expect(answer.contains(#""data":[3.0]"#), "\(answer)")
        }
        // What was read of one head holds for the same head only.
        let other = try connection.send(Connection.request(headers: ["Connection: keep-alive", "X-Request-ID: other"]))
        #expect(other.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(other)")
        let three = try connection.send(String(repeating: Connection.request(), count: 3))
        #expect(three.split(separator: "HTTP/1.1 200 OK", omittingEmptySubsequences: false).count == 4, "\(three)")
        #expect(connection.passed.parts.isEmpty)
        #expect(connection.version.cost.totals.requests == 7)
    }

    @Test("a question that is none of the model's, or that it cannot answer, is told so here")
    func refused() throws {
        let connection = try Connection()
        let wide = Connection.question.replacing("[1,2],", with: "[2,1],")
        for (body, status, id) in [
            (wide, "400 Bad Request", "q"), (Connection.question.replacing("[1,2]}", with: "[13,2]}"), "500", "q"),
        ] {
            let answer = try connection.send(Connection.request(body))
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer)")
            #expect(answer.contains(#""request_id":"\#(id)""#), "\(answer)")
        }
        let unknown = try connection.send(Connection.request(path: "/v2/models/m/versions/9/infer"))
        #expect(unknown.hasPrefix("HTTP/1.1 404 "), "\(unknown)")
        #expect(connection.told.lines.withLock(\.count) == 3, "each refusal is told to whoever keeps the log")
        #expect(connection.passed.parts.isEmpty)
    }

    @Test("whatever is unusual goes on, whole and unchanged")
    func unusual() throws {
        let unusual: [(String, String)] = [
            ("another model", Connection.request(path: "/v2/models/n/infer")),
            ("a query", Connection.request(path: "/v2/models/m/infer?x=1")),
            ("an escape", Connection.request(path: "/v2/models/%6d/infer")),
            ("a path out of the tree", Connection.request(path: "/v2/models/../infer")),
            ("a version that is none", Connection.request(path: "/v2/models/m/versions/+3/infer")),
            ("another call", Connection.request(path: "/v2/models/m/ready")),
            ("an old protocol", Connection.request(version: "HTTP/1.0")),
            ("a last request", Connection.request(headers: ["Connection: close"])),
            ("a page of somebody", Connection.request(headers: ["Origin: http://evil.example"])),
            ("a client that waits", Connection.request(headers: ["Expect: 100-continue"])),
            ("a compressed body", Connection.request(headers: ["Content-Encoding: gzip"])),
            ("another type", Connection.request(headers: ["Content-Type: text/plain"])),
            ("a workspace", Connection.request(headers: ["X-MLFLOW-WORKSPACE: b"])),
            ("a key twice", Connection.request(headers: ["X-Slipway-Key: a", "X-Slipway-Key: b"])),
            ("a raw tensor", Connection.request(headers: ["Inference-Header-Content-Length: 0"])),
            ("a header length that is none", Connection.request(headers: ["Inference-Header-Content-Length: +5"])),
            ("a token that is not known", Connection.request(headers: ["Authorization: Bearer bad"])),
            ("a version twice", Connection.request(headers: ["Slipway-Version: 3", "slipway-version: none"])),
            ("a key with a blank after it", Connection.request(headers: ["X-Slipway-Key: a "])),
            ("a name with a tab", Connection.request(headers: ["X-Request-ID: a\t"])),
            ("a header beyond ASCII", Connection.request(headers: ["X-Any: \u{fc}"])),
            ("very many headers", Connection.request(headers: (0..<30).map { "X-\($0): 1" })),
            ("an upgrade", Connection.request(headers: ["Upgrade: h2c"])),
            ("no JSON", Connection.request("{")), ("no tensor", Connection.request("{}")),
            ("another host", Connection.request().replacing("Host: a:80", with: "Host: b")),
            ("no host", Connection.request().replacing("Host: a:80\r\n", with: "")),
            (
                "chunks",
                "POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + String(Connection.question.utf8.count, radix: 16) + "\r\n\(Connection.question)\r\n0\r\n\r\n"
            ),
        ]
        for (what, request) in unusual {
            let connection = try Connection()
            #expect(try connection.send(request) == "", "\(what)")
            let parts = connection.passed.parts
            #expect(parts.count == 3 && parts.last == "end" && parts[0].hasPrefix("POST /v2/"), "\(what): \(parts)")
            #expect(request.contains(parts[1]) && parts[1].hasPrefix("{"), "\(what): \(parts)")
        }
    }

    @Test("a server that asks for a token, or is going, takes the long way")
    func unready() throws {
        for connection in [try Connection(needsToken: true), try Connection(isDraining: true)] {
            #expect(try connection.send(Connection.request()) == "")
            #expect(connection.passed.parts.count == 3)
        }
        let known = try Connection(needsToken: true)
        #expect(try known.send(Connection.request(headers: ["Authorization: Bearer good"])).contains(" 200 OK"))
    }

    @Test("a request that comes in pieces goes on, and nothing overtakes what is owed")
    func pieces() throws {
        let connection = try Connection()
        let request = Connection.request()
        #expect(try connection.send(String(request.dropLast(5))) == "")
        #expect(connection.passed.parts.count == 2)
        #expect(try connection.send(String(request.suffix(5)) + request) == "", "the first one is not answered yet")
        #expect(connection.passed.parts.filter { $0 == "end" }.count == 2)
        // Its answers come from behind; then the shortcut is open again.
        for _ in 0..<2 {
            connection.channel.write(
                HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok, headers: ["content-length": "0"])),
                promise: nil
            )
            connection.channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
        let answer = try connection.send(request)
        #expect(answer.split(separator: "HTTP/1.1 200 OK", omittingEmptySubsequences: false).count == 4, "\(answer)")
        #expect(connection.passed.parts.filter { $0 == "end" }.count == 2)
    }

    @Test("a client that reads no answers is not asked for more questions")
    func unread() throws {
        let connection = try Connection()
        connection.channel.isWritable = false
        #expect(try connection.send(Connection.request()) == "")
        #expect(connection.passed.parts.last == "end", "it waits where others wait")
    }

    @Test("a binary tensor goes in and comes out")
    func binary() throws {
        let connection = try Connection()
        let header =
            #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}}"#
        var buffer = ByteBuffer(
            string: "POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n"
                + "Inference-Header-Content-Length: \(header.utf8.count)\r\nContent-Length: \(header.utf8.count + 8)\r\n\r\n"
                + header
        )
        for value in [Float(1), 2] { buffer.writeInteger(value.bitPattern, endianness: .little) }
        try connection.channel.writeInbound(buffer)
        var answer: [UInt8] = []
        while let piece = try connection.channel.readOutbound(as: ByteBuffer.self) { answer += piece.readableBytesView }
        let head = String(decoding: answer.dropLast(4), as: UTF8.self)
        #expect(head.contains("\r\nInference-Header-Content-Length: "), "\(head)")
        #expect(Array(answer.suffix(4)) == [0, 0, 0x40, 0x40], "3 as a Float")
    }
}
