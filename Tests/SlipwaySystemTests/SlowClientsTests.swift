import Foundation
import Glibc
import SlipwayDomain
import Testing

/// Clients that are slow, half gone, many, or wrong about lengths: each is let go or answered, and others are served.
@Suite struct SlowClientsTests {
    private static let infer = "POST /v2/models/tiny/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    private static let question =
        #"{"inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"#

    private static func answer(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

    @Test func `who trickles a head or a body hears so and is let go, and others are answered`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--idle-seconds", "2"])
        let port = server.port
        let openings = [
            "POST /v2", Self.infer + "X-Slow: ", Self.infer + "Content-Length: 1000000\r\n\r\n{",
            Self.infer + "Transfer-Encoding: chunked\r\n\r\nffff\r\n{",
            "PUT /api/2.0/mlflow-artifacts/artifacts/slow/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nx",
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for opening in openings {
                group.addTask {
                    let said = try await blocking {
                        let socket = try LoopbackSocket(port: port)
                        try socket.write(Array(opening.utf8))
                        return socket.trickle([UInt8(ascii: "a")], seconds: 20)
                    }
                    #expect(Self.answer(said).hasPrefix("HTTP/1.1 408 "), "\(opening): \(Self.answer(said))")
                }
            }
            for _ in 0..<20 { #expect(try await server.isHealthy()) }
            try await group.waitForAll()
        }
        #expect(try await server.http.get("/api/2.0/mlflow-artifacts/artifacts?path=slow").text == "{}")
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `who offers another protocol is served on the same connection, and HTTP 1 point 0 ends with its answer`()
        async throws
    {
        let server = try await ServerProcess.start(in: TemporaryFolder())
        let port = server.port
        // As Java's client begins each connection.
        let offer =
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
        try await blocking {
            let socket = try LoopbackSocket(port: port)
            for head in [offer, "", offer, offer, ""] {
                let status = try socket.answer(to: "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\(head)\r\n")
                #expect(status == 200, "\(head)")
                let body = "Content-Length: 2\r\n\(head)\r\n{}"
                #expect(
                    try socket.answer(to: "POST /v2/models/none/infer HTTP/1.1\r\nHost: 127.0.0.1\r\n" + body) == 400
                )
            }
            let old = try LoopbackSocket(port: port)
            #expect(try old.waitsForTheEnd(after: "GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", trickle: false))
        }
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `a request that names two hosts is refused, whatever it asks for`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder())
        let port = server.port
        try await blocking {
            let hosts = "Host: 127.0.0.1\r\nhost: 127.0.0.1\r\n"
            for start in ["GET /health", "GET \(RawHTTP.mlflow)/experiments/get?experiment_id=0"] {
                let status = try LoopbackSocket(port: port).answer(to: "\(start) HTTP/1.1\r\n\(hosts)\r\n")
                #expect(status == 400, "\(start)")
            }
            let infer = Self.infer + "host: evil.example\r\nContent-Length: 2\r\n\r\n{}"
            #expect(try LoopbackSocket(port: port).answer(to: infer) == 400)
        }
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `who does not take an answer is let go`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--idle-seconds", "2"])
        let path = "/api/2.0/mlflow-artifacts/artifacts/large/x"
        let size = 60 << 20
        try await server.http.demand("PUT", path, .bytes([UInt8](repeating: 7, count: size)))
        let port = server.port
        let taken = try await blocking {
            let socket = try LoopbackSocket(port: port)
            try socket.write(Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
            sleep(8)
            return socket.readToTheEnd(seconds: 20)?.count
        }
        #expect((1..<size).contains(taken ?? 0), "\(taken ?? -1) bytes came")
        #expect(try await server.http.get(path).body.count == size)
        #expect(try await server.terminate() == 0, "\(server.log)")
    }

    @Test func `half-closed connections are answered, or closed when there is nothing to answer`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let port = server.port
            func said(_ text: String) async throws -> String {
                Self.answer(
                    try await blocking {
                        let socket = try LoopbackSocket(port: port)
                        try socket.write(Array(text.utf8))
                        socket.closeWriting()
                        return socket.readToTheEnd(seconds: 10)
                    }
                )
            }
            let head = Self.infer + "Content-Type: application/json\r\n"
            let whole = head + "Content-Length: \(Self.question.utf8.count)\r\n\r\n" + Self.question
            let answer = try await said(whole)
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("model_version"), "\(answer)")
            #expect(try await said("").isEmpty)
            for text in [
                "GET /hea", head + "Content-Length: 500\r\n\r\n{", head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
            ] {
                let answer = try await said(text)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(text): \(answer)")
            }
            #expect(try await server.isHealthy())
        }
    }

    @Test func `a length that lies, and a body without end, spoil nothing but themselves`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let port = server.port
            let head = Self.infer + "Content-Type: application/json\r\n"
            // The rest of the body is read as another request, which it is not.
            let short = head + "Content-Length: \(Self.question.utf8.count - 5)\r\n\r\n" + Self.question
            let answer = Self.answer(
                try await blocking {
                    let socket = try LoopbackSocket(port: port)
                    try socket.write(Array((short + "\r\n\r\n").utf8))
                    return socket.readToTheEnd(seconds: 10)
                }
            )
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && !answer.contains(" 200 "), "\(answer)")
            let endless = try await server.http.send(
                "POST",
                "/v2/models/tiny/infer",
                .chunks([UInt8](repeating: UInt8(ascii: " "), count: 1 << 20), upTo: 200 << 20)
            )
            #expect(endless.status == 413 && Door.inference.isError(endless), "\(endless)")
            let binary = try await server.http.send(
                "POST",
                "/v2/models/tiny/infer",
                .bytes(Array(Self.question.utf8)),
                headers: ["Inference-Header-Content-Length": "4000000000"]
            )
            #expect(binary.status == 400, "\(binary)")
            #expect(try await server.http.post("/v2/models/tiny/infer", TinyModel.question).status == 200)
        }
    }

    @Test func `a thousand questions in one go are answered in their order`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let port = server.port
            var requests = ""
            for number in 0..<1000 {
                let body =
                    #"{"id":"q\#(number)","inputs":[{"name":"features","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"#
                requests += Self.infer + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            }
            let text = requests + "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            let answers = Self.answer(
                try await blocking {
                    let socket = try LoopbackSocket(port: port)
                    try socket.write(Array(text.utf8))
                    return socket.readToTheEnd(seconds: 60)
                }
            )
            let ids = answers.matches(of: /"id":"q(\d+)"/).compactMap { Int($0.1) }
            #expect(ids == Array(0..<1000), "\(ids.count) answers")
            #expect(answers.hasSuffix("OK"))
        }
    }

    @Test func `10,000 idle connections take little memory, and others are answered quickly`() async throws {
        // Both ends of a connection are files, here and in the server.
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #expect(getrlimit(kind, &limit) == 0)
        limit.rlim_cur = limit.rlim_max
        #expect(setrlimit(kind, &limit) == 0)
        let wanted = min(10_000, Int(clamping: limit.rlim_max) * 3 / 4)
        // The server starts with the small limit that shells have, and raises it itself.
        let server = try await ServerProcess.start(in: TemporaryFolder(), through: "ulimit -S -n 1024; exec \"$@\"")
        #expect(try await server.isHealthy())
        let before = try server.residentKiB
        let port = server.port
        let idle = try await blocking {
            try (0..<wanted).map { number in
                let socket = try LoopbackSocket(port: port)
                // Every other one has been used before.
                if number % 2 == 0 {
                    try socket.write(Array("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
                    _ = try socket.readAnswer()
                }
                return SendableSocket(socket: socket)
            }
        }
        let each = (try server.residentKiB - before) / wanted
        #expect(each < 40, "\(each) KiB for each of \(idle.count) idle connections")
        var seconds: [Double] = []
        for _ in 0..<200 { seconds.append(try await server.http.get("/health").seconds) }
        seconds.sort()
        #expect(seconds[190] < 0.1, "the slowest of 200 took \(seconds.suffix(10)) s")
        print("10,000 idle connections: \(each) KiB each, p50 \(seconds[100]) s, p95 \(seconds[190]) s")
        #expect(try await server.isHealthy())
        withExtendedLifetime(idle) {}
    }

    /// SAFETY: each socket is used by one thread at a time.
    private struct SendableSocket: @unchecked Sendable { let socket: LoopbackSocket }

    @Test func `one connection too many is told so, and a place that is free again is used`() async throws {
        let server = try await ServerProcess.start(in: TemporaryFolder(), ["--max-connections", "20"])
        #expect(try await server.isHealthy())
        let http = server.http
        var idle: [LoopbackSocket] = []
        for _ in 0..<20 { idle.append(try LoopbackSocket(port: server.port)) }
        try await eventually {
            // A connection from before may still have held a place, so that one of the twenty got none.
            idle.append(try LoopbackSocket(port: server.port))
            let answer = try await http.get("/health")
            return answer.status == 503 && answer.headers["retry-after"] == "1" && answer.json?["error"] != nil
        }
        idle.removeFirst(10)
        try await eventually { try await http.get("/health").status == 200 }
        #expect(try await server.terminate() == 0, "\(server.log)")
    }
}
